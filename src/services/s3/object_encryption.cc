// Changing how an object that is there is encrypted.
#include "services/s3/object_answer.h"

namespace s3 {

namespace {

// Which key of KMS it shall be. Nothing but SSE-KMS can be asked for.
Result<EncryptionChoice> read_wanted_encryption(const Value& wanted) {
  const Value& kms = wanted.at("SSEKMS");
  if (kms.is_null() || kms.at("KMSKeyArn").str().empty())
    return error("MalformedXML",
                 "The XML you provided was not well-formed or did not validate against our published schema");
  return EncryptionChoice{.kind = EncryptionKind::kKms,
                          .kms_key = kms.at("KMSKeyArn").str(),
                          .bucket_key_enabled = kms.at("BucketKeyEnabled").flag()};
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html
Result<Out> UpdateObjectEncryption(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const std::string& key = in.str("Key");
  const EncryptionChoice choice = TRY(read_wanted_encryption(in["ObjectEncryption"]));
  ObjectVersion version = TRY(find_object(call, bucket, key, in["VersionId"]));
  const EncryptionKind kind = version.encryption.kind;
  if (kind != EncryptionKind::kS3 && kind != EncryptionKind::kKms)
    return error(
        "InvalidRequest",
        "The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS "
        "or SSE-C. Only source objects encrypted with SSE-S3 or SSE-KMS are supported.");
  const ObjectKey from = TRY(open_object_key(call, version.encryption, {bucket.name, key}, {}));
  ObjectKey to = TRY(make_object_key(call, choice, {bucket.name, key}));
  StoredBody body =
      TRY(copy_body(call, version.body, from, to, {0, version.body.size}, version.body.checksum.algorithm));
  // "The operation preserves all object metadata properties, including the ETag and checksum properties."
  body.tag = version.body.tag;
  body.checksum = version.body.checksum;
  drop_body(call, version.body);
  version.body = std::move(body);
  version.encryption = std::move(to.encryption);
  rewrite_version(call, bucket, key, version);
  return Out{};
}

}  // namespace s3
