// The policies of access points. Who comes through an access point must be allowed by it, and by the bucket.
#include <algorithm>

#include "kernel/cloud.h"
#include "policy/access.h"
#include "services/s3control/access_points.h"

namespace s3control {

namespace {

constexpr std::size_t kPolicyBytesMax = 20'480;

Result<bool> is_policy_public(Call& call, const std::string& text, const std::string& account) {
  auto compiled = TRY(call.cloud().policies().compile(text, policy::Kind::kResource));
  auto grants = policy::external_access(*compiled, {.accounts = {account}, .organization_id = {}});
  return std::ranges::any_of(grants, &policy::ExternalGrant::is_public);
}

}  // namespace

Result<bool> check_point_policy(Call& call, const std::string& text, const std::string& account) {
  if (text.size() > kPolicyBytesMax)
    return error("InvalidArgument", "Access point policies are limited to 20 KB in size.");
  auto is_public = is_policy_public(call, text, account);
  if (!is_public) return error("MalformedPolicy", is_public.error().message);
  return *is_public;
}

std::unexpected<base::Error> no_point_policy() {
  return error("NoSuchAccessPointPolicy", "The specified accesspoint policy does not exist");
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutAccessPointPolicy.html
Result<Out> PutAccessPointPolicy(Call& call, In in) {
  aws::AccessPoint point = TRY(find_point(call, in.value()));
  const std::string& text = in.str("Policy");
  const bool is_public = TRY(check_point_policy(call, text, point.account));
  // "BlockPublicPolicy: Amazon S3 rejects calls to PUT access point policy that are public."
  if (is_public && point.block.blocks_policies) return error("AccessDenied", "Access Denied");
  point.is_policy_public = is_public;
  point.policy = text;
  call.tx.put(aws::kAccessPoints, point.name, point);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicy.html
Result<Out> GetAccessPointPolicy(Call& call, In in) {
  const aws::AccessPoint point = TRY(find_point(call, in.value()));
  if (point.policy.empty()) return no_point_policy();
  return Out{{"Policy", point.policy}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicyStatus.html
Result<Out> GetAccessPointPolicyStatus(Call& call, In in) {
  const aws::AccessPoint point = TRY(find_point(call, in.value()));
  if (point.policy.empty()) return no_point_policy();
  return Out{{"PolicyStatus", Value::Map{{"IsPublic", point.is_policy_public}}}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPointPolicy.html
Result<Out> DeleteAccessPointPolicy(Call& call, In in) {
  aws::AccessPoint point = TRY(find_point(call, in.value()));
  point.policy.clear();
  point.is_policy_public = false;
  call.tx.put(aws::kAccessPoints, point.name, point);
  return Out{};
}

}  // namespace s3control
