// Names, unique ids, ARNs and times of entities.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
#include "base/arn.h"
#include "base/strings.h"
#include "services/iam/iam.h"

namespace iam {

namespace {

constexpr std::string_view kIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr int kIdCharacters = 17;

}  // namespace

std::string name_key(std::string_view name) { return base::to_lower(name); }

std::string new_entity_id(Call& call, std::string_view prefix) {
  return std::string(prefix) + call.random_text(kIdCharacters, kIdAlphabet);
}

std::int64_t now_seconds_ms(const Call& call) { return call.now_ms() / 1'000 * 1'000; }

std::string entity_arn(std::string_view account, std::string_view type, std::string_view path, std::string_view name) {
  return fmt::format("arn:aws:iam::{}:{}{}{}", account, type, path, name);
}

std::string user_arn(const Call& call, const User& user) {
  return entity_arn(call.tx.place().account, "user", user.path, user.name);
}
std::string role_arn(const Call& call, const Role& role) {
  return entity_arn(call.tx.place().account, "role", role.path, role.name);
}
std::string group_arn(const Call& call, const Group& group) {
  return entity_arn(call.tx.place().account, "group", group.path, group.name);
}
std::string policy_arn(const Call& call, const ManagedPolicy& policy) {
  return entity_arn(call.tx.place().account, "policy", policy.path, policy.name);
}
std::string instance_profile_arn(const Call& call, const InstanceProfile& profile) {
  return entity_arn(call.tx.place().account, "instance-profile", profile.path, profile.name);
}

std::optional<EntityArn> parse_entity_arn(std::string_view arn) {
  const base::Arn parsed = base::Arn::parse(arn);
  if (parsed.service != "iam" || !parsed.region.empty()) return std::nullopt;
  std::string_view resource = parsed.resource;
  std::size_t type_end = resource.find('/'), path_end = resource.rfind('/');
  if (type_end == resource.npos || path_end + 1 == resource.size()) return std::nullopt;
  return EntityArn{.account = std::string(parsed.account),
                   .type = std::string(resource.substr(0, type_end)),
                   .path = std::string(resource.substr(type_end, path_end - type_end + 1)),
                   .name = std::string(resource.substr(path_end + 1))};
}

std::string path_of(In in) { return in.has("Path") ? in.str("Path") : "/"; }

std::optional<Entity> get_entity(const Call& call, std::string_view id) { return call.tx.get(kEntities, id); }

base::Result<void> check_quota(Call& call, const kernel::Limit& limit, std::string_view name, std::size_t present) {
  std::int64_t most = call.limit(limit);
  if (static_cast<std::int64_t>(present) >= most)
    return error("LimitExceeded", fmt::format("Cannot exceed quota for {}: {}", name, most));
  return {};
}

}  // namespace iam
