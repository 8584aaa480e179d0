// The policies of access points. Who comes through an access point must be allowed by it, and by the bucket.
#include <algorithm>

#include "kernel/cloud.h"
#include "policy/access.h"
#include "services/s3control/access_points.h"

namespace s3control {

namespace {

constexpr std::size_t kPolicyBytesMax = 20'480;

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutAccessPointPolicy.html
Result<Out> PutAccessPointPolicy(Call& call, In in) {
  aws::AccessPoint point = TRY(find_point(call, in.value()));
  const std::string& text = in.str("Policy");
  if (text.size() > kPolicyBytesMax)
    return error("InvalidArgument", "Access point policies are limited to 20 KB in size.");
  if (auto compiled = call.cloud().policies().compile(text, policy::Kind::kResource); !compiled)
    return error("MalformedPolicy", compiled.error().message);
  point.policy = text;
  call.tx.put(aws::kAccessPoints, point.name, point);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicy.html
Result<Out> GetAccessPointPolicy(Call& call, In in) {
  const aws::AccessPoint point = TRY(find_point(call, in.value()));
  if (point.policy.empty()) return error("NoSuchAccessPointPolicy", "The specified accesspoint policy does not exist");
  return Out{{"Policy", point.policy}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicyStatus.html
Result<Out> GetAccessPointPolicyStatus(Call& call, In in) {
  const aws::AccessPoint point = TRY(find_point(call, in.value()));
  if (point.policy.empty()) return error("NoSuchAccessPointPolicy", "The specified accesspoint policy does not exist");
  auto compiled = TRY(call.cloud().policies().compile(point.policy, policy::Kind::kResource));
  auto grants = policy::external_access(*compiled, {.accounts = {point.account}, .organization_id = {}});
  const bool is_public = std::ranges::any_of(grants, &policy::ExternalGrant::is_public);
  return Out{{"PolicyStatus", Value::Map{{"IsPublic", is_public}}}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPointPolicy.html
Result<Out> DeleteAccessPointPolicy(Call& call, In in) {
  aws::AccessPoint point = TRY(find_point(call, in.value()));
  point.policy.clear();
  call.tx.put(aws::kAccessPoints, point.name, point);
  return Out{};
}

}  // namespace s3control
