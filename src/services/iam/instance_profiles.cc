// Instance profiles: what hands a role to an EC2 instance.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
#include "services/iam/iam.h"

namespace iam {

namespace {

base::Result<InstanceProfile> find_instance_profile(const Call& call, std::string_view name) {
  auto profile = call.tx.get(kInstanceProfiles, name_key(name));
  if (!profile) return error("NoSuchEntity", fmt::format("Instance Profile {} cannot be found.", name));
  return *std::move(profile);
}

void put_instance_profile(Call& call, const InstanceProfile& profile) {
  call.tx.put(kInstanceProfiles, name_key(profile.name), profile);
  call.tx.put(kEntities, profile.id, {Entity::Kind::kInstanceProfile, call.tx.place().account, profile.name});
}

std::optional<Role> role_of(const Call& call, const InstanceProfile& profile) {
  auto entity = profile.role_id.empty() ? std::optional<Entity>() : get_entity(call, profile.role_id);
  return entity ? call.tx.get(kRoles, name_key(entity->name)) : std::nullopt;
}

}  // namespace

Out show_instance_profile(Call& call, const InstanceProfile& profile, Detail detail) {
  Value::List roles;
  if (auto role = role_of(call, profile)) roles.push_back(show_role(call, *role, Detail::kListed));
  Out shown{{"Path", profile.path},
            {"InstanceProfileName", profile.name},
            {"InstanceProfileId", profile.id},
            {"Arn", instance_profile_arn(call, profile)},
            {"CreateDate", profile.created_ms},
            {"Roles", roles}};
  if (detail == Detail::kFull) shown.set("Tags", show_tags(profile.tags));
  return shown;
}

std::map<std::string, InstanceProfile> instance_profiles_of(const Call& call, std::string_view role_id) {
  std::map<std::string, InstanceProfile> profiles;
  for (const std::string& id : second_parts(call, kProfilesOfRole, role_id))
    if (auto entity = get_entity(call, id))
      if (auto profile = call.tx.get(kInstanceProfiles, name_key(entity->name)))
        profiles.emplace(name_key(profile->name), *profile);
  return profiles;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html
base::Result<Out> CreateInstanceProfile(Call& call, In in) {
  const std::string& name = in.str("InstanceProfileName");
  if (call.tx.has(kInstanceProfiles, name_key(name)))
    return error("EntityAlreadyExists", fmt::format("Instance Profile {} already exists.", name));
  TRY_VOID(check_quota(call, kInstanceProfilesMax, "InstanceProfilesPerAccount",
                       call.tx.scan_keys(kInstanceProfiles, {}, skip_key)));
  InstanceProfile profile{
      .name = name, .path = path_of(in), .id = new_entity_id(call, "AIPA"), .created_ms = now_seconds_ms(call)};
  TRY_VOID(set_tags(in.list("Tags"), profile.tags));
  put_instance_profile(call, profile);
  return Out{{"InstanceProfile", show_instance_profile(call, profile, Detail::kFull)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html
base::Result<Out> GetInstanceProfile(Call& call, In in) {
  const InstanceProfile profile = TRY(find_instance_profile(call, in.str("InstanceProfileName")));
  return Out{{"InstanceProfile", show_instance_profile(call, profile, Detail::kFull)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html
base::Result<Out> ListInstanceProfiles(Call& call, In in) {
  Listing listing = TRY(Listing::begin(in));
  call.tx.scan(kInstanceProfiles, "", [&](std::string_view key, InstanceProfile& profile) {
    if (profile.path.starts_with(in.str("PathPrefix")) && listing.wants(key))
      listing.add(show_instance_profile(call, profile, Detail::kListed));
    return !listing.is_full();
  });
  return listing.answer("InstanceProfiles");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html
base::Result<Out> ListInstanceProfilesForRole(Call& call, In in) {
  const Role role = TRY(find_role(call, in.str("RoleName")));
  Listing listing = TRY(Listing::begin(in));
  for (const auto& [key, profile] : instance_profiles_of(call, role.id))
    if (listing.wants(key)) listing.add(show_instance_profile(call, profile, Detail::kListed));
  return listing.answer("InstanceProfiles");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html
base::Result<Out> DeleteInstanceProfile(Call& call, In in) {
  const InstanceProfile profile = TRY(find_instance_profile(call, in.str("InstanceProfileName")));
  if (!profile.role_id.empty())
    return error("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.");
  call.tx.erase(kInstanceProfiles, name_key(profile.name));
  call.tx.erase(kEntities, profile.id);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html
base::Result<Out> AddRoleToInstanceProfile(Call& call, In in) {
  InstanceProfile profile = TRY(find_instance_profile(call, in.str("InstanceProfileName")));
  const Role role = TRY(find_role(call, in.str("RoleName")));
  TRY_VOID(check_modifiable(role));
  if (!profile.role_id.empty())
    return error("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
  TRY_VOID(kernel::authorize_pass_role(call, role_arn(call, role), "ec2.amazonaws.com"));
  profile.role_id = role.id;
  put_instance_profile(call, profile);
  call.tx.put(kProfilesOfRole, store::key(role.id, profile.id), {});
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html
base::Result<Out> RemoveRoleFromInstanceProfile(Call& call, In in) {
  InstanceProfile profile = TRY(find_instance_profile(call, in.str("InstanceProfileName")));
  const Role role = TRY(find_role(call, in.str("RoleName")));
  TRY_VOID(check_modifiable(role));
  if (profile.role_id != role.id)
    return error("NoSuchEntity", fmt::format("The role with name {} cannot be found.", role.name));
  profile.role_id.clear();
  put_instance_profile(call, profile);
  call.tx.erase(kProfilesOfRole, store::key(role.id, profile.id));
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagInstanceProfile.html
base::Result<Out> TagInstanceProfile(Call& call, In in) {
  InstanceProfile profile = TRY(find_instance_profile(call, in.str("InstanceProfileName")));
  TRY_VOID(set_tags(in.list("Tags"), profile.tags));
  put_instance_profile(call, profile);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagInstanceProfile.html
base::Result<Out> UntagInstanceProfile(Call& call, In in) {
  InstanceProfile profile = TRY(find_instance_profile(call, in.str("InstanceProfileName")));
  remove_tags(in.list("TagKeys"), profile.tags);
  put_instance_profile(call, profile);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html
base::Result<Out> ListInstanceProfileTags(Call& call, In in) {
  return list_tags(in, TRY(find_instance_profile(call, in.str("InstanceProfileName"))).tags);
}

}  // namespace iam
