// Users. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users.html
#include "kernel/credentials.h"
#include "services/iam/iam.h"

namespace iam {

base::Result<User> find_user(const Call& call, std::string_view name) {
  auto user = call.tx.get(kUsers, name_key(name));
  if (!user) return error("NoSuchEntity", fmt::format("The user with name {} cannot be found.", name));
  return *std::move(user);
}

base::Result<User> find_user_or_caller(const Call& call, In in) {
  if (in.has("UserName")) return find_user(call, in.str("UserName"));
  auto entity = call.caller.type == kernel::Principal::Type::kUser ? get_entity(call, call.caller.user_id)
                                                                   : std::optional<Entity>();
  if (!entity) return error("ValidationError", "Must specify userName when calling with non-User credentials");
  return find_user(call, entity->name);
}

std::optional<User> get_user_by_arn(const Call& call, std::string_view arn) {
  auto parsed = parse_entity_arn(arn);
  if (!parsed || parsed->type != "user") return std::nullopt;
  auto user = call.tx.at({parsed->account, ""}).get(kUsers, name_key(parsed->name));
  if (!user || user->path != parsed->path || user->name != parsed->name) return std::nullopt;
  return user;
}

void put_user(Call& call, const User& user) {
  call.tx.put(kUsers, name_key(user.name), user);
  call.tx.put(kEntities, user.id, {Entity::Kind::kUser, call.tx.place().account, user.name});
}

Out show_user(const Call& call, const User& user, Detail detail) {
  Out shown{{"Path", user.path},
            {"UserName", user.name},
            {"UserId", user.id},
            {"Arn", user_arn(call, user)},
            {"CreateDate", user.created_ms}};
  if (user.password_last_used_ms != 0) shown.set("PasswordLastUsed", user.password_last_used_ms);
  if (detail == Detail::kListed) return shown;
  if (!user.boundary_arn.empty()) shown.set("PermissionsBoundary", show_boundary(user.boundary_arn));
  if (!user.tags.empty()) shown.set("Tags", show_tags(user.tags));
  return shown;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
base::Result<Out> CreateUser(Call& call, In in) {
  const std::string& name = in.str("UserName");
  if (call.tx.has(kUsers, name_key(name)))
    return error("EntityAlreadyExists", fmt::format("User with name {} already exists.", name));
  TRY_VOID(check_quota(call, kUsersMax, "UsersPerAccount", call.tx.scan_keys(kUsers, {}, skip_key)));
  User user{.name = name, .path = path_of(in), .id = new_entity_id(call, "AIDA"), .created_ms = now_seconds_ms(call)};
  TRY_VOID(set_tags(in.list("Tags"), user.tags));
  if (in.has("PermissionsBoundary"))
    TRY_VOID(set_boundary(call, user.id, in.str("PermissionsBoundary"), user.boundary_arn));
  put_user(call, user);
  kernel::policies_changed(call, call.place.account);
  return Out{{"User", show_user(call, user, Detail::kFull)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
base::Result<Out> GetUser(Call& call, In in) {
  if (!in.has("UserName") && call.caller.type == kernel::Principal::Type::kRoot) {
    // LIMIT: accounts do not know when they were made, so their root is as old as time.
    return Out{{"User", Out{{"UserId", call.caller.account}, {"Arn", call.caller.arn}, {"CreateDate", 0}}}};
  }
  return Out{{"User", show_user(call, TRY(find_user_or_caller(call, in)), Detail::kFull)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
base::Result<Out> ListUsers(Call& call, In in) {
  Listing listing = TRY(Listing::begin(in));
  call.tx.scan(kUsers, "", [&](std::string_view key, User& user) {
    if (user.path.starts_with(in.str("PathPrefix")) && listing.wants(key))
      listing.add(show_user(call, user, Detail::kListed));
    return !listing.is_full();
  });
  return listing.answer("Users");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
base::Result<Out> UpdateUser(Call& call, In in) {
  User user = TRY(find_user(call, in.str("UserName")));
  const std::string old_key = name_key(user.name);
  if (in.has("NewUserName")) {
    user.name = in.str("NewUserName");
    if (name_key(user.name) != old_key && call.tx.has(kUsers, name_key(user.name)))
      return error("EntityAlreadyExists", fmt::format("User with name {} already exists.", user.name));
  }
  if (in.has("NewPath")) user.path = in.str("NewPath");
  call.tx.erase(kUsers, old_key);
  put_user(call, user);
  // What the user's keys stand for has a new ARN.
  // LIMIT: sessions that GetSessionToken or GetFederationToken made earlier keep the old one until they end.
  for (const std::string& id : access_keys_of(call, user.id)) {
    auto credential = call.tx.get(kernel::kCredentials, id);
    if (!credential) continue;
    credential->arn = user_arn(call, user);
    call.tx.put(kernel::kCredentials, id, *credential);
  }
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
base::Result<Out> DeleteUser(Call& call, In in) {
  const User user = TRY(find_user(call, in.str("UserName")));
  TRY_VOID(check_no_policies(call, user.id));
  if (has_rows(call, kGroupsOfUser, user.id))
    return error("DeleteConflict", "Cannot delete entity, must remove users from group first.");
  if (!access_keys_of(call, user.id).empty())
    return error("DeleteConflict", "Cannot delete entity, must delete access keys first.");
  if (auto conflict = evidence_conflict(call, user)) return error("DeleteConflict", *conflict);
  if (!user.boundary_arn.empty()) call.tx.erase(kBoundaryOf, store::key(user.boundary_arn, user.id));
  call.tx.erase(kUsers, name_key(user.name));
  call.tx.erase(kEntities, user.id);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html
base::Result<Out> PutUserPermissionsBoundary(Call& call, In in) {
  User user = TRY(find_user(call, in.str("UserName")));
  TRY_VOID(set_boundary(call, user.id, in.str("PermissionsBoundary"), user.boundary_arn));
  put_user(call, user);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html
base::Result<Out> DeleteUserPermissionsBoundary(Call& call, In in) {
  User user = TRY(find_user(call, in.str("UserName")));
  TRY_VOID(remove_boundary(call, fmt::format("user {}", user.name), user.id, user.boundary_arn));
  put_user(call, user);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html
base::Result<Out> TagUser(Call& call, In in) {
  User user = TRY(find_user(call, in.str("UserName")));
  TRY_VOID(set_tags(in.list("Tags"), user.tags));
  put_user(call, user);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html
base::Result<Out> UntagUser(Call& call, In in) {
  User user = TRY(find_user(call, in.str("UserName")));
  remove_tags(in.list("TagKeys"), user.tags);
  put_user(call, user);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html
base::Result<Out> ListUserTags(Call& call, In in) {
  return list_tags(in, TRY(find_user(call, in.str("UserName"))).tags);
}

}  // namespace iam
