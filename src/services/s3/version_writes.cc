// Writing and deleting versions of objects. Of a key the version with the highest sequence stands in kObjects, all
// others in kVersions.
#include "base/random.h"
#include "services/s3/objects.h"
#include "services/s3/over_time.h"

namespace s3 {

namespace {

void keep_as_older(Call& call, const Bucket& bucket, std::string_view key, ObjectVersion version) {
  version.noncurrent_since_ms = call.now_ms();
  call.tx.put(kVersions, version_key(bucket, key, version.sequence), version);
  if (version.version_id.empty()) call.tx.put(kNullVersions, object_key(bucket, key), {version.sequence});
}

void drop_contents(Call& call, const ObjectVersion& version) {
  if (!version.body.id.empty()) drop_body(call, version.body);
  if (version.upload != 0) call.tx.erase(kCompletedUploads, store::key(version.upload));
}

void erase_older(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version) {
  call.tx.erase(kVersions, version_key(bucket, key, version.sequence));
  if (version.version_id.empty()) call.tx.erase(kNullVersions, object_key(bucket, key));
}

// The newest of the others takes the place of the current version that has gone.
void promote_newest(Call& call, const Bucket& bucket, std::string_view key) {
  std::optional<ObjectVersion> newest;
  call.tx.scan(kVersions, {.prefix = object_key(bucket, key), .limit = 1},
               [&](std::string_view, ObjectVersion& version) { newest = std::move(version); });
  if (!newest) return call.tx.erase(kObjects, object_key(bucket, key));
  erase_older(call, bucket, key, *newest);
  newest->noncurrent_since_ms = 0;
  call.tx.put(kObjects, object_key(bucket, key), *newest);
}

// What takes the place of the null version makes it go; answers the current version that is left, if any.
std::optional<ObjectVersion> clear_null_version(Call& call, const Bucket& bucket, std::string_view key,
                                                std::optional<ObjectVersion> current) {
  if (!current) return current;
  if (current->version_id.empty()) {
    drop_contents(call, *current);
    if (bucket.versioning == Versioning::kNever) return std::nullopt;
    promote_newest(call, bucket, key);
    return get_current(call, bucket, key);
  }
  if (auto older = get_version(call, bucket, key, "null")) {
    drop_contents(call, *older);
    erase_older(call, bucket, key, *older);
  }
  return current;
}

}  // namespace

void put_version(Call& call, const Bucket& bucket, std::string_view key, ObjectVersion& version) {
  if (version.sequence == 0) version.sequence = call.next_sequence();
  if (version.modified_ms == 0) version.modified_ms = call.now_ms();
  auto current = get_current(call, bucket, key);
  if (bucket.is_versioned()) {
    if (version.version_id.empty()) version.version_id = make_id(call, version.sequence);
  } else {
    version.version_id.clear();
    current = clear_null_version(call, bucket, key, std::move(current));
  }
  note_for_replication(call, bucket, key, version);
  if (current && current->sequence > version.sequence) return keep_as_older(call, bucket, key, version);
  if (current) keep_as_older(call, bucket, key, *std::move(current));
  version.noncurrent_since_ms = 0;
  call.tx.put(kObjects, object_key(bucket, key), version);
}

std::string etag_of_new(Call& call, const Bucket& bucket, std::string usual) {
  return bucket.kind == BucketKind::kDirectory ? call.random_text(32, base::kHexDigits) : usual;
}

void rewrite_version(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version) {
  auto current = get_current(call, bucket, key);
  if (current && current->sequence == version.sequence)
    call.tx.put(kObjects, object_key(bucket, key), version);
  else
    call.tx.put(kVersions, version_key(bucket, key, version.sequence), version);
}

void erase_version(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version) {
  drop_contents(call, version);
  auto current = get_current(call, bucket, key);
  if (current && current->sequence == version.sequence)
    promote_newest(call, bucket, key);
  else
    erase_older(call, bucket, key, version);
}

Deletion delete_current(Call& call, const Bucket& bucket, std::string_view key) {
  Deletion deletion;
  if (bucket.versioning == Versioning::kNever) {
    deletion.erased = get_current(call, bucket, key);
    if (deletion.erased) erase_version(call, bucket, key, *deletion.erased);
    return deletion;
  }
  deletion.marker = ObjectVersion{.is_delete_marker = true, .owner = bucket.account};
  if (bucket.versioning == Versioning::kSuspended) deletion.erased = get_version(call, bucket, key, "null");
  put_version(call, bucket, key, *deletion.marker);
  return deletion;
}

void erase_upload(Call& call, const Bucket& bucket, const Upload& upload) {
  std::vector<std::string> rows;
  call.tx.scan(kParts, store::key(upload.sequence), [&](std::string_view row, Part& part) {
    drop_body(call, part.body);
    rows.emplace_back(row);
  });
  for (const std::string& row : rows) call.tx.erase(kParts, row);
  call.tx.erase(kUploads, store::key(bucket.id, upload.key, upload.sequence));
}

}  // namespace s3
