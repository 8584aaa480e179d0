// Inventory: every day or week a list of a bucket's objects is put into another bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
#include <fmt/format.h>

#include <array>

#include "base/arn.h"
#include "base/bytes.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/time_text.h"
#include "kernel/canonical_user.h"
#include "kernel/cloud.h"
#include "services/s3/intelligent_tiering.h"
#include "services/s3/objects.h"
#include "services/s3/over_time.h"

namespace s3 {

namespace {

constexpr std::size_t kLinesPerFile = 5'000;

struct InventoryFile {
  std::string key;
  std::int64_t size = 0;
  std::string md5;  // hex

  static void fields(auto& self, auto& field) {
    field("key", self.key);
    field("size", self.size);
    field("md5", self.md5);
  }
};

// A list that is being written, file by file.
struct InventoryWalk {
  std::uint64_t bucket = 0;
  std::int64_t started_ms = 0;
  std::string after_key;
  std::vector<InventoryFile> files;

  static void fields(auto& self, auto& field) {
    field("bucket", self.bucket);
    field("started_ms", self.started_ms);
    field("after_key", self.after_key);
    field("files", self.files);
  }
};
// Key: bucket name, configuration id.
constexpr store::Table<InventoryWalk> kInventoryWalks{"s3.inventory_walks", store::Scope::kGlobal};

class Lister {
 public:
  Lister(Call& call, const Bucket& bucket, const Value& configuration)
      : call_(call),
        bucket_(bucket),
        configuration_(configuration),
        lists_all_(configuration.at("IncludedObjectVersions").str() == "All") {}

  std::string schema() const {
    std::string text = "Bucket, Key";
    if (lists_all_) text += ", VersionId, IsLatest, IsDeleteMarker";
    for (const Value& field : configuration_.at("OptionalFields").list()) text += ", " + field.str();
    return text;
  }

  // The lines of the next keys; `after` moves on to the last of them, and is empty at the end.
  std::string next_lines(std::string& after) {
    VersionScan scan{.prefix = configuration_.at("Filter").at("Prefix").str(), .after_key = after};
    scan.only_current = !lists_all_;
    std::string text, last;
    std::size_t count = 0;
    bool is_end = true;
    scan_versions(call_, bucket_, scan, [&](std::string_view key, ObjectVersion& version, bool is_current) {
      if (count >= kLinesPerFile && key != last) {
        is_end = false;
        return false;
      }
      last = key;
      if (!lists_all_ && version.is_delete_marker) return true;
      text += line(key, version, is_current);
      ++count;
      return true;
    });
    after = is_end ? std::string() : last;
    return text;
  }

 private:
  std::string line(std::string_view key, const ObjectVersion& version, bool is_current) const {
    std::string text;
    auto add = [&](std::string_view value) { text += fmt::format("{}\"{}\"", text.empty() ? "" : ",", value); };
    add(bucket_.name);
    add(base::percent_encode(key, "/"));
    if (lists_all_) {
      add(bucket_.versioning == Versioning::kNever ? "" : version.version_id);
      add(is_current ? "true" : "false");
      add(version.is_delete_marker ? "true" : "false");
    }
    for (const Value& field : configuration_.at("OptionalFields").list()) add(value_of(field.str(), key, version));
    return text + "\n";
  }

  std::string value_of(const std::string& field, std::string_view key, const ObjectVersion& version) const {
    if (field == "LastModifiedDate") return time_with_ms(version.modified_ms);
    if (version.is_delete_marker) return "";
    if (field == "Size") return std::to_string(version.body.size);
    if (field == "StorageClass") return std::string(shown_storage_class(version));
    if (field == "IntelligentTieringAccessTier") return std::string(shown_tier(tier_of(call_, bucket_, key, version)));
    if (field == "ETag") return version.etag;
    if (field == "IsMultipartUploaded") return version.part_count > 0 ? "true" : "false";
    if (field == "ReplicationStatus") return version.replication_status;
    if (field == "EncryptionStatus") return encryption_status(version.encryption.kind);
    if (field == "ObjectLockRetainUntilDate")
      return version.lock.mode.empty() ? "" : time_with_ms(version.lock.retain_until_ms);
    if (field == "ObjectLockMode") return version.lock.mode;
    if (field == "ObjectLockLegalHoldStatus") return version.lock.legal_hold;
    if (field == "BucketKeyStatus") return version.encryption.bucket_key_enabled ? "ENABLED" : "DISABLED";
    if (field == "ChecksumAlgorithm") return std::string(name_of(version.body.checksum.algorithm));
    if (field == "ObjectOwner") return kernel::canonical_user_of(version.owner);
    if (field == "LifecycleExpirationDate") return expiration_of(call_, bucket_, key, version);
    return "";
  }

  static std::string encryption_status(EncryptionKind kind) {
    if (kind == EncryptionKind::kKms) return "SSE-KMS";
    if (kind == EncryptionKind::kKmsTwice) return "DSSE-KMS";
    return kind == EncryptionKind::kCustomer ? "SSE-C" : "SSE-S3";
  }

  Call& call_;
  const Bucket& bucket_;
  const Value& configuration_;
  bool lists_all_;
};

Result<void> put_file(Call& call, const Bucket& bucket, const Value& destination, const std::string& key,
                      const std::string& bytes) {
  const std::string target(base::Arn::parse(destination.at("Bucket").str()).resource);
  Value input = Value::Map{{"Bucket", target}, {"Key", key}, {"Body", bytes}, {"ACL", "bucket-owner-full-control"}};
  const Value& kms = destination.at("Encryption").at("SSEKMS");
  if (destination.at("Encryption").has("SSES3")) input.set("ServerSideEncryption", "AES256");
  if (!kms.is_null()) {
    input.set("ServerSideEncryption", "aws:kms");
    input.set("SSEKMSKeyId", kms.at("KeyId"));
  }
  auto put = as_s3(call, bucket).invoke(kernel::operation<Model>("PutObject"), std::move(input));
  if (!put) return std::unexpected(put.error());
  return {};
}

// Where all files of a configuration stand: "destination-prefix/source-bucket/config-ID".
std::string folder_of(const Bucket& bucket, const Value& destination, std::string_view id) {
  const std::string& prefix = destination.at("Prefix").str();
  return fmt::format("{}{}{}/{}", prefix, prefix.empty() ? "" : "/", bucket.name, id);
}

Result<void> put_manifest(Call& call, const Bucket& bucket, const Value& destination, const Lister& lister,
                          const InventoryWalk& walk, std::string_view id) {
  Value::List files;
  std::string links;
  for (const InventoryFile& file : walk.files) {
    files.push_back(Value::Map{{"key", file.key}, {"size", file.size}, {"MD5checksum", file.md5}});
    links += fmt::format("s3://{}/{}\n", base::Arn::parse(destination.at("Bucket").str()).resource, file.key);
  }
  const std::string manifest = base::to_json(Value::Map{{"sourceBucket", bucket.name},
                                                        {"destinationBucket", destination.at("Bucket").str()},
                                                        {"version", "2016-11-30"},
                                                        {"creationTimestamp", std::to_string(walk.started_ms)},
                                                        {"fileFormat", "CSV"},
                                                        {"fileSchema", lister.schema()},
                                                        {"files", std::move(files)}});
  const std::string time = base::format_iso8601(walk.started_ms);  // 2026-01-01T00:00:00Z
  const std::string folder = folder_of(bucket, destination, id);
  const std::string moment = fmt::format("{}T{}-{}Z", time.substr(0, 10), time.substr(11, 2), time.substr(14, 2));
  TRY_VOID(put_file(call, bucket, destination, fmt::format("{}/{}/manifest.json", folder, moment), manifest));
  TRY_VOID(put_file(call, bucket, destination, fmt::format("{}/{}/manifest.checksum", folder, moment),
                    base::to_hex(base::md5(manifest))));
  const std::string partition = fmt::format("dt={}-{}-{}", time.substr(0, 10), time.substr(11, 2), time.substr(14, 2));
  return put_file(call, bucket, destination, fmt::format("{}/hive/{}/symlink.txt", folder, partition), links);
}

// One file, and at the end the manifest. False: there is more.
Result<bool> write_next(Call& call, const Bucket& bucket, const Value& configuration, std::string_view id,
                        InventoryWalk& walk) {
  const Value& destination = configuration.at("Destination").at("S3BucketDestination");
  Lister lister(call, bucket, configuration);
  const std::string bytes = base::gzip(lister.next_lines(walk.after_key));
  InventoryFile file{.key = fmt::format("{}/data/{}.csv.gz", folder_of(bucket, destination, id), call.uuid()),
                     .size = static_cast<std::int64_t>(bytes.size()),
                     .md5 = base::to_hex(base::md5(bytes))};
  TRY_VOID(put_file(call, bucket, destination, file.key, bytes));
  walk.files.push_back(std::move(file));
  if (!walk.after_key.empty()) return false;
  TRY_VOID(put_manifest(call, bucket, destination, lister, walk, id));
  return true;
}

}  // namespace

Result<void> write_inventory(Call& call, std::string_view timer_key) {
  store::KeyReader parts(timer_key);
  const std::string name = parts.text(), id = parts.text();
  auto bucket = get_bucket(call.tx, name);
  const Value configuration = bucket ? get_configured(call.tx, *bucket, Configuration::kInventory, id) : Value();
  if (configuration.is_null()) {
    call.tx.erase(kInventoryWalks, timer_key);
    return {};
  }
  const std::int64_t day_ms = call.now_ms() / kDayMs * kDayMs;
  auto walk = call.tx.get(kInventoryWalks, timer_key);
  if (walk && walk->bucket != bucket->id) walk.reset();
  // 1970-01-01 was a Thursday; weekly lists are made on Sundays.
  const bool is_daily = configuration.at("Schedule").at("Frequency").str() == "Daily";
  const bool is_day = is_daily || (day_ms / kDayMs + 4) % 7 == 0;
  if (configuration.at("IsEnabled").flag() && (walk || is_day)) {
    if (!walk) walk = InventoryWalk{.bucket = bucket->id, .started_ms = call.now_ms()};
    auto is_done = write_next(call, *bucket, configuration, id, *walk);
    if (is_done && !*is_done) {
      call.tx.put(kInventoryWalks, timer_key, *walk);
      call.arm(kInventoryDue, call.now, timer_key);
      return {};
    }
    if (!is_done)
      call.cloud().log().write(base::Level::kWarn, "An inventory could not be written.",
                               {{"bucket", name}, {"inventory", id}, {"error", is_done.error().message}});
  }
  call.tx.erase(kInventoryWalks, timer_key);
  call.arm(kInventoryDue, kernel::from_ms(day_ms + kDayMs), timer_key);
  return {};
}

}  // namespace s3
