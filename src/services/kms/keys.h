#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/kms/crypto.h"
#include "services/kms/state.h"

// A key at work: what the operations are made of. Each part says in which file it is written.
namespace kms {

inline constexpr std::int64_t kDayMs = 86'400'000;

// A key as an operation has found it.
struct OpenKey {
  store::Transaction tx;  // stands where the key does, which need not be the caller's account
  store::Place place;
  Key row;

  std::string arn() const;
  const Spec& spec() const { return *find_spec(row.spec); }
  void write() const { tx.put(kKeys, row.id, row); }
};
// For changes that take effect on what was unlocked with the key before: its state, its policy, its grants.
void write_and_tell(Call& call, const OpenKey& key);

// --- names.cc
struct KeyName {
  store::Place place;
  std::string name;  // a key id, or "alias/…"
};
std::string key_arn(const store::Place& place, std::string_view key_id);
std::string alias_arn(const store::Place& place, std::string_view name);
// What a KeyId says, an alias replaced by what it stands for now. Errors: NotFoundException, InvalidArnException.
base::Result<KeyName> resolve(Call& call, std::string_view id);
// The key that a key id, key ARN, alias name or alias ARN means. Errors: as above.
base::Result<OpenKey> find_key(Call& call, std::string_view id);
// The same for operations that manage a key and so take its own ids and ARNs only.
base::Result<OpenKey> find_key_itself(Call& call, std::string_view id);
std::optional<OpenKey> get_key(Call& call, const store::Place& place, std::string_view key_id);
// The ARN an operation is authorised on, whether there is such a key or not; "*" when the text means nothing. Makes the
// AWS managed key of a service that needs it now.
std::string resource_of_key(Call& call, std::string_view id);
std::vector<std::string> aliases_of(const OpenKey& key);

// --- states.cc
// As DescribeKey tells it: "Enabled", "PendingDeletion", …
std::string_view state_of(const OpenKey& key, std::int64_t now_ms);
// What a key must be for an operation: not pending deletion; with material; enabled.
enum class For { kManagement, kSwitching, kUse };
base::Result<void> check_state(Call& call, const OpenKey& key, For purpose);
// It may be used, and for this. Errors: DisabledException, KMSInvalidStateException, InvalidKeyUsageException.
base::Result<void> check_use(Call& call, const OpenKey& key, KeyUse use);
// Errors: UnsupportedOperationException for the keys AWS manages.
base::Result<void> check_customer_managed(const OpenKey& key);
std::string_view use_name(KeyUse use);
std::string_view origin_name(Origin origin);
base::Result<void> delete_due(Call& call, std::string_view key);
inline constexpr kernel::Timer kDelete{"kms.delete", delete_due};
// Keys of timers: account, region, key id.
std::string timer_key(const OpenKey& key);
std::optional<OpenKey> key_of_timer(Call& call, std::string_view timer_key);

// --- material.cc
// The same secret has the same id in a key and its relatives, and another in others.
std::string material_id_of(const OpenKey& key, std::string_view secret);
// Seals the secret as this material, the newest if it is new, and answers its id.
std::string add_material(Call& call, const OpenKey& key, Material material, std::string_view secret);
std::optional<Material> get_material(const OpenKey& key, std::string_view id);
// In the order they were added.
std::vector<Material> materials_of(const OpenKey& key);
std::string material_key(const OpenKey& key, std::string_view id);
void put_material(const OpenKey& key, const Material& material);
// Errors: KMSInvalidStateException when it is not there any more; KeyUnavailableException when it was sealed under
// another root key.
base::Result<base::Secret> open_material(Call& call, const OpenKey& key, std::string_view material_id);
base::Result<base::Secret> current_secret(Call& call, const OpenKey& key);
base::Result<std::string> current_public_key(const OpenKey& key);

// --- blob.cc: ciphertexts of symmetric keys. They name the key and the version of its material.
using EncryptionContext = Value::Map;
std::string seal_blob(Call& call, const OpenKey& key, std::string_view secret, std::string_view plaintext,
                      const EncryptionContext& context);
struct Blob {
  std::string account, key_id, material_id;
  std::string_view header, salt, sealed;  // into the blob
};
std::optional<Blob> read_blob(std::string_view bytes);
std::optional<base::Secret> open_blob(const Blob& blob, std::string_view secret, const EncryptionContext& context);

// --- keys.cc
// Makes a key where the call stands, with new material if it has some of its own.
base::Result<OpenKey> make_key(Call& call, Key row);
// As make_material of crypto.h. An RSA key takes seconds: the call that the client makes waits for it elsewhere, one
// that a service makes inside its own does the work itself. Comes before any effect.
using FreshMaterial = std::shared_ptr<const base::Secret>;
base::Result<FreshMaterial> make_material(Call& call, const Spec& spec);
Value describe(Call& call, const OpenKey& key);
std::string default_policy(const store::Place& place);

// --- managed.cc
// The AWS managed key an alias like "alias/aws/sqs" stands for, made when it is first needed; nothing for aliases that
// AWS does not have.
std::optional<OpenKey> ensure_managed_key(Call& call, std::string_view alias_name);

// --- access.cc: the hooks of kernel::AccessHooks, and the ARN an operation acts on.
std::string resource_of(Call& call, std::string_view operation, const Value& input);
std::string policy_of(Call& call, std::string_view arn);
void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit);
kernel::Tags tags_of(Call& call, std::string_view arn);
// --- condition_keys.cc
bool find_condition_key(Call& call, std::string_view key, policy::Values& values);
// Those that tell one key or encryption context from another, for operations that have two.
kernel::ConditionKeys condition_keys_of(Call& call, const OpenKey& key, const Value& context);

// --- policies.cc
// Sets the policy. Errors: MalformedPolicyDocumentException, also for one that would not let the caller change it
// again.
enum class Lockout { kRefused, kAllowed };
base::Result<void> set_policy(Call& call, OpenKey& key, const std::string& policy, Lockout lockout);

// --- requests.cc: what requests have in common.
// For requests that only ask whether they would succeed.
base::Result<void> end_dry_run(In in);
// Attestation documents of enclaves are refused.
base::Result<void> refuse_recipient(Call& call, In in);
// Takes one request out of the quota that the operation shares with others. Errors: ThrottlingException.
base::Result<void> take_request(Call& call, const OpenKey& key);
base::Result<void> take_request(Call& call);
base::Result<std::map<std::string, std::string>> read_tags(const Value::List& list);
Value show_tags(const std::map<std::string, std::string>& tags);

// Lists in pages by `Limit` and `Marker`. Errors: InvalidMarkerException, ValidationException.
struct PageRequest {
  std::size_t limit;
  std::string after;  // the last key of the page before, "" at first
};
base::Result<PageRequest> read_page(In in, std::int64_t limit_default, std::int64_t limit_max);
store::Scan scan_of(const PageRequest& page, std::string prefix = {});
// Ends an answer of which `is_cut` tells that there is more after the row with this key.
void end_page(Out& out, bool is_cut, std::string_view last_key);

// Quotas: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
inline constexpr kernel::Limit kKeysMax{"kms", "L-C2F1777E", 100'000};
inline constexpr kernel::Limit kAliasesPerKeyMax{"kms", "aliases-per-key", 50};
inline constexpr kernel::Limit kGrantsPerKeyMax{"kms", "grants-per-key", 50'000};

}  // namespace kms
