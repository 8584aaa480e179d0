#pragma once

#include <string>
#include <string_view>

#include "services/s3/objects.h"

// What requests that make an object say about it: PutObject, CopyObject, CreateMultipartUpload, and forms (POST).
namespace s3 {

inline constexpr std::size_t kKeyBytesMax = 1'024;
inline constexpr std::size_t kMetadataBytesMax = 2'048;
inline constexpr std::size_t kTagsMax = 10;
inline constexpr std::size_t kTagKeyCharactersMax = 128;
inline constexpr std::size_t kTagValueCharactersMax = 256;

// Errors: KeyTooLongError, InvalidURI (no UTF-8).
Result<void> check_key(std::string_view key);

// Content-Type and its sisters, x-amz-meta-* and the redirect of a website. Errors: MetadataTooLarge,
// InvalidRedirectLocation.
Result<ObjectHeaders> read_headers(const Value& input);

// Errors: InvalidStorageClass. Empty for STANDARD.
Result<std::string> read_storage_class(const Bucket& bucket, const Value& input);

// Of x-amz-tagging: "a=1&b=2". Errors: InvalidArgument, InvalidTag, BadRequest (too many).
Result<Tags> read_tagging_header(const Value& input);
// Of the structure Tagging. Errors: InvalidTag, BadRequest, MalformedXML.
Result<Tags> read_tag_set(const Value& tagging);
Value show_tag_set(const Tags& tags);

// Retention and legal hold, by the request's headers and else by the bucket's default. Errors: InvalidRequest (no
// object lock), InvalidArgument.
Result<ObjectLock> read_lock(Call& call, const Bucket& bucket, const Value& input);
// The end of the bucket's default retention; an empty lock where it has none.
ObjectLock default_lock(Call& call, const Bucket& bucket);

// Who owns what the caller writes: with ACLs the writer, unless the bucket's owner gets it.
std::string owner_of_new(const Call& call, const Bucket& bucket, const Value& input);

// Everything of the above: an object without its bytes, encryption and ACL.
Result<ObjectVersion> read_object(Call& call, const Bucket& bucket, const Value& input);

// Sets VersionId where the bucket is versioned.
void add_version_id(Value& output, const Bucket& bucket, const ObjectVersion& version);

// The same for the answer to a write, which does not say that it made the null version of a suspended bucket.
void add_written_version_id(Value& output, const Bucket& bucket, const ObjectVersion& version);

}  // namespace s3
