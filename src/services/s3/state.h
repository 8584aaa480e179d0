#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/s3/body.h"
#include "services/s3/buckets.h"
#include "store/key.h"
#include "store/table.h"

// What S3 remembers of objects: versions, uploads in parts and their parts. Buckets are in buckets.h.
namespace s3 {

using kernel::Call;

using Metadata = std::map<std::string, std::string>;

// What the writer of an object says about it, and readers are told again.
struct ObjectHeaders {
  std::string content_type;  // empty: binary/octet-stream
  std::string cache_control;
  std::string content_disposition;
  std::string content_encoding;
  std::string content_language;
  std::string expires;  // as given: AWS keeps what is no date, too
  std::string website_redirect;
  Metadata metadata;  // x-amz-meta-…, names in lower case

  static void fields(auto& self, auto& field) {
    field("content_type", self.content_type);
    field("cache_control", self.cache_control);
    field("content_disposition", self.content_disposition);
    field("content_encoding", self.content_encoding);
    field("content_language", self.content_language);
    field("expires", self.expires);
    field("website_redirect", self.website_redirect);
    field("metadata", self.metadata);
  }
  friend bool operator==(const ObjectHeaders&, const ObjectHeaders&) = default;
};

// What forbids to delete a version.
struct ObjectLock {
  std::string mode;  // GOVERNANCE or COMPLIANCE; empty: no retention
  std::int64_t retain_until_ms = 0;
  std::string legal_hold;  // ON or OFF; empty: never set

  static void fields(auto& self, auto& field) {
    field("mode", self.mode);
    field("retain_until_ms", self.retain_until_ms);
    field("legal_hold", self.legal_hold);
  }
};

// The copy of an archived object that RestoreObject makes for a while.
struct Restoration {
  std::int64_t requested_ms = 0;  // 0: there is none, and none is on its way
  std::int64_t ready_ms = 0;      // from then on it can be read
  std::int64_t expires_ms = 0;    // until then

  static void fields(auto& self, auto& field) {
    field("requested_ms", self.requested_ms);
    field("ready_ms", self.ready_ms);
    field("expires_ms", self.expires_ms);
  }
};

// One version of an object, or a delete marker.
struct ObjectVersion {
  std::string version_id;      // empty: the null version
  std::uint64_t sequence = 0;  // of the versions of a key the one with the highest is the current one
  bool is_delete_marker = false;
  std::int64_t modified_ms = 0;
  std::string owner;          // account that owns it
  std::string etag;           // without quotes
  std::string storage_class;  // empty: STANDARD
  ObjectHeaders headers;
  Tags tags;
  std::optional<Acl> acl;  // nothing: private
  ObjectLock lock;
  Encryption encryption;
  StoredBody body;                 // its checksum is the object's
  std::uint64_t upload = 0;        // the upload it was completed from: its parts are told in kCompletedUploads
  std::uint32_t part_count = 0;    // of it; 0: it was put as a whole
  std::string replication_status;  // PENDING, COMPLETED, FAILED or REPLICA; empty: none
  Restoration restoration;
  std::int64_t noncurrent_since_ms = 0;  // when another version took its place; 0: it is current
  std::int64_t class_since_ms = 0;       // when lifecycle moved it to its class; 0: it was written there
  std::int64_t accessed_ms = 0;          // of INTELLIGENT_TIERING: when it was read last, about; 0: never

  static void fields(auto& self, auto& field) {
    field("version_id", self.version_id);
    field("sequence", self.sequence);
    field("is_delete_marker", self.is_delete_marker);
    field("modified_ms", self.modified_ms);
    field("owner", self.owner);
    field("etag", self.etag);
    field("storage_class", self.storage_class);
    field("headers", self.headers);
    field("tags", self.tags);
    field("acl", self.acl);
    field("lock", self.lock);
    field("encryption", self.encryption);
    field("body", self.body);
    field("upload", self.upload);
    field("part_count", self.part_count);
    field("replication_status", self.replication_status);
    field("restoration", self.restoration);
    field("noncurrent_since_ms", self.noncurrent_since_ms);
    field("class_since_ms", self.class_since_ms);
    field("accessed_ms", self.accessed_ms);
  }
};

// An upload in parts that is neither completed nor aborted. What it says of the object becomes the object's.
struct Upload {
  std::string id;
  std::uint64_t sequence = 0;
  std::string key;
  std::int64_t initiated_ms = 0;
  std::string owner;      // account
  std::string initiator;  // ARN of who began it
  std::string storage_class;
  ObjectHeaders headers;
  Tags tags;
  std::optional<Acl> acl;
  ObjectLock lock;
  Encryption encryption;
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::kCrc64nvme;
  ChecksumType checksum_type = ChecksumType::kFullObject;
  bool names_algorithm = false;  // whether its beginning asked for one

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("sequence", self.sequence);
    field("key", self.key);
    field("initiated_ms", self.initiated_ms);
    field("owner", self.owner);
    field("initiator", self.initiator);
    field("storage_class", self.storage_class);
    field("headers", self.headers);
    field("tags", self.tags);
    field("acl", self.acl);
    field("lock", self.lock);
    field("encryption", self.encryption);
    field("algorithm", self.algorithm);
    field("checksum_type", self.checksum_type);
    field("names_algorithm", self.names_algorithm);
  }
};

// A part of an upload; its body is under the upload's object key.
struct Part {
  std::int64_t number = 0;
  std::int64_t modified_ms = 0;
  StoredBody body;

  static void fields(auto& self, auto& field) {
    field("number", self.number);
    field("modified_ms", self.modified_ms);
    field("body", self.body);
  }
};

// What is still known of a part when it has become a piece of its object. It begins where the one before it ends.
struct PartOfObject {
  std::int64_t number = 0;
  std::uint64_t size = 0;
  Checksum checksum;

  static void fields(auto& self, auto& field) {
    field("number", self.number);
    field("size", self.size);
    field("checksum", self.checksum);
  }
};

// Of an upload that has become an object: its parts, for readers of single ones, and what it was completed to, for
// those who complete it again. There as long as the object is.
struct CompletedUpload {
  std::string id;
  std::uint64_t bucket = 0;  // its id
  std::string key;
  std::string version_id;    // of the object
  std::string parts_digest;  // of the list it was completed with
  std::vector<PartOfObject> parts;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("bucket", self.bucket);
    field("key", self.key);
    field("version_id", self.version_id);
    field("parts_digest", self.parts_digest);
    field("parts", self.parts);
  }
};

// Where a null version stands that is not current.
struct NullVersion {
  std::uint64_t sequence = 0;

  static void fields(auto& self, auto& field) { field("sequence", self.sequence); }
};

// The current version of every key, be it a delete marker: listing 1,000 of ten million keys walks 1,000 rows.
// Key: key(bucket's id, object key); see object_key.
inline constexpr store::Table<ObjectVersion> kObjects{"s3.objects", store::Scope::kGlobal};

// The other versions, the newest first. A key that has some has a current version, too.
// Key: key(bucket's id, object key, ~sequence); see version_key.
inline constexpr store::Table<ObjectVersion> kVersions{"s3.versions", store::Scope::kGlobal};

// Key: key(bucket's id, object key). There exactly when the null version is in kVersions.
inline constexpr store::Table<NullVersion> kNullVersions{"s3.null_versions", store::Scope::kGlobal};

// Key: key(bucket's id, object key, upload's sequence).
inline constexpr store::Table<Upload> kUploads{"s3.uploads", store::Scope::kGlobal};

// Key: key(upload's sequence, part number).
inline constexpr store::Table<Part> kParts{"s3.parts", store::Scope::kGlobal};

// Key: key(upload's sequence).
inline constexpr store::Table<CompletedUpload> kCompletedUploads{"s3.completed_uploads", store::Scope::kGlobal};

inline std::string object_key(const Bucket& bucket, std::string_view key) { return store::key(bucket.id, key); }
inline std::string version_key(const Bucket& bucket, std::string_view key, std::uint64_t sequence) {
  return store::key(bucket.id, key, ~sequence);
}
// What the keys of all rows of objects whose key starts with `prefix` start with.
inline std::string keys_starting_with(const Bucket& bucket, std::string_view prefix) {
  std::string joined = store::key(bucket.id, prefix);
  joined.pop_back();  // the end of the text
  return joined;
}

}  // namespace s3
