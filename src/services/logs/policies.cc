// Resource policies: which services, and who of other accounts, may use the groups of this one.
#include "base/arn.h"
#include "kernel/cloud.h"
#include "services/logs/group.h"

namespace logs {

namespace {

// "An account can have up to 10 resource policies per AWS Region."
constexpr std::int64_t kResourcePoliciesMax = 10;
constexpr std::int64_t kResourcePolicyPageMax = 50;
constexpr std::size_t kPolicyCharactersMax =
    5'120;  // of one of the account's; those of resources may have ten times that

Value show_policy(const ResourcePolicy& row) {
  Out shown{{"policyDocument", row.document}, {"lastUpdatedTime", row.updated_ms}};
  if (!row.name.empty()) shown.set("policyName", row.name);
  if (row.resource_arn.empty()) return shown;
  shown.set("policyScope", "RESOURCE");
  shown.set("resourceArn", row.resource_arn);
  shown.set("revisionId", row.revision);
  return shown;
}

std::int64_t count_policies(Call& call) {
  std::int64_t count = 0;
  call.tx.scan(kResourcePolicies, store::Scan{}, [&](std::string_view, const ResourcePolicy& row) {
    if (row.resource_arn.empty()) ++count;
  });
  return count;
}

std::unexpected<base::Error> revision_differs() {
  return error("OperationAbortedException", "The specified expectedRevisionId is not that of the policy.");
}

Result<Out> put_at_resource(Call& call, In in) {
  const OpenGroup group = TRY(find_group_named(call, in.str("resourceArn")));
  const auto existing = call.tx.get(kResourcePolicies, group.arn());
  if (existing ? in.str("expectedRevisionId") != existing->revision : in.has("expectedRevisionId"))
    return revision_differs();
  ResourcePolicy row{.document = in.str("policyDocument"),
                     .updated_ms = call.now_ms(),
                     .resource_arn = group.arn(),
                     .revision = call.uuid()};
  call.tx.put(kResourcePolicies, group.arn(), row);
  return Out{{"resourcePolicy", show_policy(row)}, {"revisionId", row.revision}};
}

}  // namespace

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
base::Result<Out> PutResourcePolicy(Call& call, In in) {
  const std::string& name = in.str("policyName");
  if (!call.cloud().policies().compile(in.str("policyDocument"), policy::Kind::kResource))
    return error("InvalidParameterException", "Invalid IAM Resource Policy");
  if (in.has("resourceArn")) return put_at_resource(call, in);
  if (name.empty()) return error("InvalidParameterException", "policyName is required.");
  if (in.str("policyDocument").size() > kPolicyCharactersMax)
    return error("InvalidParameterException", "Invalid IAM Resource Policy");
  if (!call.tx.has(kResourcePolicies, name) && count_policies(call) >= kResourcePoliciesMax)
    return error("LimitExceededException", "Resource limit exceeded.");
  const ResourcePolicy row{.name = name, .document = in.str("policyDocument"), .updated_ms = call.now_ms()};
  call.tx.put(kResourcePolicies, name, row);
  return Out{{"resourcePolicy", show_policy(row)}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteResourcePolicy.html
base::Result<Out> DeleteResourcePolicy(Call& call, In in) {
  const std::string name = in.has("resourceArn") ? in.str("resourceArn") : in.str("policyName");
  const auto row = call.tx.get(kResourcePolicies, name);
  if (!row || name.empty())
    return error("ResourceNotFoundException", fmt::format("Policy with name [{}] does not exist", name));
  if (!row->resource_arn.empty() && in.str("expectedRevisionId") != row->revision) return revision_differs();
  call.tx.erase(kResourcePolicies, name);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeResourcePolicies.html
base::Result<Out> DescribeResourcePolicies(Call& call, In in) {
  const bool of_resources = in.has("resourceArn") || in.str("policyScope") == "RESOURCE";
  store::Scan scan{.after = TRY(read_token(in.value()))};
  const std::int64_t limit = in.num("limit", kResourcePolicyPageMax);
  Out answer;
  Value::List shown;
  std::string last;
  call.tx.scan(kResourcePolicies, scan, [&](std::string_view key, const ResourcePolicy& row) {
    if (row.resource_arn.empty() == of_resources) return true;
    if (in.has("resourceArn") && row.resource_arn != in.str("resourceArn")) return true;
    if (std::ssize(shown) == limit) {
      answer.set("nextToken", write_token(last));
      return false;
    }
    last = key;
    shown.push_back(show_policy(row));
    return true;
  });
  answer.set("resourcePolicies", std::move(shown));
  return answer;
}

}  // namespace logs
