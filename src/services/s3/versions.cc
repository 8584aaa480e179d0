// Finding versions of objects, and what others ask of them.
#include "base/bytes.h"
#include "base/random.h"
#include "kernel/cloud.h"
#include "services/s3/access.h"
#include "services/s3/objects.h"

namespace s3 {

namespace {

// An id is 24 bytes: 16 by chance, and the sequence number under a mask made of them. In 32 characters, as AWS's are.
constexpr std::size_t kChanceBytes = 16;
constexpr std::size_t kIdCharacters = 32;

std::uint64_t mask_of(std::string_view chance) { return base::from_ordered(base::sha256(chance).substr(0, 8)); }

Value named_key(std::string_view key, std::string_view version_id) {
  return Value::Map{{"Key", key}, {"VersionId", version_id}};
}

std::unexpected<base::Error> refuse_delete_marker(Call& call, const ObjectVersion& marker) {
  return error("MethodNotAllowed", "The specified method is not allowed against this resource.",
               Value::Map{{"Method", call.operation ? call.operation->method : ""},
                          {"ResourceType", "DeleteMarker"},
                          {"DeleteMarker", true},
                          {"Allow", "DELETE"},
                          {"VersionId", shown_version_id(marker)},
                          {"LastModified", marker.modified_ms}});
}

// NoSuchKey, telling of the delete marker that hides the object.
std::unexpected<base::Error> hidden_object(Call& call, const Bucket& bucket, std::string_view key,
                                           const ObjectVersion& marker) {
  auto missing = missing_object(call, bucket, key);
  if (missing.error().code != "NoSuchKey") return missing;
  Value details = missing.error().details ? *missing.error().details : Value(Value::Map{});
  details.set("DeleteMarker", true);
  details.set("VersionId", shown_version_id(marker));
  missing.error().details = std::make_shared<const Value>(std::move(details));
  return missing;
}

}  // namespace

std::string make_id(Call& call, std::uint64_t sequence) {
  std::string chance = base::random_bytes(call.cloud().dice(), kChanceBytes);
  std::string bytes = base::to_ordered(sequence ^ mask_of(chance)) + chance;
  std::string id = base::to_base64url(bytes);
  for (char& c : id)
    if (c == '-') c = '.';
  return id;
}

std::optional<std::uint64_t> sequence_of_id(std::string_view id) {
  if (id.size() != kIdCharacters) return std::nullopt;
  std::string text(id);
  for (char& c : text)
    if (c == '.') c = '-';
  auto bytes = base::from_base64url(text);
  if (!bytes || bytes->size() != kChanceBytes + 8) return std::nullopt;
  return base::from_ordered(std::string_view(*bytes).substr(0, 8)) ^ mask_of(std::string_view(*bytes).substr(8));
}

std::string_view shown_version_id(const ObjectVersion& version) {
  return version.version_id.empty() ? std::string_view("null") : std::string_view(version.version_id);
}

std::optional<ObjectVersion> get_current(Call& call, const Bucket& bucket, std::string_view key) {
  return call.tx.get(kObjects, object_key(bucket, key));
}

std::optional<ObjectVersion> get_version(Call& call, const Bucket& bucket, std::string_view key,
                                         std::string_view version_id) {
  auto current = get_current(call, bucket, key);
  if (!current || shown_version_id(*current) == version_id) return current;
  std::optional<std::uint64_t> sequence;
  if (version_id == "null") {
    if (auto null_version = call.tx.get(kNullVersions, object_key(bucket, key))) sequence = null_version->sequence;
  } else {
    sequence = sequence_of_id(version_id);
  }
  if (!sequence) return std::nullopt;
  auto version = call.tx.get(kVersions, version_key(bucket, key, *sequence));
  if (version && shown_version_id(*version) != version_id) return std::nullopt;
  return version;
}

Result<ObjectVersion> find_object(Call& call, const Bucket& bucket, std::string_view key, const Value& version_id) {
  if (version_id.is_null()) {
    auto current = get_current(call, bucket, key);
    if (!current) return missing_object(call, bucket, key);
    if (current->is_delete_marker) return hidden_object(call, bucket, key, *current);
    return *std::move(current);
  }
  const std::string& id = version_id.str();
  if (id.empty())
    return error("InvalidArgument", "Version id cannot be the empty string",
                 Value::Map{{"ArgumentName", "versionId"}, {"ArgumentValue", ""}});
  if (id != "null" && !sequence_of_id(id))
    return error("InvalidArgument", "Invalid version id specified",
                 Value::Map{{"ArgumentName", "versionId"}, {"ArgumentValue", id}});
  auto version = get_version(call, bucket, key, id);
  if (!version) return error("NoSuchVersion", "The specified version does not exist.", named_key(key, id));
  if (version->is_delete_marker) return refuse_delete_marker(call, *version);
  return *std::move(version);
}

void scan_versions(Call& call, const Bucket& bucket, const VersionScan& scan, const VisitVersion& visit) {
  store::Scan keys{.prefix = keys_starting_with(bucket, scan.prefix)};
  const bool begins_inside = scan.after_sequence != 0;
  if (begins_inside)
    keys.from = object_key(bucket, scan.after_key);
  else if (!scan.past_prefix.empty())
    keys.from = store::end_of_prefix(keys_starting_with(bucket, scan.past_prefix));
  else if (!scan.after_key.empty())
    keys.after = object_key(bucket, scan.after_key);
  const bool has_history = bucket.versioning != Versioning::kNever && !scan.only_current;

  call.tx.scan(kObjects, keys, [&](std::string_view row_key, ObjectVersion& current) {
    store::KeyReader parts(row_key);
    parts.unsigned_number();
    const std::string key = parts.text();
    const bool is_first = begins_inside && key == scan.after_key;
    if (!is_first || current.sequence < scan.after_sequence) {
      if (!visit(key, current, true)) return false;
    }
    if (!has_history) return true;
    bool goes_on = true;
    store::Scan history{.prefix = std::string(row_key)};
    if (is_first) history.after = version_key(bucket, key, scan.after_sequence);
    call.tx.scan(kVersions, history, [&](std::string_view, ObjectVersion& version) {
      goes_on = visit(key, version, false);
      return goes_on;
    });
    return goes_on;
  });
}

bool is_archived(Call& call, const ObjectVersion& version) {
  if (version.storage_class != "GLACIER" && version.storage_class != "DEEP_ARCHIVE") return false;
  const Restoration& restoration = version.restoration;
  return restoration.requested_ms == 0 || call.now_ms() < restoration.ready_ms ||
         call.now_ms() >= restoration.expires_ms;
}

std::string_view shown_storage_class(const ObjectVersion& version) {
  return version.storage_class.empty() ? std::string_view("STANDARD") : std::string_view(version.storage_class);
}

bool is_locked(Call& call, const ObjectVersion& version, Bypass bypass) {
  if (version.lock.legal_hold == "ON") return true;
  if (version.lock.mode.empty() || version.lock.retain_until_ms <= call.now_ms()) return false;
  return version.lock.mode == "COMPLIANCE" || bypass == Bypass::kNo;
}

std::optional<ObjectFacts> facts_of_object(Call& call, const Bucket& bucket, std::string_view key,
                                           std::string_view version_id) {
  auto version = version_id.empty() ? get_current(call, bucket, key) : get_version(call, bucket, key, version_id);
  if (!version) return std::nullopt;
  return ObjectFacts{.owner = version->owner, .acl = std::move(version->acl), .tags = std::move(version->tags)};
}

bool is_bucket_empty(Call& call, const Bucket& bucket) {
  const store::Scan any{.prefix = store::key(bucket.id), .limit = 1};
  auto ignore = [](std::string_view) {};
  if (call.tx.scan_keys(kObjects, any, ignore) != 0) return false;
  // "You must also abort in-progress multipart uploads", of directory buckets.
  return bucket.kind == BucketKind::kGeneralPurpose || call.tx.scan_keys(kUploads, any, ignore) == 0;
}

void forget_objects(Call& call, const Bucket& bucket) {
  std::vector<Upload> uploads;
  call.tx.scan(kUploads, store::key(bucket.id), [&](std::string_view, Upload& upload) { uploads.push_back(upload); });
  for (const Upload& upload : uploads) erase_upload(call, bucket, upload);
}

}  // namespace s3
