// Managed policies attached to users, groups and roles, and permissions boundaries.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
#include "services/iam/iam.h"

namespace iam {

namespace {

std::string_view quota_name(Entity::Kind kind) {
  switch (kind) {
    case Entity::Kind::kUser: return "PoliciesPerUser";
    case Entity::Kind::kGroup: return "PoliciesPerGroup";
    default: return "PoliciesPerRole";
  }
}

const kernel::Limit& quota_of(Entity::Kind kind) {
  switch (kind) {
    case Entity::Kind::kUser: return kPoliciesPerUserMax;
    case Entity::Kind::kGroup: return kPoliciesPerGroupMax;
    default: return kPoliciesPerRoleMax;
  }
}

base::Result<Out> attach(Call& call, Entity::Kind kind, std::string_view name, In in) {
  const Owner owner = TRY(find_owner(call, kind, name, Purpose::kChange));
  TRY_VOID(attach_policy(call, owner, in.str("PolicyArn")));
  return Out{};
}

base::Result<Out> detach(Call& call, Entity::Kind kind, std::string_view name, In in) {
  const Owner owner = TRY(find_owner(call, kind, name, Purpose::kChange));
  const std::string& arn = in.str("PolicyArn");
  if (!call.tx.has(kAttachedPolicies, store::key(owner.id, arn)))
    return error("NoSuchEntity", fmt::format("Policy {} was not found.", arn));
  call.tx.erase(kAttachedPolicies, store::key(owner.id, arn));
  call.tx.erase(kAttachedTo, store::key(arn, owner.id));
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

base::Result<Out> list_attached(Call& call, Entity::Kind kind, std::string_view name, In in) {
  const Owner owner = TRY(find_owner(call, kind, name, Purpose::kRead));
  std::map<std::string, Out> by_name;
  for (const std::string& arn : attached_policies(call, owner.id)) {
    const EntityArn parsed = parse_entity_arn(arn).value_or(EntityArn{});
    if (parsed.path.starts_with(in.str("PathPrefix")))
      by_name[store::key(name_key(parsed.name), arn)] = Out{{"PolicyName", parsed.name}, {"PolicyArn", arn}};
  }
  Listing listing = TRY(Listing::begin(in));
  for (const auto& [key, shown] : by_name)
    if (listing.wants(key)) listing.add(shown);
  return listing.answer("AttachedPolicies");
}

}  // namespace

std::string_view Owner::word() const {
  return kind == Entity::Kind::kUser ? "user" : kind == Entity::Kind::kGroup ? "group" : "role";
}

base::Result<Owner> find_owner(const Call& call, Entity::Kind kind, std::string_view name, Purpose purpose) {
  if (kind == Entity::Kind::kUser) {
    User user = TRY(find_user(call, name));
    return Owner{.kind = kind, .id = user.id, .name = user.name};
  }
  if (kind == Entity::Kind::kGroup) {
    Group group = TRY(find_group(call, name));
    return Owner{.kind = kind, .id = group.id, .name = group.name};
  }
  Role role = TRY(find_role(call, name));
  if (purpose == Purpose::kChange) TRY_VOID(check_modifiable(role));
  return Owner{.kind = kind, .id = role.id, .name = role.name, .is_service_linked = role.is_service_linked()};
}

base::Result<void> attach_policy(Call& call, const Owner& owner, const std::string& policy_arn) {
  if (!policy_document(call, policy_arn))
    return error("NoSuchEntity", fmt::format("Policy {} does not exist or is not attachable.", policy_arn));
  if (policy_arn.starts_with("arn:aws:iam::aws:policy/aws-service-role/") && !owner.is_service_linked)
    return error("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.");
  if (call.tx.has(kAttachedPolicies, store::key(owner.id, policy_arn))) return {};
  TRY_VOID(check_quota(call, quota_of(owner.kind), quota_name(owner.kind), attached_policies(call, owner.id).size()));
  call.tx.put(kAttachedPolicies, store::key(owner.id, policy_arn), {});
  call.tx.put(kAttachedTo, store::key(policy_arn, owner.id), {});
  kernel::policies_changed(call, call.place.account);
  return {};
}

std::vector<std::string> attached_policies(const Call& call, std::string_view entity_id) {
  return second_parts(call, kAttachedPolicies, entity_id);
}

base::Result<void> check_no_policies(const Call& call, std::string_view entity_id) {
  if (has_rows(call, kAttachedPolicies, entity_id))
    return error("DeleteConflict", "Cannot delete entity, must detach all policies first.");
  if (call.tx.scan_keys(kInlinePolicies, {.prefix = store::key(entity_id), .limit = 1}, skip_key) != 0)
    return error("DeleteConflict", "Cannot delete entity, must delete policies first.");
  return {};
}

base::Result<void> set_boundary(Call& call, std::string_view entity_id, const std::string& policy_arn,
                                std::string& boundary_arn) {
  auto parsed = parse_entity_arn(policy_arn);
  if (!parsed || parsed->type != "policy")
    return error("ValidationError",
                 fmt::format("Value ({}) for parameter PermissionsBoundary is invalid.", policy_arn));
  if (!policy_document(call, policy_arn))
    return error("NoSuchEntity", fmt::format("Scope ARN: {} does not exist or is not attachable.", policy_arn));
  if (!boundary_arn.empty()) call.tx.erase(kBoundaryOf, store::key(boundary_arn, entity_id));
  call.tx.put(kBoundaryOf, store::key(policy_arn, entity_id), {});
  boundary_arn = policy_arn;
  return {};
}

base::Result<void> remove_boundary(Call& call, std::string_view who, std::string_view entity_id,
                                   std::string& boundary_arn) {
  if (boundary_arn.empty()) return error("NoSuchEntity", fmt::format("Permissions boundary not found for {}.", who));
  call.tx.erase(kBoundaryOf, store::key(boundary_arn, entity_id));
  boundary_arn.clear();
  return {};
}

Out show_boundary(const std::string& boundary_arn) {
  return Out{{"PermissionsBoundaryType", "Policy"}, {"PermissionsBoundaryArn", boundary_arn}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html
base::Result<Out> AttachUserPolicy(Call& call, In in) {
  return attach(call, Entity::Kind::kUser, in.str("UserName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachGroupPolicy.html
base::Result<Out> AttachGroupPolicy(Call& call, In in) {
  return attach(call, Entity::Kind::kGroup, in.str("GroupName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
base::Result<Out> AttachRolePolicy(Call& call, In in) {
  return attach(call, Entity::Kind::kRole, in.str("RoleName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html
base::Result<Out> DetachUserPolicy(Call& call, In in) {
  return detach(call, Entity::Kind::kUser, in.str("UserName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html
base::Result<Out> DetachGroupPolicy(Call& call, In in) {
  return detach(call, Entity::Kind::kGroup, in.str("GroupName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html
base::Result<Out> DetachRolePolicy(Call& call, In in) {
  return detach(call, Entity::Kind::kRole, in.str("RoleName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html
base::Result<Out> ListAttachedUserPolicies(Call& call, In in) {
  return list_attached(call, Entity::Kind::kUser, in.str("UserName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html
base::Result<Out> ListAttachedGroupPolicies(Call& call, In in) {
  return list_attached(call, Entity::Kind::kGroup, in.str("GroupName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html
base::Result<Out> ListAttachedRolePolicies(Call& call, In in) {
  return list_attached(call, Entity::Kind::kRole, in.str("RoleName"), in);
}

}  // namespace iam
