// Multi-region keys: the same key id and material in several regions.
// https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
#include "services/kms/rotation.h"

namespace kms {

namespace {

base::Result<OpenKey> find_primary(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  if (key.row.primary_region != key.place.region)
    return error("UnsupportedOperationException", fmt::format("{} is not a multi-Region primary key.", key.arn()));
  TRY_VOID(check_state(call, key, For::kUse));
  return key;
}

// All of a multi-region key but the one that stands here.
std::vector<OpenKey> relatives_of(Call& call, const OpenKey& key) {
  std::vector<OpenKey> relatives;
  for (const std::string& region : key.row.replica_regions)
    if (auto relative = get_key(call, {key.place.account, region}, key.row.id))
      relatives.push_back(*std::move(relative));
  return relatives;
}

void set_regions(OpenKey& key, const std::string& primary, const std::vector<std::string>& replicas) {
  key.row.primary_region = primary;
  key.row.replica_regions = replicas;
  key.write();
}

// Material that KMS made is shared; imported material is to be imported again.
void copy_materials(const OpenKey& from, const OpenKey& to) {
  for (Material& material : materials_of(from)) {
    if (from.row.origin == Origin::kExternal) {
      material.sealed.clear();
      material.expires_ms = 0;
    }
    put_material(to, material);
  }
}

}  // namespace

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
base::Result<Out> ReplicateKey(Call& call, In in) {
  OpenKey key = TRY(find_primary(call, in));
  const std::string& region = in.str("ReplicaRegion");
  std::vector<std::string> replicas = key.row.replica_regions;
  if (region == key.place.region || std::ranges::find(replicas, region) != replicas.end())
    return error("AlreadyExistsException", fmt::format("{} already exists in Region {}.", key.arn(), region));
  OpenKey replica{call.tx.at({key.place.account, region}), {key.place.account, region}, key.row};
  replica.row.description = in.str("Description");
  replica.row.tags = TRY(read_tags(in.list("Tags")));
  replica.row.created_ms = call.now_ms();
  replica.row.grants = 0;
  replica.row.policy = default_policy(replica.place);
  TRY_VOID(call.authorize("kms:CreateKey", "*"));
  if (!replica.row.tags.empty()) TRY_VOID(call.authorize("kms:TagResource", replica.arn()));
  replicas.push_back(region);
  for (OpenKey& relative : relatives_of(call, key)) set_regions(relative, key.place.region, replicas);
  set_regions(key, key.place.region, replicas);
  set_regions(replica, key.place.region, replicas);
  copy_materials(key, replica);
  replica.tx.add(kKeyCount, "", 1);
  if (in.has("Policy"))
    TRY_VOID(set_policy(call, replica, in.str("Policy"),
                        in.flag("BypassPolicyLockoutSafetyCheck") ? Lockout::kAllowed : Lockout::kRefused));
  Out out{{"ReplicaKeyMetadata", describe(call, replica)}, {"ReplicaPolicy", replica.row.policy}};
  if (!replica.row.tags.empty()) out.set("ReplicaTags", show_tags(replica.row.tags));
  return out;
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdatePrimaryRegion.html
base::Result<Out> UpdatePrimaryRegion(Call& call, In in) {
  OpenKey key = TRY(find_primary(call, in));
  const std::string& region = in.str("PrimaryRegion");
  auto promoted = region == key.place.region ? std::nullopt : get_key(call, {key.place.account, region}, key.row.id);
  if (!promoted)
    return error("NotFoundException",
                 fmt::format("Key '{}' does not exist", key_arn({key.place.account, region}, key.row.id)));
  // "you must have permission on both keys"
  TRY_VOID(call.authorize("kms:UpdatePrimaryRegion", promoted->arn()));
  TRY_VOID(check_state(call, *promoted, For::kUse));
  std::vector<std::string> replicas = key.row.replica_regions;
  std::ranges::replace(replicas, region, key.place.region);
  std::vector<OpenKey> relatives = relatives_of(call, key);
  call.disarm(kRotate, timer_key(key));
  for (OpenKey& relative : relatives) set_regions(relative, region, replicas);
  set_regions(key, region, replicas);
  if (key.row.rotation_period_days != 0)
    call.arm(kRotate, kernel::from_ms(key.row.next_rotation_ms), timer_key(*promoted));
  return Out{};
}

}  // namespace kms
