// Roles. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html
#include "base/bytes.h"
#include "kernel/usage.h"
#include "services/iam/iam.h"

namespace iam {

// "This data includes the date and time the role was last used": an empty map when it never was.
Out show_last_use(Call& call, const Role& role) {
  kernel::ServiceUse latest;
  for (const kernel::ServiceUse& use : kernel::uses_by_principal(call, role_arn(call, role)))
    if (use.at_ms > latest.at_ms) latest = use;
  if (latest.at_ms == 0) return Out{};
  return Out{{"LastUsedDate", latest.at_ms / 1'000 * 1'000}, {"Region", latest.region}};
}

base::Result<Role> find_role(const Call& call, std::string_view name) {
  auto role = call.tx.get(kRoles, name_key(name));
  if (!role) return error("NoSuchEntity", fmt::format("The role with name {} cannot be found.", name));
  return *std::move(role);
}

std::optional<Role> get_role_by_arn(const Call& call, std::string_view arn) {
  auto parsed = parse_entity_arn(arn);
  if (!parsed || parsed->type != "role") return std::nullopt;
  auto role = call.tx.at({parsed->account, ""}).get(kRoles, name_key(parsed->name));
  if (!role || role->path != parsed->path || role->name != parsed->name) return std::nullopt;
  return role;
}

void put_role(Call& call, const Role& role) {
  call.tx.put(kRoles, name_key(role.name), role);
  call.tx.put(kEntities, role.id, {Entity::Kind::kRole, call.tx.place().account, role.name});
}

void erase_role(Call& call, const Role& role) {
  for (const std::string& arn : attached_policies(call, role.id)) {
    call.tx.erase(kAttachedPolicies, store::key(role.id, arn));
    call.tx.erase(kAttachedTo, store::key(arn, role.id));
  }
  call.tx.erase_all(kInlinePolicies, store::key(role.id));
  if (!role.boundary_arn.empty()) call.tx.erase(kBoundaryOf, store::key(role.boundary_arn, role.id));
  call.tx.erase(kRoles, name_key(role.name));
  call.tx.erase(kEntities, role.id);
  kernel::policies_changed(call, call.place.account);
}

base::Result<void> check_modifiable(const Role& role) {
  if (!role.is_service_linked()) return {};
  return error(
      "UnmodifiableEntity",
      fmt::format("Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
                  role.name));
}

Out show_role(Call& call, const Role& role, Detail detail) {
  Out shown{{"Path", role.path},
            {"RoleName", role.name},
            {"RoleId", role.id},
            {"Arn", role_arn(call, role)},
            {"CreateDate", role.created_ms},
            {"AssumeRolePolicyDocument", base::percent_encode(trust_policy_of(call, role))},
            {"MaxSessionDuration", role.session_seconds_max}};
  if (!role.description.empty()) shown.set("Description", role.description);
  if (detail == Detail::kListed) return shown;
  if (!role.boundary_arn.empty()) shown.set("PermissionsBoundary", show_boundary(role.boundary_arn));
  if (!role.tags.empty()) shown.set("Tags", show_tags(role.tags));
  return shown;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
base::Result<Out> CreateRole(Call& call, In in) {
  const std::string& name = in.str("RoleName");
  if (path_of(in).starts_with("/aws-service-role/"))
    return error("InvalidInput",
                 "This path is reserved for Service-Linked Roles. Please use the CreateServiceLinkedRole API.");
  if (call.tx.has(kRoles, name_key(name)))
    return error("EntityAlreadyExists", fmt::format("Role with name {} already exists.", name));
  TRY_VOID(check_quota(call, kRolesMax, "RolesPerAccount", call.tx.scan_keys(kRoles, {}, skip_key)));
  Role role{.name = name,
            .path = path_of(in),
            .id = new_entity_id(call, "AROA"),
            .created_ms = now_seconds_ms(call),
            .description = in.str("Description"),
            .session_seconds_max = in.num("MaxSessionDuration", 3'600)};
  TRY_VOID(set_trust_policy(call, in.str("AssumeRolePolicyDocument"), role));
  TRY_VOID(set_tags(in.list("Tags"), role.tags));
  if (in.has("PermissionsBoundary"))
    TRY_VOID(set_boundary(call, role.id, in.str("PermissionsBoundary"), role.boundary_arn));
  put_role(call, role);
  kernel::policies_changed(call, call.place.account);
  return Out{{"Role", show_role(call, role, Detail::kFull)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
base::Result<Out> GetRole(Call& call, In in) {
  const Role role = TRY(find_role(call, in.str("RoleName")));
  Out shown = show_role(call, role, Detail::kFull);
  shown.set("RoleLastUsed", show_last_use(call, role));
  return Out{{"Role", shown}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
base::Result<Out> ListRoles(Call& call, In in) {
  Listing listing = TRY(Listing::begin(in));
  call.tx.scan(kRoles, "", [&](std::string_view key, Role& role) {
    if (role.path.starts_with(in.str("PathPrefix")) && listing.wants(key))
      listing.add(show_role(call, role, Detail::kListed));
    return !listing.is_full();
  });
  return listing.answer("Roles");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
base::Result<Out> UpdateRole(Call& call, In in) {
  Role role = TRY(find_role(call, in.str("RoleName")));
  TRY_VOID(check_modifiable(role));
  if (in.has("Description")) role.description = in.str("Description");
  role.session_seconds_max = in.num("MaxSessionDuration", role.session_seconds_max);
  put_role(call, role);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html
base::Result<Out> UpdateRoleDescription(Call& call, In in) {
  // The one thing about a service-linked role that its account may change.
  Role role = TRY(find_role(call, in.str("RoleName")));
  role.description = in.str("Description");
  put_role(call, role);
  return Out{{"Role", show_role(call, role, Detail::kFull)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html
base::Result<Out> UpdateAssumeRolePolicy(Call& call, In in) {
  Role role = TRY(find_role(call, in.str("RoleName")));
  TRY_VOID(check_modifiable(role));
  TRY_VOID(set_trust_policy(call, in.str("PolicyDocument"), role));
  put_role(call, role);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
base::Result<Out> DeleteRole(Call& call, In in) {
  const Role role = TRY(find_role(call, in.str("RoleName")));
  TRY_VOID(check_modifiable(role));
  if (has_rows(call, kProfilesOfRole, role.id))
    return error("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.");
  TRY_VOID(check_no_policies(call, role.id));
  erase_role(call, role);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html
base::Result<Out> PutRolePermissionsBoundary(Call& call, In in) {
  Role role = TRY(find_role(call, in.str("RoleName")));
  TRY_VOID(check_modifiable(role));
  TRY_VOID(set_boundary(call, role.id, in.str("PermissionsBoundary"), role.boundary_arn));
  put_role(call, role);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html
base::Result<Out> DeleteRolePermissionsBoundary(Call& call, In in) {
  Role role = TRY(find_role(call, in.str("RoleName")));
  TRY_VOID(check_modifiable(role));
  TRY_VOID(remove_boundary(call, fmt::format("role {}", role.name), role.id, role.boundary_arn));
  put_role(call, role);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html
base::Result<Out> TagRole(Call& call, In in) {
  Role role = TRY(find_role(call, in.str("RoleName")));
  TRY_VOID(set_tags(in.list("Tags"), role.tags));
  put_role(call, role);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html
base::Result<Out> UntagRole(Call& call, In in) {
  Role role = TRY(find_role(call, in.str("RoleName")));
  remove_tags(in.list("TagKeys"), role.tags);
  put_role(call, role);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html
base::Result<Out> ListRoleTags(Call& call, In in) {
  return list_tags(in, TRY(find_role(call, in.str("RoleName"))).tags);
}

}  // namespace iam
