// Policy types switched on and off, and policies put on roots, units and accounts.
#include "services/organizations/organization.h"
#include "services/organizations/policy_types.h"

namespace organizations {

namespace {

struct Pair {
  Organization organization;
  Policy policy;
};

// The policy and the target of a call exist, and policies of the type can be attached.
base::Result<Pair> find_pair(Call& call, In in, std::string policy_not_found) {
  const Organization organization = TRY(find_managed(call, Delegation::kByPolicy));
  auto policy = get_policy(call, organization, in.str("PolicyId"));
  if (!policy) return error("PolicyNotFoundException", std::move(policy_not_found));
  if (!is_target(call, organization, in.str("TargetId")))
    return error("TargetNotFoundException", "You specified a target that doesn't exist.");
  return Pair{organization, *std::move(policy)};
}

bool is_enabled(const Organization& organization, std::string_view type) {
  return std::ranges::find(organization.enabled_policy_types, type) != organization.enabled_policy_types.end();
}

std::size_t count_policies_on(Call& call, const Organization& organization, std::string_view target,
                              std::string_view type) {
  return call.tx.scan_keys(kAttachments, {.prefix = key(organization.id, target, type)}, [](std::string_view) {});
}

// Everything that policies can stand on.
std::vector<std::string> all_targets(Call& call, const Organization& organization) {
  std::vector<std::string> targets{organization.root};
  call.tx.scan(kUnits, key(organization.id), [&](std::string_view, Unit& unit) { targets.push_back(unit.id); });
  for (const Account& account : all_accounts(call, organization)) targets.push_back(account.id);
  return targets;
}

base::Result<Organization> find_for_type(Call& call, In in) {
  Organization organization = TRY(find_managed(call, Delegation::kByPolicy));
  if (in.str("RootId") != organization.root)
    return error("RootNotFoundException", "You specified a root that doesn't exist.");
  return organization;
}

}  // namespace

void attach(Call& call, const Organization& organization, std::string_view target, const Policy& policy) {
  call.tx.put(kAttachments, key(organization.id, target, policy.type, policy.id), {});
  call.tx.put(kTargets, key(organization.id, policy.id, target), {});
}

void detach(Call& call, const Organization& organization, std::string_view target, const Policy& policy) {
  call.tx.erase(kAttachments, key(organization.id, target, policy.type, policy.id));
  call.tx.erase(kTargets, key(organization.id, policy.id, target));
}

std::vector<Policy> policies_on(Call& call, const Organization& organization, std::string_view target,
                                std::string_view type) {
  std::vector<Policy> policies;
  call.tx.scan_keys(kAttachments, {.prefix = key(organization.id, target, type)}, [&](std::string_view attachment) {
    store::KeyReader parts(attachment);
    parts.text(), parts.text(), parts.text();
    if (auto policy = get_policy(call, organization, parts.text())) policies.push_back(*std::move(policy));
  });
  return policies;
}

void attach_defaults(Call& call, const Organization& organization, std::string_view target) {
  for (const std::string& type : organization.enabled_policy_types)
    if (const Policy* policy = default_policy_of(type)) attach(call, organization, target, *policy);
}

void detach_all(Call& call, const Organization& organization, std::string_view target) {
  call.tx.scan_keys(kAttachments, {.prefix = key(organization.id, target)}, [&](std::string_view attachment) {
    store::KeyReader parts(attachment);
    parts.text(), parts.text(), parts.text();
    call.tx.erase(kTargets, key(organization.id, parts.text(), target));
  });
  call.tx.erase_all(kAttachments, key(organization.id, target));
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnablePolicyType.html
base::Result<Out> EnablePolicyType(Call& call, In in) {
  Organization organization = TRY(find_for_type(call, in));
  const std::string& type = in.str("PolicyType");
  if (!organization.has_all_features)
    return error("PolicyTypeNotAvailableForOrganizationException",
                 "You can't use the specified policy type with the feature set currently enabled for this "
                 "organization.");
  if (is_enabled(organization, type))
    return error("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.");
  organization.enabled_policy_types.push_back(type);
  call.tx.put(kOrganizations, organization.id, organization);
  if (const Policy* policy = default_policy_of(type))
    for (const std::string& target : all_targets(call, organization)) attach(call, organization, target, *policy);
  kernel::policies_changed(call, "");
  return Out{{"Root", show_root(organization)}};
}

// "After you disable a policy type, all policies of that type are automatically detached from all entities."
//
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisablePolicyType.html
base::Result<Out> DisablePolicyType(Call& call, In in) {
  Organization organization = TRY(find_for_type(call, in));
  const std::string& type = in.str("PolicyType");
  if (!is_enabled(organization, type))
    return error("PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.");
  std::erase(organization.enabled_policy_types, type);
  call.tx.put(kOrganizations, organization.id, organization);
  for (const std::string& target : all_targets(call, organization))
    for (const Policy& policy : policies_on(call, organization, target, type))
      detach(call, organization, target, policy);
  kernel::policies_changed(call, "");
  return Out{{"Root", show_root(organization)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html
base::Result<Out> AttachPolicy(Call& call, In in) {
  const auto [organization, policy] = TRY(find_pair(call, in, "You specified a policy that doesn't exist."));
  const std::string& target = in.str("TargetId");
  if (!is_enabled(organization, policy.type))
    return error("PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.");
  if (call.tx.has(kTargets, key(organization.id, policy.id, target)))
    return error("DuplicatePolicyAttachmentException",
                 "The selected policy is already attached to the specified target.");
  const int count_max = find_policy_type(policy.type)->per_target_max;
  if (std::cmp_greater_equal(count_policies_on(call, organization, target, policy.type), count_max))
    return constraint_violation("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                                "You have attached the maximum number of policies to the specified target.");
  attach(call, organization, target, policy);
  if (is_authorization_type(policy.type)) kernel::policies_changed(call, "");
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DetachPolicy.html
base::Result<Out> DetachPolicy(Call& call, In in) {
  const auto [organization, policy] =
      TRY(find_pair(call, in, "We can't find a policy with the PolicyId that you specified."));
  const std::string& target = in.str("TargetId");
  if (!call.tx.has(kTargets, key(organization.id, policy.id, target)))
    return error("PolicyNotAttachedException", "The specified policy isn't attached to the specified target.");
  if (policy.type == kResourceControl && policy.is_aws_managed)
    return invalid_input("NON_DETACHABLE_POLICY", "You can't detach this AWS Managed Policy.");
  // "Every root, OU, and account must have at least one SCP attached."
  if (policy.type == kServiceControl && count_policies_on(call, organization, target, policy.type) == 1)
    return constraint_violation("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                                "You cannot remove the last policy attached to the specified target. You should have "
                                "at least one attached.");
  detach(call, organization, target, policy);
  if (is_authorization_type(policy.type)) kernel::policies_changed(call, "");
  return Out{};
}

}  // namespace organizations
