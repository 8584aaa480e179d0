// Automatic rotation, by the clock, and rotation on demand.
// https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
#include "services/kms/rotation.h"

#include "kernel/cloud.h"

namespace kms {

namespace {

constexpr std::int64_t kPeriodDaysDefault = 365;
constexpr std::int64_t kOnDemandMax = 25;  // "a maximum of 25 times per KMS key"

bool is_primary(const OpenKey& key) { return !key.row.is_multi_region() || key.row.primary_region == key.place.region; }

std::vector<OpenKey> replicas_of(Call& call, const OpenKey& key) {
  std::vector<OpenKey> replicas;
  for (const std::string& region : key.row.replica_regions)
    if (auto replica = get_key(call, {key.place.account, region}, key.row.id)) replicas.push_back(*std::move(replica));
  return replicas;
}

// Gives the key new material, and its replicas the same.
void rotate(Call& call, OpenKey& key, std::string_view kind) {
  base::Secret secret = make_material(call.cloud().dice(), key.spec());
  const Material material{.rotated_ms = call.now_ms(), .rotation = std::string(kind)};
  key.row.current_material = add_material(call, key, material, secret.bytes());
  key.write();
  for (OpenKey& replica : replicas_of(call, key)) {
    replica.row.current_material = add_material(call, replica, material, secret.bytes());
    replica.write();
  }
}

// Imported material that waits for its turn gets it, here and in the replicas.
base::Result<void> rotate_to_imported(Call& call, OpenKey& key) {
  auto next = [&](const OpenKey& each) -> std::optional<Material> {
    for (Material& material : materials_of(each))
      if (material.is_pending && !material.sealed.empty()) return std::move(material);
    return std::nullopt;
  };
  std::vector<OpenKey> all = replicas_of(call, key);
  all.push_back(key);
  auto wanted = next(key);
  for (OpenKey& each : all) {
    auto material = next(each);
    if (!wanted || !material || material->id != wanted->id)
      return error("KMSInvalidStateException",
                   fmt::format("{} has no key material that is pending rotation.", each.arn()));
    material->is_pending = false;
    material->rotated_ms = call.now_ms();
    material->rotation = "ON_DEMAND";
    put_material(each, *material);
    each.row.current_material = material->id;
    each.write();
  }
  key.row.current_material = wanted->id;
  return {};
}

base::Result<OpenKey> find_rotating_key(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_state(call, key, For::kManagement));
  if (!key.row.is_symmetric()) return error("UnsupportedOperationException", "");
  return key;
}

// A key whose rotation may be set by its owner.
base::Result<OpenKey> find_key_to_rotate(Call& call, In in) {
  OpenKey key = TRY(find_rotating_key(call, in));
  TRY_VOID(check_customer_managed(key));
  TRY_VOID(check_state(call, key, For::kUse));
  if (!is_primary(key))
    return error("UnsupportedOperationException",
                 fmt::format("{} is a multi-Region replica key: rotation is set on the primary key.", key.arn()));
  return key;
}

base::Result<void> check_own_material(const OpenKey& key) {
  if (key.row.origin == Origin::kAws) return {};
  return error("UnsupportedOperationException", fmt::format("{} origin is {} which is not valid for this operation.",
                                                            key.arn(), origin_name(key.row.origin)));
}

// Material that was imported here only counts once the replicas have it, too.
bool waits_for_replicas(Call& call, const OpenKey& key, const Material& material) {
  return std::ranges::any_of(replicas_of(call, key), [&](const OpenKey& replica) {
    auto copy = get_material(replica, material.id);
    return !copy || copy->sealed.empty();
  });
}

std::string_view material_state(Call& call, const OpenKey& key, const Material& material) {
  if (material.is_pending && waits_for_replicas(call, key, material)) return "PENDING_MULTI_REGION_IMPORT_AND_ROTATION";
  if (material.is_pending) return "PENDING_ROTATION";
  return material.id == key.row.current_material ? "CURRENT" : "NON_CURRENT";
}

Value show_rotation(Call& call, const OpenKey& key, const Material& material) {
  Out out{
      {"KeyId", key.row.id}, {"KeyMaterialId", material.id}, {"KeyMaterialState", material_state(call, key, material)}};
  if (material.rotated_ms != 0) {
    out.set("RotationDate", material.rotated_ms);
    out.set("RotationType", material.rotation);
  }
  if (key.row.origin == Origin::kAws) return out;
  out.set("ImportState", material.sealed.empty() ? "PENDING_IMPORT" : "IMPORTED");
  if (!material.description.empty()) out.set("KeyMaterialDescription", material.description);
  out.set("ExpirationModel", material.expires_ms ? "KEY_MATERIAL_EXPIRES" : "KEY_MATERIAL_DOES_NOT_EXPIRE");
  if (material.expires_ms) out.set("ValidTo", material.expires_ms);
  return out;
}

}  // namespace

void set_rotation(Call& call, OpenKey& key, std::int64_t period_days) {
  key.row.rotation_period_days = period_days;
  key.row.next_rotation_ms = period_days ? call.now_ms() + period_days * kDayMs : 0;
  key.write();
  if (period_days)
    call.arm(kRotate, kernel::from_ms(key.row.next_rotation_ms), timer_key(key));
  else
    call.disarm(kRotate, timer_key(key));
  for (OpenKey& replica : replicas_of(call, key)) {
    replica.row.rotation_period_days = period_days;
    replica.row.next_rotation_ms = key.row.next_rotation_ms;
    replica.write();
  }
}

void rotate_if_due(Call& call, OpenKey& key) {
  if (key.row.rotation_period_days == 0 || key.row.next_rotation_ms > call.now_ms() || !is_primary(key)) return;
  if (state_of(key, call.now_ms()) != "Enabled") return;
  set_rotation(call, key, key.row.rotation_period_days);
  rotate(call, key, "AUTOMATIC");
}

base::Result<void> rotate_due(Call& call, std::string_view timer_key) {
  if (auto key = key_of_timer(call, timer_key)) rotate_if_due(call, *key);
  return {};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
base::Result<Out> EnableKeyRotation(Call& call, In in) {
  OpenKey key = TRY(find_key_to_rotate(call, in));
  TRY_VOID(check_own_material(key));
  std::int64_t before = key.row.rotation_period_days;
  std::int64_t period = in.num("RotationPeriodInDays", before ? before : kPeriodDaysDefault);
  if (period != before) set_rotation(call, key, period);
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html
base::Result<Out> DisableKeyRotation(Call& call, In in) {
  OpenKey key = TRY(find_key_to_rotate(call, in));
  TRY_VOID(check_own_material(key));
  set_rotation(call, key, 0);
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
base::Result<Out> GetKeyRotationStatus(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  if (!key.row.is_symmetric()) return error("UnsupportedOperationException", "");
  // "While a KMS key is pending deletion, its key rotation status is false."
  bool is_on = key.row.rotation_period_days != 0 && !key.row.is_pending_deletion();
  Out out{{"KeyId", key.row.id}, {"KeyRotationEnabled", is_on}};
  if (is_on) {
    out.set("RotationPeriodInDays", key.row.rotation_period_days);
    out.set("NextRotationDate", key.row.next_rotation_ms);
  }
  return out;
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
base::Result<Out> RotateKeyOnDemand(Call& call, In in) {
  OpenKey key = TRY(find_key_to_rotate(call, in));
  if (key.row.on_demand_rotations >= kOnDemandMax)
    return error("LimitExceededException",
                 fmt::format("The on-demand rotations limit has been reached for the given keyId. No more on-demand "
                             "rotations can be performed for this key: {}",
                             key.arn()));
  ++key.row.on_demand_rotations;
  if (key.row.origin == Origin::kExternal)
    TRY_VOID(rotate_to_imported(call, key));
  else
    rotate(call, key, "ON_DEMAND");
  key.write();
  return Out{{"KeyId", key.row.id}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html
base::Result<Out> ListKeyRotations(Call& call, In in) {
  PageRequest page = TRY(read_page(in, 100, 1'000));
  OpenKey key = TRY(find_rotating_key(call, in));
  bool all = in.str("IncludeKeyMaterial") == "ALL_KEY_MATERIAL";
  Value::List rotations;
  std::string last;
  bool is_cut = false;
  for (const Material& material : materials_of(key)) {
    std::string at = store::key(material.sequence);
    if ((!all && material.rotated_ms == 0) || at <= page.after) continue;
    is_cut = rotations.size() == page.limit;
    if (is_cut) break;
    last = std::move(at);
    rotations.push_back(show_rotation(call, key, material));
  }
  Out out{{"Rotations", std::move(rotations)}};
  end_page(out, is_cut, last);
  return out;
}

}  // namespace kms
