#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "services/s3/state.h"

// The versions of objects: finding, writing and deleting them by the rules of their bucket's versioning. For all of S3:
// what lifecycle, replication and restoring do to objects goes through here, too.
namespace s3 {

// ---- ids

// Ids of versions and uploads tell us, and nobody else, which sequence number they were given, so that they are found
// by it.
std::string make_id(Call& call, std::uint64_t sequence);
// Nothing for what is no such id.
std::optional<std::uint64_t> sequence_of_id(std::string_view id);
// "null" for the null version.
std::string_view shown_version_id(const ObjectVersion& version);

// ---- reading (versions.cc)

// The current version of a key, which may be a delete marker.
std::optional<ObjectVersion> get_current(Call& call, const Bucket& bucket, std::string_view key);
// `version_id`: "null" is the null version.
std::optional<ObjectVersion> get_version(Call& call, const Bucket& bucket, std::string_view key,
                                         std::string_view version_id);
// What a reader who asks for the key, or (unless `version_id` is null) for one of its versions, gets; never a delete
// marker. Errors: NoSuchKey (AccessDenied, for those who may not list the bucket), NoSuchVersion, InvalidArgument,
// MethodNotAllowed (a delete marker asked for by its id).
Result<ObjectVersion> find_object(Call& call, const Bucket& bucket, std::string_view key, const Value& version_id);

// Which versions to visit: those of keys that start with `prefix`, by key, and those of a key from the newest on.
struct VersionScan {
  std::string prefix = {};
  std::string after_key = {};        // only the keys after it
  std::uint64_t after_sequence = 0;  // not zero: and of this key the versions older than that
  std::string past_prefix = {};      // only the keys after all that start so
  bool only_current = false;
};
// visit(key, version, is_current) answers whether to go on.
using VisitVersion = std::function<bool(std::string_view key, ObjectVersion& version, bool is_current)>;
void scan_versions(Call& call, const Bucket& bucket, const VersionScan& scan, const VisitVersion& visit);

// ---- writing (version_writes.cc)

// Makes `version` one of the key's, the current one unless it has an older sequence. Its sequence, id and time are made
// where it has none: replicas bring theirs, completed uploads the sequence they began with. In a bucket whose
// versioning is not enabled it takes the place of the null version, whose body is let go of.
void put_version(Call& call, const Bucket& bucket, std::string_view key, ObjectVersion& version);
// `usual`, but in directory buckets a text that tells nothing: there "the ETag is not the MD5 digest of the object".
std::string etag_of_new(Call& call, const Bucket& bucket, std::string usual);
// Changes what is said about a version that is there: its tags, lock, class, restoration, replication.
void rewrite_version(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version);
// Deletes a version for good, with its body; the next older one becomes current. Locks are not looked at.
void erase_version(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version);

// What deleting a key without naming a version has done.
struct Deletion {
  std::optional<ObjectVersion> marker;  // the delete marker that was made
  std::optional<ObjectVersion> erased;  // the version that has gone for good
};
Deletion delete_current(Call& call, const Bucket& bucket, std::string_view key);

// Whether a version may not be deleted or overwritten now. kGovernance: the caller may, and wants to, pass over
// retention in governance mode.
enum class Bypass { kNo, kGovernance };
bool is_locked(Call& call, const ObjectVersion& version, Bypass bypass);

// Ends an upload that will not be completed, with its parts.
void erase_upload(Call& call, const Bucket& bucket, const Upload& upload);

// Whether the bytes can be read now: those of archived objects only while they are restored.
bool is_archived(Call& call, const ObjectVersion& version);
std::string_view shown_storage_class(const ObjectVersion& version);  // "STANDARD"

// ---- events (events.cc)

// Tells the listeners of S3 (source "s3") what happened to an object: notifications, replication. `type` is as
// notifications name it, without "s3:": "ObjectCreated:Put". The event's key is bucket and object; its detail has
// bucket, account and region (of the bucket), key, versionId (absent without versioning), eTag and size (absent for
// delete markers), sequencer, requestId, sourceIp, principal (its user id) and time (milliseconds). `more`: members
// that notifications of this type have beside these, a map.
void emit_object_event(Call& call, const Bucket& bucket, std::string_view type, std::string_view key,
                       const ObjectVersion& version, Value more = {});

}  // namespace s3
