// Field indexes: which groups `filterIndex` reads.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs-Field-Indexing.html
#include "base/json.h"
#include "services/logs/queries.h"

namespace logs {

namespace {

constexpr std::int64_t kIndexedFieldsMax = 20;  // "up to 20 fields can be included in the policy"
constexpr std::size_t kIndexedNameMax = 100;    // "Each field name in the policy can have as many as 100 characters."

// Those that all groups of the class STANDARD have.
constexpr std::string_view kDefaultIndexes[] = {"@logStream", "traceId", "severityText", "attributes.session.id"};

// The policy that holds for a group: its own, or else the first of the account's that selects it.
std::optional<AccountPolicy> account_index_policy(Call& call, const OpenGroup& group) {
  std::optional<AccountPolicy> found;
  if (!group.row.index_policy.empty()) return found;
  each_account_policy(call, "FIELD_INDEX_POLICY", group.row.name, [&](const AccountPolicy& policy) {
    if (!found) found = policy;
  });
  return found;
}

Value show_index_policy(const OpenGroup& group) {
  return Value::Map{{"logGroupIdentifier", group.arn()},
                    {"lastUpdateTime", group.row.index_policy_ms},
                    {"policyDocument", group.row.index_policy},
                    {"source", "LOG_GROUP"}};
}

Result<OpenGroup> find_indexable_group(Call& call, const std::string& identifier) {
  OpenGroup group = TRY(find_group_named(call, identifier));
  if (!is_class_standard(group))
    return error("InvalidParameterException", "Field indexes are supported for the STANDARD log group class only.");
  return group;
}

// When the group's first and last events are; those that its index covers.
std::pair<std::int64_t, std::int64_t> event_span(Call& call, const OpenGroup& group) {
  std::int64_t first = first_chunk_ms(group).value_or(0), last = 0;
  group.tx.scan(kStreams, store::key(group.row.id), [&](std::string_view, const Stream& stream) {
    if (stream.next_ordinal != 0) last = std::max(last, stream.last_event_ms);
  });
  return {std::max(first, group.visible_from_ms(call.now_ms())), last};
}

std::vector<std::string> custom_indexes(Call& call, const OpenGroup& group) {
  const auto of_account = account_index_policy(call, group);
  const std::string& text = of_account ? of_account->document : group.row.index_policy;
  auto names = text.empty() ? std::vector<std::string>() : read_index_policy(text);
  return names ? *std::move(names) : std::vector<std::string>();
}

}  // namespace

Result<std::vector<std::string>> read_index_policy(const std::string& text) {
  auto invalid = [](std::string_view why) {
    return error("InvalidParameterException", fmt::format("The policyDocument is not valid: {}", why));
  };
  const auto document = base::parse_json(text);
  if (!document || !document->at("Fields").is_list()) return invalid("it must be JSON with a list \"Fields\".");
  std::vector<std::string> names;
  for (const Value& field : document->at("Fields").list()) {
    const std::string& name = field.str();
    if (name.empty() || name.size() > kIndexedNameMax) return invalid("a field name has 1 to 100 characters.");
    if (std::ranges::find(names, name) != names.end()) return invalid("a field name stands in it twice.");
    names.push_back(name);
  }
  if (names.empty() || std::ssize(names) > kIndexedFieldsMax) return invalid("it must name 1 to 20 fields.");
  return names;
}

std::vector<std::string> indexed_fields(Call& call, const OpenGroup& group) {
  if (!is_class_standard(group)) return {};
  std::vector<std::string> names = custom_indexes(call, group);
  names.insert(names.end(), std::begin(kDefaultIndexes), std::end(kDefaultIndexes));
  return names;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutIndexPolicy.html
base::Result<Out> PutIndexPolicy(Call& call, In in) {
  OpenGroup group = TRY(find_indexable_group(call, in.str("logGroupIdentifier")));
  TRY(read_index_policy(in.str("policyDocument")));
  group.row.index_policy = in.str("policyDocument");
  group.row.index_policy_ms = call.now_ms();
  put_group(group);
  return Out{{"indexPolicy", show_index_policy(group)}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteIndexPolicy.html
base::Result<Out> DeleteIndexPolicy(Call& call, In in) {
  OpenGroup group = TRY(find_group_named(call, in.str("logGroupIdentifier")));
  if (group.row.index_policy.empty())
    return error("ResourceNotFoundException", "The specified index policy does not exist.");
  group.row.index_policy.clear();
  put_group(group);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeIndexPolicies.html
base::Result<Out> DescribeIndexPolicies(Call& call, In in) {
  TRY(read_token(in.value()));
  Value::List shown;
  for (const Value& identifier : in.list("logGroupIdentifiers")) {
    const OpenGroup group = TRY(find_group_named(call, identifier.str()));
    if (!group.row.index_policy.empty()) shown.push_back(show_index_policy(group));
    if (auto policy = account_index_policy(call, group))
      shown.push_back(Value::Map{{"logGroupIdentifier", group.arn()},
                                 {"lastUpdateTime", policy->updated_ms},
                                 {"policyDocument", policy->document},
                                 {"policyName", policy->name},
                                 {"source", "ACCOUNT"}});
  }
  return Out{{"indexPolicies", std::move(shown)}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeFieldIndexes.html
base::Result<Out> DescribeFieldIndexes(Call& call, In in) {
  TRY(read_token(in.value()));
  auto wants = [&](std::string_view category) {
    const Value::List& wanted = in.list("indexCategories");
    return wanted.empty() || std::ranges::any_of(wanted, [&](const Value& each) { return each.str() == category; });
  };
  Value::List shown;
  for (const Value& identifier : in.list("logGroupIdentifiers")) {
    const OpenGroup group = TRY(find_group_named(call, identifier.str()));
    const auto [first, last] = event_span(call, group);
    auto show = [&](std::string_view name, std::string_view category) {
      if (!wants(category)) return;
      Out index{{"logGroupIdentifier", group.arn()},
                {"fieldIndexName", name},
                {"lastScanTime", call.now_ms()},
                {"type", "FIELD_INDEX"},
                {"indexCategory", category}};
      if (last != 0) {
        index.set("firstEventTime", first);
        index.set("lastEventTime", last);
      }
      shown.push_back(std::move(index));
    };
    for (const std::string& name : custom_indexes(call, group)) show(name, "CUSTOM");
    if (!is_class_standard(group)) continue;
    for (std::string_view name : kDefaultIndexes) show(name, "DEFAULT");
  }
  return Out{{"fieldIndexes", std::move(shown)}};
}

}  // namespace logs
