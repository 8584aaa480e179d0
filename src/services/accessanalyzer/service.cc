// IAM Access Analyzer. Operations are listed here and written in the files named beside them; README.md tells how it
// all works.
#include "services/accessanalyzer/analyzer.h"

namespace accessanalyzer {

namespace {

// What a call is authorised on: the analyzer it names, or an archive rule of it.
std::string resource_of(Call& call, std::string_view, const Value& input) {
  for (const char* member : {"analyzerArn", "resourceArn"})
    if (input.at(member).str().find(":analyzer/") != std::string::npos) return input.at(member).str();
  if (!input.has("analyzerName")) return "*";
  std::string arn = analyzer_arn(call, input.at("analyzerName").str());
  if (input.has("ruleName")) arn += "/archive-rule/" + input.at("ruleName").str();
  return arn;
}

}  // namespace

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // analyzers.cc
      OPERATION(CreateAnalyzer),
      OPERATION(DeleteAnalyzer),
      OPERATION(GetAnalyzer),
      OPERATION(ListAnalyzers),
      OPERATION(ListTagsForResource),
      OPERATION(TagResource),
      OPERATION(UntagResource),
      // archive_rules.cc
      OPERATION(ApplyArchiveRule),
      OPERATION(CreateArchiveRule),
      OPERATION(DeleteArchiveRule),
      OPERATION(GetArchiveRule),
      OPERATION(ListArchiveRules),
      OPERATION(UpdateArchiveRule),
      // findings.cc
      OPERATION(GetAnalyzedResource),
      OPERATION(GetFinding),
      OPERATION(GetFindingV2),
      OPERATION(ListAnalyzedResources),
      OPERATION(ListFindings),
      OPERATION(ListFindingsV2),
      OPERATION(StartResourceScan),
      OPERATION(UpdateFindings),
      // checks.cc
      OPERATION(CheckAccessNotGranted),
      OPERATION(CheckNoNewAccess),
      OPERATION(CheckNoPublicAccess),
      OPERATION(ValidatePolicy),
  });
  service.resource_of = resource_of;
  return service;
}

}  // namespace accessanalyzer
