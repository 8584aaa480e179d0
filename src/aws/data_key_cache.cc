// Data keys that stay unlocked for a while.
#include "aws/envelope.h"
#include "base/bytes.h"
#include "kernel/cloud.h"
#include "kernel/standing.h"

namespace aws {

namespace {

constexpr std::string_view kHeldFor = "aws.unlocked_keys";
constexpr std::size_t kForgottenPerUnlock = 4;

struct KeyChange {
  std::uint64_t number = 0;

  static void fields(auto& self, auto& field) { field("number", self.number); }
};

// What was true when KMS decided: whatever changes it changes one of these numbers.
struct Moment {
  std::uint64_t key_change = 0;
  std::uint64_t policies = 0;  // of the caller's account

  bool operator==(const Moment&) const = default;
  static void fields(auto& self, auto& field) {
    field("key_change", self.key_change);
    field("policies", self.policies);
  }
};

struct Unlocked {
  std::string sealed;  // the data key as KMS seals it
  std::string held;    // as it is held unlocked: sealed for this process
  std::string key_arn;
  Moment moment;
  std::int64_t until_ms = 0;

  static void fields(auto& self, auto& field) {
    field("sealed", self.sealed);
    field("held", self.held);
    field("key_arn", self.key_arn);
    field("moment", self.moment);
    field("until_ms", self.until_ms);
  }
};

// Key: the KMS key's ARN.
constexpr store::Table<KeyChange> kKeyChanges{"aws.kms_key_changes", store::Scope::kGlobal};
// Key: a digest of whose it is and what for.
constexpr store::Table<Unlocked> kUnlocked{"aws.unlocked_keys"};

Moment moment_of(const kernel::Call& call, std::string_view key_arn) {
  return {call.tx.get(kKeyChanges, key_arn).value_or(KeyChange{}).number,
          call.tx.get(kernel::kGenerations, call.caller.account).value_or(kernel::GenerationRow{}).number};
}

std::string row_key(const kernel::Call& call, std::string_view service, std::string_view use, std::string_view what,
                    const EncryptionContext& context) {
  std::string about = store::key(call.caller.arn, call.caller.user_id, service, use, what);
  for (const auto& [name, value] : context) about += store::key(name, value);
  return base::sha256(about);
}

// Rows are many and each is of use for a while only; so whenever one comes, some old ones go, wherever chance points.
void forget_some(kernel::Call& call) {
  std::vector<std::string> old;
  store::Scan scan{.from = base::random_bytes(call.cloud().dice(), 2), .limit = kForgottenPerUnlock};
  call.tx.unrecorded().scan(kUnlocked, scan, [&](std::string_view key, const Unlocked& row) {
    if (row.until_ms <= call.now_ms()) old.emplace_back(key);
  });
  for (const std::string& key : old) call.tx.erase(kUnlocked, key);
}

std::optional<DataKey> find_unlocked(kernel::Call& call, std::string_view key) {
  auto row = call.tx.get(kUnlocked, key);
  if (!row || row->until_ms <= call.now_ms() || row->moment != moment_of(call, row->key_arn)) return std::nullopt;
  auto plaintext = call.cloud().vault().open_for_now(row->held, kHeldFor);
  if (!plaintext) return std::nullopt;
  return DataKey{std::move(row->sealed), *std::move(plaintext), std::move(row->key_arn)};
}

void keep_unlocked(kernel::Call& call, std::string_view key, const DataKey& unlocked, std::int64_t reuse_seconds) {
  kernel::Cloud& cloud = call.cloud();
  forget_some(call);
  call.tx.put(kUnlocked, key,
              {.sealed = unlocked.sealed,
               .held = cloud.vault().seal_for_now(cloud.dice(), unlocked.plaintext, kHeldFor),
               .key_arn = unlocked.key_arn,
               .moment = moment_of(call, unlocked.key_arn),
               .until_ms = call.now_ms() + reuse_seconds * 1'000});
}

}  // namespace

Result<ReusedDataKey> reuse_data_key(kernel::Call& call, std::string_view service, std::string_view key,
                                     const EncryptionContext& context, std::int64_t reuse_seconds) {
  const std::string row = row_key(call, service, "seal", key, context);
  if (auto unlocked = find_unlocked(call, row)) return ReusedDataKey{*std::move(unlocked)};
  DataKey made = TRY(generate_data_key(call.as_caller(service), key, context));
  keep_unlocked(call, row, made, reuse_seconds);
  return ReusedDataKey{std::move(made), true};
}

Result<std::string> reopen_data_key(kernel::Call& call, std::string_view service, std::string_view sealed,
                                    const EncryptionContext& context, std::int64_t reuse_seconds) {
  const std::string row = row_key(call, service, "open", sealed, context);
  if (auto unlocked = find_unlocked(call, row)) return std::move(unlocked->plaintext);
  DataKey opened = TRY(open_whole_data_key(call.as_caller(service), sealed, context));
  keep_unlocked(call, row, opened, reuse_seconds);
  return std::move(opened.plaintext);
}

void kms_key_changed(kernel::Call& call, std::string_view key_arn) {
  call.tx.put(kKeyChanges, key_arn, {call.next_sequence()});
}

}  // namespace aws
