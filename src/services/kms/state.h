#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/kms.h"

// What KMS remembers: its tables and their rows. README.md tells how they work together.
namespace kms {

using base::Value;

enum class KeyUse { kEncrypt = 0, kSign = 1, kMac = 2, kAgree = 3 };
enum class Origin { kAws = 0, kExternal = 1 };
enum class Manager { kCustomer = 0, kAws = 1 };
// What its owner has switched it to. That its deletion is pending is told by `deletion_ms` and `pending_window_days`,
// that it waits for material by its materials.
enum class Ability { kEnabled = 0, kDisabled = 1 };

struct Key {
  std::string id;  // "1234abcd-…", "mrk-1234abcd…"
  std::string description;
  std::string spec = "SYMMETRIC_DEFAULT";
  KeyUse use = KeyUse::kEncrypt;
  Origin origin = Origin::kAws;
  Manager manager = Manager::kCustomer;
  Ability ability = Ability::kEnabled;
  std::int64_t created_ms = 0;
  std::string policy;
  std::map<std::string, std::string> tags;
  std::int64_t deletion_ms = 0;          // when it will be deleted; 0: not before its replicas are, or not at all
  std::int64_t pending_window_days = 0;  // until its deletion; 0: it is not pending
  std::string current_material;          // id; empty: imported keys before their first import

  // Rotation of symmetric keys.
  std::int64_t rotation_period_days = 0;  // 0: off
  std::int64_t next_rotation_ms = 0;
  std::int64_t on_demand_rotations = 0;

  // Multi-region keys: where the primary and the replicas are. `primary_region` is empty for single-region keys; each
  // of the related keys knows all regions.
  std::string primary_region;
  std::vector<std::string> replica_regions;
  std::int64_t grants = 0;  // how many there are

  bool is_multi_region() const { return !primary_region.empty(); }
  bool is_pending_deletion() const { return pending_window_days != 0; }
  bool is_symmetric() const { return spec == "SYMMETRIC_DEFAULT"; }

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("description", self.description);
    field("spec", self.spec);
    field("use", self.use);
    field("origin", self.origin);
    field("manager", self.manager);
    field("ability", self.ability);
    field("created_ms", self.created_ms);
    field("policy", self.policy);
    field("tags", self.tags);
    field("deletion_ms", self.deletion_ms);
    field("pending_window_days", self.pending_window_days);
    field("current_material", self.current_material);
    field("rotation_period_days", self.rotation_period_days);
    field("next_rotation_ms", self.next_rotation_ms);
    field("on_demand_rotations", self.on_demand_rotations);
    field("primary_region", self.primary_region);
    field("replica_regions", self.replica_regions);
    field("grants", self.grants);
  }
};

// One version of a key's secret: AES or HMAC bytes, or the DER of a private key; sealed by the vault.
struct Material {
  std::string id;               // 64 hex digits
  std::string sealed;           // for "kms.material/<key>/<id>"; empty: imported once, and deleted or expired since
  std::int64_t rotated_ms = 0;  // when it became the current one by a rotation; 0: it is the first, or pending
  std::string rotation;         // "AUTOMATIC", "ON_DEMAND"; empty: as above
  bool is_pending = false;      // imported for a rotation to come
  std::int64_t expires_ms = 0;  // of imported material; 0: does not
  std::string description;      // of imported material
  std::uint64_t sequence = 0;   // in the order they were added
  std::string public_key;       // DER, of key pairs

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("sealed", self.sealed);
    field("rotated_ms", self.rotated_ms);
    field("rotation", self.rotation);
    field("is_pending", self.is_pending);
    field("expires_ms", self.expires_ms);
    field("description", self.description);
    field("sequence", self.sequence);
    field("public_key", self.public_key);
  }
};

struct Alias {
  std::string name;  // "alias/orders"
  std::string key_id;
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("key_id", self.key_id);
    field("created_ms", self.created_ms);
    field("updated_ms", self.updated_ms);
  }
};

// A row whose key says everything.
struct Mark {
  static void fields(auto&, auto&) {}
};

struct Grant {
  std::string id;
  std::string name;
  std::string grantee;   // an ARN; of a service its name
  std::string retiring;  // likewise; empty: none
  bool grantee_is_service = false, retiring_is_service = false;
  std::string issuing_account;  // ARN of its root
  std::int64_t created_ms = 0;
  std::vector<std::string> operations;
  std::optional<std::map<std::string, std::string>> context_equals, context_subset;  // constraints
  std::string source_arn;                                                            // constraint; empty: none

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("name", self.name);
    field("grantee", self.grantee);
    field("retiring", self.retiring);
    field("grantee_is_service", self.grantee_is_service);
    field("retiring_is_service", self.retiring_is_service);
    field("issuing_account", self.issuing_account);
    field("created_ms", self.created_ms);
    field("operations", self.operations);
    field("context_equals", self.context_equals);
    field("context_subset", self.context_subset);
    field("source_arn", self.source_arn);
  }
};

// A key pair under which material may be wrapped for an import, until it is too late.
struct ImportOffer {
  std::string sealed_private_key;  // for "kms.import/<key>/<token>"
  std::string algorithm;
  std::int64_t expires_ms = 0;

  static void fields(auto& self, auto& field) {
    field("sealed_private_key", self.sealed_private_key);
    field("algorithm", self.algorithm);
    field("expires_ms", self.expires_ms);
  }
};

inline constexpr store::Table<Key> kKeys{"kms.keys"};                           // key: id
inline constexpr store::Table<Material> kMaterials{"kms.materials"};            // key: key id, material id
inline constexpr store::Table<Alias> kAliases{"kms.aliases"};                   // key: name
inline constexpr store::Table<Mark> kAliasesOfKeys{"kms.aliases_of_keys"};      // key: key id, name
inline constexpr store::Table<Grant> kGrants{"kms.grants"};                     // key: key id, grant id
inline constexpr store::Table<ImportOffer> kImportOffers{"kms.import_offers"};  // key: key id, token
// Grants by who may retire them. They stand where the key does. Key: principal, key id, grant id.
inline constexpr store::Table<Mark> kRetirableGrants{"kms.retirable_grants"};
inline constexpr store::Counter kKeyCount{"kms.key_count"};  // key: ""; customer managed keys

}  // namespace kms
