// Renaming objects of directory buckets.
#include "services/s3/access.h"
#include "services/s3/object_answer.h"

namespace s3 {

namespace {

Result<ObjectVersion> find_renamed(Call& call, const Bucket& bucket, const std::string& key, In in) {
  ObjectVersion version = TRY(find_object(call, bucket, key, Value()));
  TRY_VOID(check_source({.if_match = in["SourceIfMatch"],
                         .if_none_match = in["SourceIfNoneMatch"],
                         .if_modified_since = in["SourceIfModifiedSince"],
                         .if_unmodified_since = in["SourceIfUnmodifiedSince"],
                         .header_prefix = "x-amz-rename-source-"},
                        version));
  return version;
}

// "The source is a path of the same bucket: bucket/key", or the key alone after a slash.
Result<std::string> read_rename_source(const Bucket& bucket, const std::string& text) {
  auto named = parse_copy_source(text);
  if (named && named->bucket == bucket.name && named->version_id.empty()) return named->key;
  return error("InvalidArgument", "The rename source must be an object of the same bucket.",
               Value::Map{{"ArgumentName", "x-amz-rename-source"}, {"ArgumentValue", text}});
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html
Result<Out> RenameObject(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const std::string& key = in.str("Key");
  if (bucket.kind != BucketKind::kDirectory)
    return error("MethodNotAllowed", "The specified method is not allowed against this resource.");
  TRY_VOID(check_key(key));
  const std::string source = TRY(read_rename_source(bucket, in.str("RenameSource")));
  ObjectVersion version = TRY(find_renamed(call, bucket, source, in));
  TRY_VOID(check_write(in["DestinationIfMatch"], in["DestinationIfNoneMatch"], key, get_current(call, bucket, key)));
  if (source == key) return Out{};

  // The object key is sealed under the name of the object.
  const Encryption& encryption = version.encryption;
  const ObjectKey from = TRY(open_object_key(call, encryption, {bucket.name, source}, {}));
  const EncryptionChoice choice{.kind = encryption.kind,
                                .kms_key = encryption.kms_key,
                                .kms_context = encryption.kms_context,
                                .bucket_key_enabled = encryption.bucket_key_enabled};
  ObjectKey to = TRY(make_object_key(call, choice, {bucket.name, key}));
  const ObjectVersion old = version;
  version.body = TRY(copy_body(call, old.body, from, to, {0, old.body.size}, old.body.checksum.algorithm));
  version.body.tag = old.body.tag;
  version.body.checksum = old.body.checksum;
  version.encryption = std::move(to.encryption);
  // What is known of the parts goes along.
  auto parts = get_parts(call, old);
  erase_version(call, bucket, source, old);
  version.sequence = 0;
  put_version(call, bucket, key, version);
  if (parts) call.tx.put(kCompletedUploads, store::key(version.upload), *parts);
  return Out{};
}

}  // namespace s3
