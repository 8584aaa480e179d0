// The states of keys, and the operations that switch them.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
#include "services/kms/keys.h"
#include "services/kms/rotation.h"

namespace kms {

namespace {

constexpr std::int64_t kPendingDaysMin = 7, kPendingDaysMax = 30;

bool lacks_material(const OpenKey& key, std::int64_t now_ms) {
  if (key.row.current_material.empty()) return true;
  if (key.row.origin == Origin::kAws) return false;
  return std::ranges::any_of(materials_of(key), [&](const Material& material) {
    bool has_expired = material.expires_ms != 0 && material.expires_ms <= now_ms;
    return !material.is_pending && (material.sealed.empty() || has_expired);
  });
}

// "the waiting period for a primary key begins when the last of its replica keys is deleted"
void start_waiting(Call& call, OpenKey& key) {
  key.row.deletion_ms = call.now_ms() + key.row.pending_window_days * kDayMs;
  call.arm(kDelete, kernel::from_ms(key.row.deletion_ms), timer_key(key));
}

bool is_primary_with_replicas(const Key& row, const store::Place& place) {
  return row.primary_region == place.region && !row.replica_regions.empty();
}

// The others of a multi-region key forget a replica.
void leave_relatives(Call& call, const OpenKey& key) {
  std::vector<std::string> regions = key.row.replica_regions;
  regions.push_back(key.row.primary_region);
  for (const std::string& region : regions) {
    auto relative = region == key.place.region ? std::nullopt : get_key(call, {key.place.account, region}, key.row.id);
    if (!relative) continue;
    std::erase(relative->row.replica_regions, key.place.region);
    bool waits = relative->row.is_pending_deletion() && relative->row.deletion_ms == 0;
    if (waits && !is_primary_with_replicas(relative->row, relative->place)) start_waiting(call, *relative);
    relative->write();
  }
}

}  // namespace

std::string_view state_of(const OpenKey& key, std::int64_t now_ms) {
  if (key.row.is_pending_deletion()) return key.row.deletion_ms == 0 ? "PendingReplicaDeletion" : "PendingDeletion";
  if (lacks_material(key, now_ms)) return "PendingImport";
  return key.row.ability == Ability::kEnabled ? "Enabled" : "Disabled";
}

base::Result<void> check_state(Call& call, const OpenKey& key, For purpose) {
  if (key.row.is_pending_deletion())
    return error("KMSInvalidStateException",
                 fmt::format("{} is pending {}deletion.", key.arn(), key.row.deletion_ms == 0 ? "replica " : ""));
  if (purpose == For::kManagement) return {};
  std::string_view state = state_of(key, call.now_ms());
  if (state == "PendingImport")
    return error("KMSInvalidStateException", fmt::format("{} is pending import.", key.arn()));
  if (purpose == For::kUse && state == "Disabled")
    return error("DisabledException", fmt::format("{} is disabled.", key.arn()));
  return {};
}

base::Result<void> check_use(Call& call, const OpenKey& key, KeyUse use) {
  TRY_VOID(check_state(call, key, For::kUse));
  if (key.row.use == use) return {};
  return error("InvalidKeyUsageException", fmt::format("{} key usage is {} which is not valid for {}.", key.arn(),
                                                       use_name(key.row.use), call.operation->name));
}

base::Result<void> check_customer_managed(const OpenKey& key) {
  if (key.row.manager == Manager::kCustomer) return {};
  return error("UnsupportedOperationException", fmt::format("{} is an AWS managed key.", key.arn()));
}

std::string_view use_name(KeyUse use) {
  switch (use) {
    case KeyUse::kEncrypt: return "ENCRYPT_DECRYPT";
    case KeyUse::kSign: return "SIGN_VERIFY";
    case KeyUse::kMac: return "GENERATE_VERIFY_MAC";
    case KeyUse::kAgree: return "KEY_AGREEMENT";
  }
  return "";
}

std::string_view origin_name(Origin origin) { return origin == Origin::kAws ? "AWS_KMS" : "EXTERNAL"; }

std::string timer_key(const OpenKey& key) { return store::key(key.place.account, key.place.region, key.row.id); }

std::optional<OpenKey> key_of_timer(Call& call, std::string_view timer_key) {
  store::KeyReader reader(timer_key);
  std::string account = reader.text(), region = reader.text(), id = reader.text();
  return get_key(call, {account, region}, id);
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKey.html
base::Result<Out> EnableKey(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_customer_managed(key));
  TRY_VOID(check_state(call, key, For::kSwitching));
  key.row.ability = Ability::kEnabled;
  key.write();
  rotate_if_due(call, key);
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html
base::Result<Out> DisableKey(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_customer_managed(key));
  TRY_VOID(check_state(call, key, For::kSwitching));
  key.row.ability = Ability::kDisabled;
  key.write();
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
base::Result<Out> ScheduleKeyDeletion(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_customer_managed(key));
  TRY_VOID(check_state(call, key, For::kManagement));
  std::int64_t days = in.num("PendingWindowInDays", kPendingDaysMax);
  if (days < kPendingDaysMin || days > kPendingDaysMax)
    return error("ValidationException", fmt::format("PendingWindowInDays must be between {} and {} inclusive.",
                                                    kPendingDaysMin, kPendingDaysMax));
  key.row.pending_window_days = days;
  key.row.ability = Ability::kDisabled;
  if (!is_primary_with_replicas(key.row, key.place)) start_waiting(call, key);
  key.write();
  Out out{{"KeyId", key.arn()}, {"KeyState", state_of(key, call.now_ms())}, {"PendingWindowInDays", days}};
  if (key.row.deletion_ms != 0) out.set("DeletionDate", key.row.deletion_ms);
  return out;
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
base::Result<Out> CancelKeyDeletion(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  if (!key.row.is_pending_deletion())
    return error("KMSInvalidStateException", fmt::format("{} is not pending deletion.", key.arn()));
  key.row.deletion_ms = 0;
  key.row.pending_window_days = 0;
  key.write();
  call.disarm(kDelete, timer_key(key));
  return Out{{"KeyId", key.arn()}};
}

base::Result<void> delete_due(Call& call, std::string_view timer_key) {
  auto key = key_of_timer(call, timer_key);
  if (!key || key->row.deletion_ms == 0 || key->row.deletion_ms > call.now_ms()) return {};
  const std::string prefix = store::key(key->row.id);
  for (const std::string& alias : aliases_of(*key)) key->tx.erase(kAliases, alias);
  key->tx.scan(kGrants, prefix, [&](std::string_view, Grant& grant) {
    if (!grant.retiring.empty()) key->tx.erase(kRetirableGrants, store::key(grant.retiring, key->row.id, grant.id));
  });
  key->tx.erase_all(kAliasesOfKeys, prefix);
  key->tx.erase_all(kGrants, prefix);
  key->tx.erase_all(kMaterials, prefix);
  key->tx.erase_all(kImportOffers, prefix);
  key->tx.erase(kKeys, key->row.id);
  key->tx.add(kKeyCount, "", -1);
  if (key->row.is_multi_region()) leave_relatives(call, *key);
  return {};
}

}  // namespace kms
