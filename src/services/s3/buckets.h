#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/s3.h"
#include "aws/public_access_block.h"
#include "services/s3/encryption.h"

// What S3 remembers of buckets: one row each, read by every request, and their configurations beside it. Everything
// that acts on a bucket finds it by find_bucket().
namespace s3 {

using base::Result;
using base::Value;
using kernel::Tags;

// ---- rows

enum class Versioning : std::uint8_t { kNever = 0, kEnabled = 1, kSuspended = 2 };
enum class Ownership : std::uint8_t { kBucketOwnerEnforced = 0, kBucketOwnerPreferred = 1, kObjectWriter = 2 };
enum class BucketKind : std::uint8_t { kGeneralPurpose = 0, kDirectory = 1 };

using aws::PublicAccessBlock;

enum class Permission : std::uint8_t { kFullControl = 0, kRead = 1, kWrite = 2, kReadAcl = 3, kWriteAcl = 4 };

// One line of an ACL. The grantee is an account (12 digits) or the URI of a group.
struct Grant {
  std::string grantee;
  Permission permission = Permission::kRead;

  bool is_group() const { return grantee.starts_with("http"); }
  friend bool operator==(const Grant&, const Grant&) = default;
  static void fields(auto& self, auto& field) {
    field("grantee", self.grantee);
    field("permission", self.permission);
  }
};

// Who may do what with a bucket or an object. What belongs to nobody else than its bucket's owner and is private needs
// no ACL; see acl.h for making and reading them.
struct Acl {
  std::string owner;  // account
  std::vector<Grant> grants;

  friend bool operator==(const Acl&, const Acl&) = default;
  static void fields(auto& self, auto& field) {
    field("owner", self.owner);
    field("grants", self.grants);
  }
};

// How long new versions are locked that do not say it themselves. Of days and years one is zero.
struct DefaultRetention {
  std::string mode;  // "GOVERNANCE", "COMPLIANCE"
  std::int64_t days = 0;
  std::int64_t years = 0;

  static void fields(auto& self, auto& field) {
    field("mode", self.mode);
    field("days", self.days);
    field("years", self.years);
  }
};

// What a bucket can be configured with beyond its row; the texts stand in kConfigurations.
enum class Configuration : std::uint8_t {
  kPolicy = 0,  // the document itself; all others: JSON of the structure of the model
  kCors = 1,
  kWebsite = 2,
  kLifecycle = 3,
  kReplication = 4,
  kNotification = 5,
  kLogging = 6,
  // Several of these, each with an id.
  kInventory = 7,
  kAnalytics = 8,
  kMetrics = 9,
  kIntelligentTiering = 10,
};

struct Bucket {
  std::string name;
  std::uint64_t id = 0;  // a bucket deleted and created again is another one; keys of everything in it begin with this
  std::string account;   // who owns it
  std::string region;
  std::int64_t created_ms = 0;
  BucketKind kind = BucketKind::kGeneralPurpose;
  std::string location;  // the LocationConstraint it was made with; of directory buckets the availability zone
  Versioning versioning = Versioning::kNever;
  bool needs_code_to_delete = false;  // MFA delete
  bool shows_code_to_delete = false;  // it has been set once, even if only to "Disabled"
  Ownership ownership = Ownership::kBucketOwnerEnforced;
  bool has_ownership_controls = true;
  std::optional<PublicAccessBlock> public_access_block;
  std::optional<Acl> acl;        // nothing: private
  DefaultEncryption encryption;  // of new objects that do not say it themselves
  bool has_object_lock = false;
  std::optional<DefaultRetention> default_retention;
  bool requester_pays = false;
  std::string acceleration;  // "Enabled", "Suspended"; empty: never set
  bool has_abac = false;     // policies see its tags
  std::map<std::string, std::string> tags;
  std::uint64_t configured = 0;  // a bit for each Configuration that has a row
  bool is_policy_public = false;

  bool has(Configuration kind_of) const { return (configured >> static_cast<int>(kind_of)) & 1U; }
  bool has_acls() const { return ownership != Ownership::kBucketOwnerEnforced; }
  bool is_versioned() const { return versioning == Versioning::kEnabled; }
  std::string arn() const {
    if (kind == BucketKind::kDirectory) return fmt::format("arn:aws:s3express:{}:{}:bucket/{}", region, account, name);
    return "arn:aws:s3:::" + name;
  }
  std::string arn_of(std::string_view key) const { return fmt::format("{}/{}", arn(), key); }

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("id", self.id);
    field("account", self.account);
    field("region", self.region);
    field("created_ms", self.created_ms);
    field("kind", self.kind);
    field("location", self.location);
    field("versioning", self.versioning);
    field("needs_code_to_delete", self.needs_code_to_delete);
    field("shows_code_to_delete", self.shows_code_to_delete);
    field("ownership", self.ownership);
    field("has_ownership_controls", self.has_ownership_controls);
    field("public_access_block", self.public_access_block);
    field("acl", self.acl);
    field("encryption", self.encryption);
    field("has_object_lock", self.has_object_lock);
    field("default_retention", self.default_retention);
    field("requester_pays", self.requester_pays);
    field("acceleration", self.acceleration);
    field("has_abac", self.has_abac);
    field("tags", self.tags);
    field("configured", self.configured);
    field("is_policy_public", self.is_policy_public);
  }
};

struct ConfigurationRow {
  std::string text;

  static void fields(auto& self, auto& field) { field("text", self.text); }
};

struct BucketName {
  static void fields(auto&, auto&) {}
};

// Key: the bucket's name. Names are unique over all accounts and regions.
inline constexpr store::Table<Bucket> kBuckets{"s3.buckets", store::Scope::kGlobal};
// Key: bucket name; the buckets of an account.
inline constexpr store::Table<BucketName> kBucketNames{"s3.bucket_names", store::Scope::kAccount};
// Key: bucket id, kind, id ("" where there is only one).
inline constexpr store::Table<ConfigurationRow> kConfigurations{"s3.configurations", store::Scope::kGlobal};
inline constexpr store::Counter kBucketCount{"s3.bucket_count", store::Scope::kAccount};  // key: ""

inline constexpr kernel::Limit kBucketsMax{"s3", "L-DC2B2D3D", 10'000};

// ---- finding (buckets.cc)

// The bucket of a request: its name, or the ARN or alias of an access point. Errors: NoSuchBucket, with the name.
Result<Bucket> find_bucket(const Call& call, std::string_view name);
std::optional<Bucket> get_bucket(const store::Transaction& tx, std::string_view name);
// What AWS says of a bucket that is not there.
std::unexpected<base::Error> no_such_bucket(std::string_view name);
void put_bucket(Call& call, const Bucket& bucket);
// Whether AWS takes the name for a general purpose bucket. https://docs.aws.amazon.com/AmazonS3/latest/userguide/
// bucketnamingrules.html
bool is_bucket_name(std::string_view name);

// ---- configurations (configurations.cc)

// The text kept; nothing where the bucket has none. `id` names one of several.
std::optional<std::string> get_configuration(const store::Transaction& tx, const Bucket& bucket, Configuration kind,
                                             std::string_view id = {});
// The same as the structure of the model that was given: GetBucketCors answers of it. Null where there is none.
Value get_configured(const store::Transaction& tx, const Bucket& bucket, Configuration kind, std::string_view id = {});
// Keeps it, and the bucket's row.
void put_configuration(Call& call, Bucket& bucket, Configuration kind, std::string_view id, const std::string& text);
void erase_configuration(Call& call, Bucket& bucket, Configuration kind, std::string_view id = {});
// Those with ids, in order of the ids.
std::vector<Value> list_configured(const store::Transaction& tx, const Bucket& bucket, Configuration kind);

// ---- what access needs to know of objects (object_facts.cc)

struct ObjectFacts {
  std::string owner;       // account
  std::optional<Acl> acl;  // nothing: private
  Tags tags;
};
// Nothing where there is no such object or version; `version_id` is empty for the newest.
std::optional<ObjectFacts> facts_of_object(Call& call, const Bucket& bucket, std::string_view key,
                                           std::string_view version_id);
// Neither objects nor delete markers nor uploads that have begun.
bool is_bucket_empty(Call& call, const Bucket& bucket);
// What goes with a bucket that is deleted, configurations aside.
void forget_objects(Call& call, const Bucket& bucket);

}  // namespace s3
