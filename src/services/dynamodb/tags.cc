// Tags and resource policies of tables.
#include "base/arn.h"
#include "base/strings.h"
#include "kernel/cloud.h"
#include "policy/policy.h"
#include "services/dynamodb/replicas.h"

namespace dynamodb {

namespace {

constexpr std::size_t kPolicyBytesMax = 20'480;  // "The maximum size supported for a resource-based policy is 20 KB"

bool is_table_arn(std::string_view arn) {
  const base::Arn parsed = base::Arn::parse(arn);
  return parsed.service == "dynamodb" && parsed.resource.starts_with("table/") &&
         parsed.resource.find_first_of("/:", 6) == std::string_view::npos &&
         parsed.resource.size() >= 6 + kTableNameCharactersMin;
}

// What does not even look like an ARN is no resource that anybody may touch.
bool looks_like_arn(std::string_view arn) {
  const auto parts = base::split_arn(arn);
  return parts && parts->back().contains('/');
}

base::Result<void> check_tagged(const Call& call, In in) {
  if (!in.has("ResourceArn")) return validation_error("Invalid TableArn");
  const std::string& arn = in.str("ResourceArn");
  if (!looks_like_arn(arn))
    return error("AccessDeniedException",
                 fmt::format("User: {} is not authorized to perform: dynamodb:{} on resource: {}", call.caller.arn,
                             call.operation->name, arn.empty() ? "*" : arn));
  const std::string_view wanted = call.operation->name == "TagResource" ? "Tags" : "TagKeys";
  if (!in.value().has(wanted) && call.operation->name != "ListTagsOfResource")
    return validation_error(
        fmt::format("1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be "
                    "null",
                    wanted == "Tags" ? "tags" : "tagKeys"));
  if (!is_table_arn(arn)) return validation_error("Invalid TableArn: Invalid ResourceArn provided as input " + arn);
  return {};
}

base::Result<OpenTable> find_tagged(Call& call, const std::string& arn) {
  auto table = get_table(call, parse_table_name(call, arn));
  if (!table)
    return error("ResourceNotFoundException", call.operation->name == "UntagResource"
                                                  ? "Requested resource not found"
                                                  : "Requested resource not found: ResourcArn: " + arn + " not found");
  return *std::move(table);
}

// What has a resource policy: a table or a stream.
struct Guarded {
  std::optional<OpenTable> table;
  TableDetails details;
  std::optional<StreamRow> row;

  std::string& policy() { return row ? row->stream.policy : details.policy; }
  std::string& revision() { return row ? row->stream.policy_revision : details.policy_revision; }
  void put() const {
    if (row) {
      row->tx.put(aws::dynamodb::kStreams, row->key, row->stream);
    } else {
      put_details(*table, details);
    }
  }
};

base::Result<Guarded> find_guarded(Call& call, const std::string& arn) {
  Guarded found;
  if (is_stream_arn(arn)) {
    found.row = get_stream(call, arn);
    if (!found.row)
      return error("ResourceNotFoundException", fmt::format("Requested resource not found: Stream: {} not found", arn));
    return found;
  }
  found.table = get_table(call, parse_table_name(call, arn));
  if (!found.table)
    return error("ResourceNotFoundException",
                 fmt::format("Requested resource not found: Table: {} not found", parse_table_name(call, arn).name));
  found.details = get_details(*found.table);
  return found;
}

base::Result<void> check_revision(const Value& input, Guarded& guarded) {
  const std::string& expected = input.at("ExpectedRevisionId").str();
  if (expected.empty()) return {};
  if (expected == "NO_POLICY" ? guarded.policy().empty() : expected == guarded.revision()) return {};
  return error(
      "PolicyNotFoundException",
      fmt::format("Resource-based policy not found for the provided ResourceArn with revision id: {}", expected));
}

}  // namespace

Throttling throttling_of(const std::map<std::string, std::string>& tags) {
  auto tag = tags.find("virga:throttling");
  if (tag == tags.end()) return Throttling::kByBilling;
  return tag->second == "off" ? Throttling::kOff : Throttling::kOn;
}

base::Result<void> set_policy(Call& call, const std::string& document, TableDetails& details) {
  if (document.size() > kPolicyBytesMax)
    return validation_error("Resource-based policy size exceeds the maximum size limit of 20480 bytes");
  if (auto compiled = call.cloud().policies().compile(document, policy::Kind::kResource); !compiled)
    return validation_error("Invalid policy document: " + compiled.error().message);
  details.policy = document;
  details.policy_revision = std::to_string(call.next_sequence());
  return {};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
base::Result<Out> TagResource(Call& call, In in) {
  TRY_VOID(check_tagged(call, in));
  if (in.list("Tags").empty()) return validation_error("Atleast one Tag needs to be provided as Input.");
  OpenTable table = TRY(find_tagged(call, in.str("ResourceArn")));
  TableDetails details = get_details(table);
  auto added = TRY(read_tags(in.list("Tags")));
  Value::List all;
  for (auto& [key, value] : added) details.tags.insert_or_assign(key, value);
  for (const auto& [key, value] : details.tags) all.push_back(Value::Map{{"Key", key}, {"Value", value}});
  TRY_VOID(read_tags(all));
  table.row.throttling = throttling_of(details.tags);
  table.row.replication_lag_ms = replication_lag_of(details.tags, table.row);
  put_table(table);
  put_details(table, details);
  return Out{};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UntagResource.html
base::Result<Out> UntagResource(Call& call, In in) {
  TRY_VOID(check_tagged(call, in));
  if (in.list("TagKeys").empty()) return validation_error("Atleast one Tag Key needs to be provided as Input.");
  OpenTable table = TRY(find_tagged(call, in.str("ResourceArn")));
  TableDetails details = get_details(table);
  for (const Value& key : in.list("TagKeys")) details.tags.erase(key.str());
  table.row.throttling = throttling_of(details.tags);
  table.row.replication_lag_ms = replication_lag_of(details.tags, table.row);
  put_table(table);
  put_details(table, details);
  return Out{};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
base::Result<Out> ListTagsOfResource(Call& call, In in) {
  TRY_VOID(check_tagged(call, in));
  const OpenTable table = TRY(find_tagged(call, in.str("ResourceArn")));
  Value::List tags;
  for (const auto& [key, value] : get_details(table).tags) tags.push_back(Value::Map{{"Key", key}, {"Value", value}});
  return Out{{"Tags", std::move(tags)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
base::Result<Out> PutResourcePolicy(Call& call, In in) {
  Guarded guarded = TRY(find_guarded(call, in.str("ResourceArn")));
  TRY_VOID(check_revision(in.value(), guarded));
  if (guarded.policy() != in.str("Policy")) {
    TableDetails given;
    TRY_VOID(set_policy(call, in.str("Policy"), given));
    guarded.policy() = std::move(given.policy);
    guarded.revision() = std::move(given.policy_revision);
  }
  guarded.put();
  return Out{{"RevisionId", guarded.revision()}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
base::Result<Out> GetResourcePolicy(Call& call, In in) {
  Guarded guarded = TRY(find_guarded(call, in.str("ResourceArn")));
  if (guarded.policy().empty())
    return error("PolicyNotFoundException",
                 "Resource-based policy not found for the provided ResourceArn: " + in.str("ResourceArn"));
  return Out{{"Policy", guarded.policy()}, {"RevisionId", guarded.revision()}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html
base::Result<Out> DeleteResourcePolicy(Call& call, In in) {
  Guarded guarded = TRY(find_guarded(call, in.str("ResourceArn")));
  TRY_VOID(check_revision(in.value(), guarded));
  Out answer;
  if (!guarded.policy().empty()) answer.set("RevisionId", guarded.revision());
  guarded.policy().clear();
  guarded.revision().clear();
  guarded.put();
  return answer;
}

}  // namespace dynamodb
