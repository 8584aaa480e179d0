// Groups and who is in them. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html
#include "services/iam/iam.h"

namespace iam {

base::Result<Group> find_group(const Call& call, std::string_view name) {
  auto group = call.tx.get(kGroups, name_key(name));
  if (!group) return error("NoSuchEntity", fmt::format("The group with name {} cannot be found.", name));
  return *std::move(group);
}

void put_group(Call& call, const Group& group) {
  call.tx.put(kGroups, name_key(group.name), group);
  call.tx.put(kEntities, group.id, {Entity::Kind::kGroup, call.tx.place().account, group.name});
}

Out show_group(const Call& call, const Group& group) {
  return Out{{"Path", group.path},
             {"GroupName", group.name},
             {"GroupId", group.id},
             {"Arn", group_arn(call, group)},
             {"CreateDate", group.created_ms}};
}

std::vector<Group> groups_of_user(const Call& call, std::string_view user_id) {
  std::map<std::string, Group> by_name;
  for (const std::string& id : second_parts(call, kGroupsOfUser, user_id))
    if (auto entity = get_entity(call, id))
      if (auto group = call.tx.get(kGroups, name_key(entity->name))) by_name[name_key(group->name)] = *group;
  std::vector<Group> groups;
  for (auto& [key, group] : by_name) groups.push_back(std::move(group));
  return groups;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html
base::Result<Out> CreateGroup(Call& call, In in) {
  const std::string& name = in.str("GroupName");
  if (call.tx.has(kGroups, name_key(name)))
    return error("EntityAlreadyExists", fmt::format("Group with name {} already exists.", name));
  TRY_VOID(check_quota(call, kGroupsMax, "GroupsPerAccount", call.tx.scan_keys(kGroups, {}, skip_key)));
  Group group{.name = name, .path = path_of(in), .id = new_entity_id(call, "AGPA"), .created_ms = now_seconds_ms(call)};
  put_group(call, group);
  return Out{{"Group", show_group(call, group)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html
base::Result<Out> GetGroup(Call& call, In in) {
  const Group group = TRY(find_group(call, in.str("GroupName")));
  std::map<std::string, User> members;
  for (const std::string& id : second_parts(call, kUsersOfGroup, group.id))
    if (auto entity = get_entity(call, id))
      if (auto user = call.tx.get(kUsers, name_key(entity->name))) members[name_key(user->name)] = *user;
  Listing listing = TRY(Listing::begin(in));
  for (const auto& [key, user] : members)
    if (listing.wants(key)) listing.add(show_user(call, user, Detail::kListed));
  Out answer = listing.answer("Users");
  answer.set("Group", show_group(call, group));
  return answer;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html
base::Result<Out> ListGroups(Call& call, In in) {
  Listing listing = TRY(Listing::begin(in));
  call.tx.scan(kGroups, "", [&](std::string_view key, Group& group) {
    if (group.path.starts_with(in.str("PathPrefix")) && listing.wants(key)) listing.add(show_group(call, group));
    return !listing.is_full();
  });
  return listing.answer("Groups");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html
base::Result<Out> ListGroupsForUser(Call& call, In in) {
  const User user = TRY(find_user(call, in.str("UserName")));
  Listing listing = TRY(Listing::begin(in));
  for (const Group& group : groups_of_user(call, user.id))
    if (listing.wants(name_key(group.name))) listing.add(show_group(call, group));
  return listing.answer("Groups");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html
base::Result<Out> UpdateGroup(Call& call, In in) {
  Group group = TRY(find_group(call, in.str("GroupName")));
  const std::string old_key = name_key(group.name);
  if (in.has("NewGroupName")) {
    group.name = in.str("NewGroupName");
    if (name_key(group.name) != old_key && call.tx.has(kGroups, name_key(group.name)))
      return error("EntityAlreadyExists", fmt::format("Group with name {} already exists.", group.name));
  }
  if (in.has("NewPath")) group.path = in.str("NewPath");
  call.tx.erase(kGroups, old_key);
  put_group(call, group);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html
base::Result<Out> DeleteGroup(Call& call, In in) {
  const Group group = TRY(find_group(call, in.str("GroupName")));
  if (has_rows(call, kUsersOfGroup, group.id))
    return error("DeleteConflict", "Cannot delete entity, must remove users from group first.");
  TRY_VOID(check_no_policies(call, group.id));
  call.tx.erase(kGroups, name_key(group.name));
  call.tx.erase(kEntities, group.id);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html
base::Result<Out> AddUserToGroup(Call& call, In in) {
  const Group group = TRY(find_group(call, in.str("GroupName")));
  const User user = TRY(find_user(call, in.str("UserName")));
  if (call.tx.has(kGroupsOfUser, store::key(user.id, group.id))) return Out{};
  TRY_VOID(check_quota(call, kGroupsPerUserMax, "GroupsPerUser", second_parts(call, kGroupsOfUser, user.id).size()));
  call.tx.put(kGroupsOfUser, store::key(user.id, group.id), {});
  call.tx.put(kUsersOfGroup, store::key(group.id, user.id), {});
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html
base::Result<Out> RemoveUserFromGroup(Call& call, In in) {
  const Group group = TRY(find_group(call, in.str("GroupName")));
  const User user = TRY(find_user(call, in.str("UserName")));
  if (!call.tx.has(kGroupsOfUser, store::key(user.id, group.id)))
    return error("NoSuchEntity", fmt::format("The user with name {} cannot be found.", user.name));
  call.tx.erase(kGroupsOfUser, store::key(user.id, group.id));
  call.tx.erase(kUsersOfGroup, store::key(group.id, user.id));
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

}  // namespace iam
