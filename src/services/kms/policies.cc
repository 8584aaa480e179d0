// Key policies: without one that admits it, nobody uses a key.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
#include "kernel/cloud.h"
#include "services/kms/keys.h"

namespace kms {

namespace {

constexpr std::string_view kPolicyName = "default";
constexpr std::size_t kPolicyBytesMax = 32'768;

base::Result<void> check_policy_name(In in) {
  if (!in.has("PolicyName") || in.str("PolicyName") == kPolicyName) return {};
  return error("NotFoundException", "No such policy exists");
}

}  // namespace

base::Result<void> set_policy(Call& call, OpenKey& key, const std::string& policy, Lockout lockout) {
  if (policy.size() > kPolicyBytesMax)
    return error("LimitExceededException", "The key policy exceeds the size limit of 32 KB.");
  auto compiled = policy::compile(policy, policy::Kind::kResource);
  if (!compiled) return error("MalformedPolicyDocumentException", compiled.error().message);
  if (kernel::find_missing_principal(call, **compiled))
    return error("MalformedPolicyDocumentException",
                 "Policy contains a statement with one or more invalid principals.");
  key.row.policy = policy;
  write_and_tell(call, key);
  if (lockout == Lockout::kAllowed || call.caller.type == kernel::Principal::Type::kService) return {};
  if (call.authorize("kms:PutKeyPolicy", key.arn())) return {};
  return error("MalformedPolicyDocumentException",
               "The new key policy will not allow you to update the key policy in the future.");
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html
base::Result<Out> GetKeyPolicy(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_policy_name(in));
  return Out{{"Policy", key.row.policy}, {"PolicyName", kPolicyName}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
base::Result<Out> PutKeyPolicy(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_policy_name(in));
  TRY_VOID(check_customer_managed(key));
  TRY_VOID(check_state(call, key, For::kManagement));
  TRY_VOID(set_policy(call, key, in.str("Policy"),
                      in.flag("BypassPolicyLockoutSafetyCheck") ? Lockout::kAllowed : Lockout::kRefused));
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyPolicies.html
base::Result<Out> ListKeyPolicies(Call& call, In in) {
  TRY(find_key_itself(call, in.str("KeyId")));
  return Out{{"PolicyNames", Value::List{kPolicyName}}, {"Truncated", false}};
}

}  // namespace kms
