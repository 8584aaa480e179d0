// Findings and the resources they are about: listed, shown, put aside.
#include "base/strings.h"
#include "services/accessanalyzer/analyzer.h"

namespace accessanalyzer {

namespace {

Value show_conditions(const Finding& finding) {
  Value::Map conditions;
  for (const auto& [name, values] : finding.conditions) conditions.emplace_back(name, values);
  return conditions;
}

Value show_principal(const Finding& finding) { return Value::Map{{finding.principal_type, finding.principal}}; }

Value show_actions(const Finding& finding) { return Value::List(finding.actions.begin(), finding.actions.end()); }

// What both versions of the API say.
Out show_common(const Finding& finding) {
  return Out{{"id", finding.id},
             {"resource", finding.resource},
             {"resourceType", finding.resource_type},
             {"resourceOwnerAccount", finding.owner},
             {"status", name_of(finding.status)},
             {"createdAt", finding.created_ms},
             {"analyzedAt", finding.analyzed_ms},
             {"updatedAt", finding.updated_ms}};
}

Value show_finding(const Finding& finding) {
  Out shown = show_common(finding);
  shown.set("principal", show_principal(finding));
  shown.set("action", show_actions(finding));
  shown.set("condition", show_conditions(finding));
  shown.set("isPublic", finding.is_public);
  return shown;
}

Out show_finding_v2(const Finding& finding) {
  Out shown = show_common(finding);
  shown.set("findingType", "ExternalAccess");
  return shown;
}

struct Order {
  std::string attribute;
  bool is_descending = false;
};

Result<Order> read_order(const Value& sort) {
  Order order{sort.has("attributeName") ? sort.at("attributeName").str() : "updatedAt",
              sort.at("orderBy").str() == "DESC"};
  constexpr std::string_view kAttributes[] = {"analyzedAt",           "createdAt",    "id",     "resource",
                                              "resourceOwnerAccount", "resourceType", "status", "updatedAt"};
  if (std::ranges::find(kAttributes, order.attribute) == std::end(kAttributes))
    return invalid(fmt::format("The sort attribute {} is not valid.", order.attribute));
  return order;
}

// The findings a list asks for, in its order.
Result<std::vector<Finding>> select_findings(Call& call, In in) {
  Analyzer analyzer = TRY(find_analyzer_by_arn(call, in.str("analyzerArn")));
  const Filter filter = TRY(read_filter(in["filter"]));
  const Order order = TRY(read_order(in["sort"]));
  TRY_VOID(analyze(call, analyzer));
  std::vector<Finding> findings = findings_of(call, analyzer);
  std::erase_if(findings, [&](const Finding& finding) { return !matches(filter, finding); });
  std::ranges::stable_sort(findings, [&](const Finding& left, const Finding& right) {
    const Value first = show_common(left).value().at(order.attribute);
    const Value second = show_common(right).value().at(order.attribute);
    const bool is_less = first.is_text() ? first.str() < second.str() : first.num() < second.num();
    const bool is_more = first.is_text() ? first.str() > second.str() : first.num() > second.num();
    return order.is_descending ? is_more : is_less;
  });
  return findings;
}

Result<Finding> find_finding(Call& call, In in) {
  Analyzer analyzer = TRY(find_analyzer_by_arn(call, in.str("analyzerArn")));
  TRY_VOID(analyze(call, analyzer));
  for (Finding& finding : findings_of(call, analyzer))
    if (finding.id == in.str("id")) return std::move(finding);
  return not_found("finding", in.str("id"));
}

}  // namespace

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListFindings.html
base::Result<Out> ListFindings(Call& call, In in) {
  Value::List shown;
  for (const Finding& finding : TRY(select_findings(call, in))) shown.push_back(show_finding(finding));
  Out answer;
  answer.set("findings", TRY(page_of(in, std::move(shown), answer)));
  return answer;
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListFindingsV2.html
base::Result<Out> ListFindingsV2(Call& call, In in) {
  Value::List shown;
  for (const Finding& finding : TRY(select_findings(call, in))) shown.push_back(show_finding_v2(finding));
  Out answer;
  answer.set("findings", TRY(page_of(in, std::move(shown), answer)));
  return answer;
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetFinding.html
base::Result<Out> GetFinding(Call& call, In in) { return Out{{"finding", show_finding(TRY(find_finding(call, in)))}}; }

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetFindingV2.html
base::Result<Out> GetFindingV2(Call& call, In in) {
  const Finding finding = TRY(find_finding(call, in));
  Out answer = show_finding_v2(finding);
  answer.set("findingDetails",
             Value::List{Out{{"externalAccessDetails", Out{{"action", show_actions(finding)},
                                                           {"condition", show_conditions(finding)},
                                                           {"isPublic", finding.is_public},
                                                           {"principal", show_principal(finding)}}}}});
  return answer;
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_UpdateFindings.html
base::Result<Out> UpdateFindings(Call& call, In in) {
  Analyzer analyzer = TRY(find_analyzer_by_arn(call, in.str("analyzerArn")));
  if (in.has("ids") == in.has("resourceArn")) return invalid("Either ids or resourceArn must be given.");
  TRY_VOID(analyze(call, analyzer));
  const Status wanted = in.str("status") == "ACTIVE" ? Status::kActive : Status::kArchived;
  std::set<std::string> missing;
  for (const Value& id : in.list("ids")) missing.insert(id.str());
  for (Finding& finding : findings_of(call, analyzer)) {
    const bool is_meant = in.has("ids") ? missing.erase(finding.id) > 0 : finding.resource == in.str("resourceArn");
    if (!is_meant || finding.status == Status::kResolved || finding.status == wanted) continue;
    finding.status = wanted;
    finding.updated_ms = call.now_ms();
    call.tx.put(kFindings, finding_key(analyzer, finding), finding);
  }
  if (!missing.empty()) return not_found("finding", *missing.begin());
  return Out{};
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListAnalyzedResources.html
base::Result<Out> ListAnalyzedResources(Call& call, In in) {
  Analyzer analyzer = TRY(find_analyzer_by_arn(call, in.str("analyzerArn")));
  TRY_VOID(analyze(call, analyzer));
  Value::List resources;
  call.tx.scan(kResources, key(analyzer.name), [&](std::string_view, Resource& resource) {
    if (in.has("resourceType") && in.str("resourceType") != resource.type) return;
    resources.push_back(
        Out{{"resourceArn", resource.arn}, {"resourceOwnerAccount", resource.owner}, {"resourceType", resource.type}});
  });
  Out answer;
  answer.set("analyzedResources", TRY(page_of(in, std::move(resources), answer)));
  return answer;
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetAnalyzedResource.html
base::Result<Out> GetAnalyzedResource(Call& call, In in) {
  Analyzer analyzer = TRY(find_analyzer_by_arn(call, in.str("analyzerArn")));
  TRY_VOID(analyze(call, analyzer));
  auto resource = call.tx.get(kResources, key(analyzer.name, in.str("resourceArn")));
  if (!resource) return not_found("resource", in.str("resourceArn"));
  bool is_public = false;
  std::set<std::string> actions;
  std::optional<Status> status;
  for (const Finding& finding : findings_of(call, analyzer)) {
    if (finding.resource != resource->arn) continue;
    status = std::min(status.value_or(finding.status), finding.status);
    if (finding.status == Status::kResolved) continue;
    is_public = is_public || finding.is_public;
    actions.insert(finding.actions.begin(), finding.actions.end());
  }
  Out shown{{"resourceArn", resource->arn},
            {"resourceType", resource->type},
            {"resourceOwnerAccount", resource->owner},
            {"createdAt", resource->found_ms},
            {"analyzedAt", resource->analyzed_ms},
            {"updatedAt", resource->updated_ms},
            {"isPublic", is_public}};
  if (status) shown.set("status", name_of(*status));
  if (!actions.empty()) shown.set("actions", Value::List(actions.begin(), actions.end()));
  return Out{{"resource", shown}};
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_StartResourceScan.html
base::Result<Out> StartResourceScan(Call& call, In in) {
  Analyzer analyzer = TRY(find_analyzer_by_arn(call, in.str("analyzerArn")));
  TRY_VOID(analyze(call, analyzer));
  if (!call.tx.has(kResources, key(analyzer.name, in.str("resourceArn"))))
    return not_found("resource", in.str("resourceArn"));
  return Out{};
}

}  // namespace accessanalyzer
