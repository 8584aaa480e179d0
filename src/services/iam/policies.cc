// Customer managed policies and their versions.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
#include "services/iam/iam.h"

namespace iam {

std::optional<ManagedPolicy> get_policy(const Call& call, std::string_view arn) {
  auto parsed = parse_entity_arn(arn);
  if (!parsed || parsed->type != "policy" || parsed->account != call.tx.place().account) return std::nullopt;
  auto policy = call.tx.get(kPolicies, name_key(parsed->name));
  if (!policy || policy->path != parsed->path || policy->name != parsed->name) return std::nullopt;
  return policy;
}

std::optional<std::string> policy_document(const Call& call, std::string_view policy_arn) {
  auto policy = get_policy(call, policy_arn);
  if (!policy) return std::nullopt;
  auto version = call.tx.get(kPolicyVersions, store::key(policy->id, policy->default_version));
  return version ? std::optional(version->document) : std::nullopt;
}

}  // namespace iam
