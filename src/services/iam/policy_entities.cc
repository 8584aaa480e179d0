// Who has a policy.
#include "services/iam/iam.h"

namespace iam {

namespace {

struct Named {
  Entity entity;
  std::string id, path;
};

// The entity with this id and where it stands; nothing when it is no user, group or role.
std::optional<Named> get_named(const Call& call, const std::string& id) {
  auto entity = get_entity(call, id);
  if (!entity) return std::nullopt;
  const std::string key = name_key(entity->name);
  if (entity->kind == Entity::Kind::kUser) {
    auto user = call.tx.get(kUsers, key);
    return user ? std::optional(Named{*entity, id, user->path}) : std::nullopt;
  }
  if (entity->kind == Entity::Kind::kGroup) {
    auto group = call.tx.get(kGroups, key);
    return group ? std::optional(Named{*entity, id, group->path}) : std::nullopt;
  }
  auto role = call.tx.get(kRoles, key);
  return role ? std::optional(Named{*entity, id, role->path}) : std::nullopt;
}

bool passes_entity_filter(std::string_view wanted, Entity::Kind kind) {
  if (wanted == "User") return kind == Entity::Kind::kUser;
  if (wanted == "Group") return kind == Entity::Kind::kGroup;
  if (wanted == "Role") return kind == Entity::Kind::kRole;
  return wanted.empty();
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
base::Result<Out> ListEntitiesForPolicy(Call& call, In in) {
  const PolicyFacts policy = TRY(find_policy_facts(call, in.str("PolicyArn")));
  const std::string& usage = in.str("PolicyUsageFilter");
  std::map<std::string, Named> found;
  for (const auto* table : {&kAttachedTo, &kBoundaryOf}) {
    if (usage == "PermissionsPolicy" && table == &kBoundaryOf) continue;
    if (usage == "PermissionsBoundary" && table == &kAttachedTo) continue;
    for (const std::string& id : second_parts(call, *table, policy.arn)) {
      auto named = get_named(call, id);
      if (named && named->path.starts_with(in.str("PathPrefix")) &&
          passes_entity_filter(in.str("EntityFilter"), named->entity.kind))
        found[store::key(static_cast<int>(named->entity.kind), name_key(named->entity.name))] = *named;
    }
  }
  Listing listing = TRY(Listing::begin(in));
  Value::List groups, users, roles;
  for (const auto& [key, named] : found) {
    if (!listing.wants(key)) continue;
    const std::string& name = named.entity.name;
    if (named.entity.kind == Entity::Kind::kUser)
      users.push_back(Out{{"UserName", name}, {"UserId", named.id}});
    else if (named.entity.kind == Entity::Kind::kGroup)
      groups.push_back(Out{{"GroupName", name}, {"GroupId", named.id}});
    else
      roles.push_back(Out{{"RoleName", name}, {"RoleId", named.id}});
  }
  Out answer{{"PolicyGroups", groups}, {"PolicyUsers", users}, {"PolicyRoles", roles}};
  listing.finish(answer);
  return answer;
}

}  // namespace iam
