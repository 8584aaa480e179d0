// Analyzers: made, shown, deleted, tagged.
#include "services/accessanalyzer/analyzer.h"

#include "api/organizations.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "services/accessanalyzer/archive_rules.h"

namespace accessanalyzer {

namespace {

constexpr std::int64_t kPageMaxResults = 100;
constexpr std::string_view kPrincipal = "access-analyzer.amazonaws.com";
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-quotas.html
constexpr int kAccountAnalyzersMax = 1;
constexpr int kOrganizationAnalyzersMax = 5;
constexpr std::size_t kTagsMax = 50;

Value show_analyzer(const Call& call, const Analyzer& analyzer) {
  Out shown{{"arn", analyzer_arn(call, analyzer.name)},
            {"name", analyzer.name},
            {"type", analyzer.type},
            {"createdAt", analyzer.created_ms},
            {"status", "ACTIVE"}};
  if (!analyzer.last_resource.empty()) {
    shown.set("lastResourceAnalyzed", analyzer.last_resource);
    shown.set("lastResourceAnalyzedAt", analyzer.last_analyzed_ms);
  }
  Value::Map tags;
  for (const auto& [name, value] : analyzer.tags) tags.emplace_back(name, value);
  shown.set("tags", std::move(tags));
  return shown;
}

Result<void> add_tags(Analyzer& analyzer, const Value::Map& tags) {
  for (const auto& [name, value] : tags) {
    if (name.starts_with("aws:")) return invalid("Tag keys must not begin with aws:.");
    analyzer.tags[name] = value.str();
  }
  if (analyzer.tags.size() > kTagsMax) return invalid("A resource has 50 tags at most.");
  return {};
}

Result<void> check_quota(Call& call, const std::string& type) {
  int count = 0;
  call.tx.scan(kAnalyzers, "", [&](std::string_view, Analyzer& other) { count += other.type == type; });
  if (count < (type == "ACCOUNT" ? kAccountAnalyzersMax : kOrganizationAnalyzersMax)) return {};
  return error("ServiceQuotaExceededException",
               fmt::format("You have reached the maximum number of analyzers of type {}.", type),
               Out{{"resourceId", "analyzer"}, {"resourceType", "analyzer"}});
}

// Organizations answers for the account in which the analyzer is.
Result<Value> ask_organizations(Call& call, kernel::OperationId operation, Value input) {
  const kernel::Client client(call, kernel::Principal::service(std::string(kPrincipal), call.place.account, ""),
                              call.place);
  return client.invoke(operation, std::move(input));
}

}  // namespace

std::unexpected<base::Error> not_found(std::string_view type, const std::string& id) {
  return error("ResourceNotFoundException", fmt::format("The specified {} does not exist.", type),
               Out{{"resourceId", id}, {"resourceType", type}});
}

std::unexpected<base::Error> invalid(std::string message) {
  return error("ValidationException", std::move(message), Out{{"reason", "fieldValidationFailed"}});
}

std::string analyzer_arn(const Call& call, std::string_view name) {
  return call.arn("access-analyzer", fmt::format("analyzer/{}", name));
}

Result<Analyzer> find_analyzer(Call& call, const std::string& name) {
  auto analyzer = call.tx.get(kAnalyzers, name);
  if (!analyzer) return not_found("analyzer", analyzer_arn(call, name));
  return *analyzer;
}

Result<Analyzer> find_analyzer_by_arn(Call& call, const std::string& arn) {
  const std::string prefix = analyzer_arn(call, "");
  if (!arn.starts_with(prefix)) return not_found("analyzer", arn);
  return find_analyzer(call, arn.substr(prefix.size()));
}

Result<Zone> zone_of(Call& call, const Analyzer& analyzer) {
  if (analyzer.type == "ACCOUNT") return Zone{.accounts = {call.place.account}, .organization_id = {}};
  const Value organization =
      TRY(ask_organizations(call, kernel::operation<organizations::Model>("DescribeOrganization"), Value::Map{}));
  Zone zone{.accounts = {}, .organization_id = organization.at("Organization").at("Id").str()};
  Value input{Value::Map{}};
  do {
    const Value page = TRY(ask_organizations(call, kernel::operation<organizations::Model>("ListAccounts"), input));
    for (const Value& account : page.at("Accounts").list()) zone.accounts.push_back(account.at("Id").str());
    input.set("NextToken", page.at("NextToken"));
  } while (input.has("NextToken"));
  return zone;
}

Result<Value::List> page_of(In in, Value::List list, Out& answer) {
  const std::int64_t count_max = in.num("maxResults", kPageMaxResults);
  if (count_max < 1 || count_max > kPageMaxResults) return invalid("maxResults must be between 1 and 100.");
  std::size_t begin = 0;
  if (in.has("nextToken")) {
    auto decoded = base::from_base64(in.str("nextToken"));
    auto place = decoded ? base::parse_number<std::size_t>(*decoded) : std::nullopt;
    if (!place || *place > list.size()) return invalid("The nextToken is not valid.");
    begin = *place;
  }
  const std::size_t end = std::min(list.size(), begin + static_cast<std::size_t>(count_max));
  if (end < list.size()) answer.set("nextToken", base::to_base64(std::to_string(end)));
  return Value::List(list.begin() + static_cast<std::ptrdiff_t>(begin),
                     list.begin() + static_cast<std::ptrdiff_t>(end));
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CreateAnalyzer.html
base::Result<Out> CreateAnalyzer(Call& call, In in) {
  const std::string& type = in.str("type");
  // LIMIT: analyzers of unused and of internal access.
  if (type != "ACCOUNT" && type != "ORGANIZATION")
    return error("NotImplemented", fmt::format("Virga does not implement analyzers of type {} yet.", type));
  if (in.has("configuration")) return invalid("An analyzer of external access takes no configuration.");
  Analyzer analyzer{.name = in.str("analyzerName"), .type = type, .created_ms = call.now_ms()};
  if (call.tx.has(kAnalyzers, analyzer.name))
    return error("ConflictException", fmt::format("An analyzer with the name {} already exists.", analyzer.name),
                 Out{{"resourceId", analyzer.name}, {"resourceType", "analyzer"}});
  TRY_VOID(check_quota(call, type));
  TRY_VOID(add_tags(analyzer, in.map("tags")));
  for (const Value& rule : in.list("archiveRules"))
    TRY_VOID(put_new_rule(call, analyzer, rule.at("ruleName").str(), rule.at("filter")));
  TRY_VOID(analyze(call, analyzer));
  return Out{{"arn", analyzer_arn(call, analyzer.name)}};
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetAnalyzer.html
base::Result<Out> GetAnalyzer(Call& call, In in) {
  const Analyzer analyzer = TRY(find_analyzer(call, in.str("analyzerName")));
  return Out{{"analyzer", show_analyzer(call, analyzer)}};
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListAnalyzers.html
base::Result<Out> ListAnalyzers(Call& call, In in) {
  Value::List analyzers;
  call.tx.scan(kAnalyzers, "", [&](std::string_view, Analyzer& analyzer) {
    if (!in.has("type") || in.str("type") == analyzer.type) analyzers.push_back(show_analyzer(call, analyzer));
  });
  Out answer;
  answer.set("analyzers", TRY(page_of(in, std::move(analyzers), answer)));
  return answer;
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_DeleteAnalyzer.html
base::Result<Out> DeleteAnalyzer(Call& call, In in) {
  const Analyzer analyzer = TRY(find_analyzer(call, in.str("analyzerName")));
  call.tx.erase_all(kArchiveRules, key(analyzer.name));
  call.tx.erase_all(kResources, key(analyzer.name));
  call.tx.erase_all(kFindings, key(analyzer.name));
  call.tx.erase(kAnalyzers, analyzer.name);
  return Out{};
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_TagResource.html
base::Result<Out> TagResource(Call& call, In in) {
  Analyzer analyzer = TRY(find_analyzer_by_arn(call, in.str("resourceArn")));
  TRY_VOID(add_tags(analyzer, in.map("tags")));
  call.tx.put(kAnalyzers, analyzer.name, analyzer);
  return Out{};
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_UntagResource.html
base::Result<Out> UntagResource(Call& call, In in) {
  Analyzer analyzer = TRY(find_analyzer_by_arn(call, in.str("resourceArn")));
  for (const Value& name : in.list("tagKeys")) analyzer.tags.erase(name.str());
  call.tx.put(kAnalyzers, analyzer.name, analyzer);
  return Out{};
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListTagsForResource.html
base::Result<Out> ListTagsForResource(Call& call, In in) {
  const Analyzer analyzer = TRY(find_analyzer_by_arn(call, in.str("resourceArn")));
  return Out{{"tags", show_analyzer(call, analyzer).at("tags")}};
}

}  // namespace accessanalyzer
