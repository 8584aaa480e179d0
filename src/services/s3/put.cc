// Writing objects as a whole.
#include "base/bytes.h"
#include "services/s3/acl.h"
#include "services/s3/append.h"
#include "services/s3/object_answer.h"

namespace s3 {

namespace {

bool has_integrity_header(const Value& input) {
  if (input.has("ContentMD5") || input.has("ChecksumAlgorithm")) return true;
  for (const auto& [name, value] : input.map())
    if (name.starts_with("Checksum") && name != "ChecksumType" && !value.is_null()) return true;
  return false;
}

// "The Content-MD5 or x-amz-sdk-checksum-algorithm header is required for any request to upload an object with a
// retention period configured using Object Lock."
Result<void> check_integrity_header(const ObjectVersion& version, const Value& input) {
  const bool is_locked_at_once = !version.lock.mode.empty() || !version.lock.legal_hold.empty();
  if (!is_locked_at_once || has_integrity_header(input)) return {};
  return error("InvalidRequest",
               "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock "
               "parameters");
}

Value written_answer(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version) {
  Value output(Value::Map{{"ETag", quoted(version.etag)}});
  add_checksum(output, version.body.checksum);
  add_encryption(output, version.encryption);
  add_written_version_id(output, bucket, version);
  add_expiration(call, bucket, key, version, output);
  return output;
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
Result<Out> PutObject(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const std::string& key = in.str("Key");
  // What is appended at the beginning of nothing is an object like others.
  const bool appends =
      in.has("WriteOffsetBytes") &&
      (bucket.kind != BucketKind::kDirectory || in.num("WriteOffsetBytes") != 0 || get_current(call, bucket, key));
  if (appends) return append_object(call, bucket, in);
  ObjectVersion version = TRY(read_object(call, bucket, in.value()));
  TRY_VOID(check_integrity_header(version, in.value()));
  version.acl = TRY(acl_of_new(call, bucket, in.value(), AclOf::kObject));
  const EncryptionChoice choice = TRY(choose_encryption(call, in.value(), bucket.encryption, {bucket.name, key}));
  if (in.has("IfMatch") || in.has("IfNoneMatch"))
    TRY_VOID(check_write(in["IfMatch"], in["IfNoneMatch"], key, get_current(call, bucket, key)));

  ObjectKey object_key = TRY(make_object_key(call, choice, {bucket.name, key}));
  version.body = TRY(take_request_body(call, object_key));
  version.etag = etag_of_new(call, bucket, base::to_hex(version.body.tag));
  version.encryption = std::move(object_key.encryption);
  put_version(call, bucket, key, version);
  emit_object_event(call, bucket, "ObjectCreated:Put", key, version);
  return Out(written_answer(call, bucket, key, version));
}

}  // namespace s3
