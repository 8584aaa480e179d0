// Archive rules: which findings are put aside as they appear.
#include "services/accessanalyzer/archive_rules.h"

namespace accessanalyzer {

namespace {

// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-quotas.html
constexpr std::size_t kRulesMax = 100;

Result<ArchiveRule> find_rule(Call& call, const Analyzer& analyzer, const std::string& name) {
  auto rule = call.tx.get(kArchiveRules, key(analyzer.name, name));
  if (!rule) return not_found("archive rule", name);
  return *rule;
}

Value show_rule(const ArchiveRule& rule) {
  return Out{{"ruleName", rule.name},
             {"filter", show_filter(rule.filter)},
             {"createdAt", rule.created_ms},
             {"updatedAt", rule.updated_ms}};
}

}  // namespace

Result<void> put_new_rule(Call& call, const Analyzer& analyzer, const std::string& name, const Value& filter) {
  if (call.tx.has(kArchiveRules, key(analyzer.name, name)))
    return error("ConflictException", fmt::format("An archive rule with the name {} already exists.", name),
                 Out{{"resourceId", name}, {"resourceType", "archive-rule"}});
  if (call.tx.scan_keys(kArchiveRules, {.prefix = key(analyzer.name)}, [](std::string_view) {}) >= kRulesMax)
    return error("ServiceQuotaExceededException", "You have reached the maximum number of archive rules.",
                 Out{{"resourceId", analyzer.name}, {"resourceType", "archive-rule"}});
  call.tx.put(
      kArchiveRules, key(analyzer.name, name),
      {.name = name, .filter = TRY(read_filter(filter)), .created_ms = call.now_ms(), .updated_ms = call.now_ms()});
  return {};
}

bool is_archived_by_rules(Call& call, const Analyzer& analyzer, const Finding& finding) {
  bool is_archived = false;
  call.tx.scan(kArchiveRules, key(analyzer.name), [&](std::string_view, ArchiveRule& rule) {
    is_archived = matches(rule.filter, finding);
    return !is_archived;
  });
  return is_archived;
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CreateArchiveRule.html
base::Result<Out> CreateArchiveRule(Call& call, In in) {
  const Analyzer analyzer = TRY(find_analyzer(call, in.str("analyzerName")));
  TRY_VOID(put_new_rule(call, analyzer, in.str("ruleName"), in["filter"]));
  return Out{};
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_UpdateArchiveRule.html
base::Result<Out> UpdateArchiveRule(Call& call, In in) {
  const Analyzer analyzer = TRY(find_analyzer(call, in.str("analyzerName")));
  ArchiveRule rule = TRY(find_rule(call, analyzer, in.str("ruleName")));
  rule.filter = TRY(read_filter(in["filter"]));
  rule.updated_ms = call.now_ms();
  call.tx.put(kArchiveRules, key(analyzer.name, rule.name), rule);
  return Out{};
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_DeleteArchiveRule.html
base::Result<Out> DeleteArchiveRule(Call& call, In in) {
  const Analyzer analyzer = TRY(find_analyzer(call, in.str("analyzerName")));
  const ArchiveRule rule = TRY(find_rule(call, analyzer, in.str("ruleName")));
  call.tx.erase(kArchiveRules, key(analyzer.name, rule.name));
  return Out{};
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetArchiveRule.html
base::Result<Out> GetArchiveRule(Call& call, In in) {
  const Analyzer analyzer = TRY(find_analyzer(call, in.str("analyzerName")));
  return Out{{"archiveRule", show_rule(TRY(find_rule(call, analyzer, in.str("ruleName"))))}};
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListArchiveRules.html
base::Result<Out> ListArchiveRules(Call& call, In in) {
  const Analyzer analyzer = TRY(find_analyzer(call, in.str("analyzerName")));
  Value::List rules;
  call.tx.scan(kArchiveRules, key(analyzer.name),
               [&](std::string_view, ArchiveRule& rule) { rules.push_back(show_rule(rule)); });
  Out answer;
  answer.set("archiveRules", TRY(page_of(in, std::move(rules), answer)));
  return answer;
}

// "Retroactively applies the archive rule to existing findings that meet the archive rule criteria."
//
// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ApplyArchiveRule.html
base::Result<Out> ApplyArchiveRule(Call& call, In in) {
  Analyzer analyzer = TRY(find_analyzer_by_arn(call, in.str("analyzerArn")));
  const ArchiveRule rule = TRY(find_rule(call, analyzer, in.str("ruleName")));
  TRY_VOID(analyze(call, analyzer));
  for (Finding& finding : findings_of(call, analyzer)) {
    if (finding.status != Status::kActive || !matches(rule.filter, finding)) continue;
    finding.status = Status::kArchived;
    finding.updated_ms = call.now_ms();
    call.tx.put(kFindings, finding_key(analyzer, finding), finding);
  }
  return Out{};
}

}  // namespace accessanalyzer
