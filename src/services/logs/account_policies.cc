// Policies of the account: subscriptions, data protection, transformers and field indexes for all of its groups, or
// some.
#include "aws/log_pattern.h"
#include "base/json.h"
#include "base/strings.h"
#include "services/logs/masking.h"

namespace logs {

namespace {

constexpr std::string_view kNameIn = "LogGroupName IN [";
constexpr std::string_view kNameNotIn = "LogGroupName NOT IN [";
constexpr std::string_view kNamePrefix = "LogGroupNamePrefix";
constexpr std::string_view kByPrefix[] = {"TRANSFORMER_POLICY", "FIELD_INDEX_POLICY"};
constexpr std::size_t kByPrefixMax = 20;

bool is_by_prefix(std::string_view type) { return std::ranges::find(kByPrefix, type) != std::end(kByPrefix); }

Value show_policy_of_account(const Call& call, const AccountPolicy& row) {
  Out shown{{"policyName", row.name},
            {"policyDocument", row.document},
            {"lastUpdatedTime", row.updated_ms},
            {"policyType", row.type},
            {"scope", row.scope},
            {"accountId", call.place.account}};
  if (!row.selection.empty()) shown.set("selectionCriteria", row.selection);
  return shown;
}

// The names in `LogGroupName NOT IN ["a", "b"]`, or with IN; nothing where it is none.
std::optional<std::vector<std::string>> names_in(std::string_view selection, std::string_view form) {
  if (!selection.starts_with(form)) return std::nullopt;
  auto list = base::parse_json(selection.substr(form.size() - 1));
  if (!list || !list->is_list()) return std::nullopt;
  std::vector<std::string> names;
  for (const Value& name : list->list()) names.push_back(name.str());
  return names;
}

// The prefix in `LogGroupNamePrefix = "/aws/"`; nothing where it is none.
std::optional<std::string> prefix_in(std::string_view selection) {
  if (!selection.starts_with(kNamePrefix)) return std::nullopt;
  selection.remove_prefix(kNamePrefix.size());
  const std::size_t begin = selection.find_first_not_of(" =:");
  if (begin == selection.npos || begin == 0) return std::nullopt;
  std::string_view prefix = base::trim(selection.substr(begin));
  if (prefix.size() > 1 && prefix.starts_with('"') && prefix.ends_with('"'))
    prefix = prefix.substr(1, prefix.size() - 2);
  return std::string(prefix);
}

bool selects(std::string_view selection, const std::string& group) {
  if (selection.empty()) return true;
  if (const auto prefix = prefix_in(selection)) return group.starts_with(*prefix);
  if (auto names = names_in(selection, kNameNotIn)) return std::ranges::find(*names, group) == names->end();
  auto names = names_in(selection, kNameIn);
  return names && std::ranges::find(*names, group) != names->end();
}

Result<void> check_document(Call& call, In in) {
  const std::string& type = in.str("policyType");
  const std::string& text = in.str("policyDocument");
  if (type == "DATA_PROTECTION_POLICY") return check_data_protection_policy(text);
  if (type == "TRANSFORMER_POLICY") return check_transformer(text);
  if (type == "FIELD_INDEX_POLICY") {
    TRY(read_index_policy(text));
    return {};
  }
  if (type != "SUBSCRIPTION_FILTER_POLICY")
    return base::fail("NotImplemented", fmt::format("Account policies of the type {} are not implemented.", type));
  const auto document = base::parse_json(text);
  if (!document || !document->has("DestinationArn"))
    return error("InvalidParameterException", "The policyDocument is not valid.");
  TRY(aws::LogPattern::parse(document->at("FilterPattern").str()));
  return check_target(call, nullptr, document->at("DestinationArn").str(), document->at("RoleArn").str());
}

Result<void> check_selection(In in) {
  const std::string& selection = in.str("selectionCriteria");
  if (selection.empty()) return {};
  const std::string& type = in.str("policyType");
  const bool is_right = is_by_prefix(type) ? prefix_in(selection).has_value()
                                           : type == "SUBSCRIPTION_FILTER_POLICY" && names_in(selection, kNameNotIn);
  if (is_right) return {};
  return error("InvalidParameterException", "The selectionCriteria is not valid.");
}

// "Each account can have only one account-level … policy per Region"; of those by prefix 20, none of which may reach
// into what is another's.
Result<void> check_others(Call& call, In in) {
  const std::string& type = in.str("policyType");
  std::vector<AccountPolicy> others;
  call.tx.scan(kAccountPolicies, store::key(std::string_view(type)), [&](std::string_view, const AccountPolicy& row) {
    if (row.name != in.str("policyName")) others.push_back(row);
  });
  if (others.size() >= (is_by_prefix(type) ? kByPrefixMax : 1))
    return error("LimitExceededException", "Resource limit exceeded.");
  const std::string prefix = prefix_in(in.str("selectionCriteria")).value_or("");
  for (const AccountPolicy& other : others) {
    const std::string taken = prefix_in(other.selection).value_or("");
    if (prefix.starts_with(taken) || taken.starts_with(prefix))
      return error("InvalidParameterException",
                   fmt::format("The selectionCriteria overlaps with that of the policy {}.", other.name));
  }
  return {};
}

}  // namespace

void each_account_policy(Call& call, std::string_view type, const std::string& group,
                         const std::function<void(const AccountPolicy&)>& visit) {
  call.tx.scan(kAccountPolicies, store::key(type), [&](std::string_view, const AccountPolicy& row) {
    if (selects(row.selection, group)) visit(row);
  });
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html
base::Result<Out> PutAccountPolicy(Call& call, In in) {
  const std::string& type = in.str("policyType");
  if (in.has("dryRun")) return base::fail("NotImplemented", "dryRun of PutAccountPolicy is not implemented.");
  TRY_VOID(check_document(call, in));
  TRY_VOID(check_selection(in));
  TRY_VOID(check_others(call, in));
  const AccountPolicy row{.name = in.str("policyName"),
                          .type = type,
                          .document = in.str("policyDocument"),
                          .scope = "ALL",
                          .selection = in.str("selectionCriteria"),
                          .updated_ms = call.now_ms()};
  call.tx.put(kAccountPolicies, store::key(std::string_view(type), std::string_view(row.name)), row);
  return Out{{"accountPolicy", show_policy_of_account(call, row)}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteAccountPolicy.html
base::Result<Out> DeleteAccountPolicy(Call& call, In in) {
  if (in.has("dryRun")) return base::fail("NotImplemented", "dryRun of DeleteAccountPolicy is not implemented.");
  const std::string key = store::key(std::string_view(in.str("policyType")), std::string_view(in.str("policyName")));
  if (!call.tx.has(kAccountPolicies, key))
    return error("ResourceNotFoundException", "The specified account policy does not exist.");
  call.tx.erase(kAccountPolicies, key);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeAccountPolicies.html
base::Result<Out> DescribeAccountPolicies(Call& call, In in) {
  const Value::List& accounts = in.list("accountIdentifiers");
  for (const Value& account : accounts) {
    if (account.str() != call.place.account)
      return error("InvalidParameterException", "Only the account itself can be asked for: no accounts are linked.");
  }
  Value::List shown;
  call.tx.scan(kAccountPolicies, store::key(std::string_view(in.str("policyType"))),
               [&](std::string_view, const AccountPolicy& row) {
                 if (!in.has("policyName") || row.name == in.str("policyName"))
                   shown.push_back(show_policy_of_account(call, row));
               });
  return Out{{"accountPolicies", std::move(shown)}};
}

}  // namespace logs
