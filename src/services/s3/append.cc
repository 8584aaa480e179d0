// Appending to objects, which directory buckets can.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-objects-append.html
#include "services/s3/append.h"

namespace s3 {

namespace {

constexpr std::uint32_t kAppendsMax = 10'000;  // "up to 10,000 appends"

bool is_joinable(const Checksum& checksum) {
  return checksum.algorithm != ChecksumAlgorithm::kNone && is_allowed(checksum.algorithm, ChecksumType::kFullObject) &&
         checksum.type == ChecksumType::kFullObject;
}

}  // namespace

Result<Out> append_object(Call& call, const Bucket& bucket, In in) {
  if (bucket.kind != BucketKind::kDirectory)
    return error("NotImplemented", "A header you provided implies functionality that is not implemented",
                 Value::Map{{"Header", "x-amz-write-offset-bytes"}});
  const std::string& key = in.str("Key");
  ObjectVersion version = TRY(find_object(call, bucket, key, Value()));
  TRY_VOID(check_write(in["IfMatch"], in["IfNoneMatch"], key, version));
  if (in.num("WriteOffsetBytes") != static_cast<std::int64_t>(version.body.size))
    return error("InvalidWriteOffset",
                 "The write offset value that you specified does not match the current object size.");
  if (version.part_count >= kAppendsMax || version.body.piece_count >= kAppendsMax)
    return error("TooManyParts",
                 "You have attempted to add more parts than the maximum of 10000 that are allowed for this object.");
  const ObjectKey object_key = TRY(open_object_key(call, version.encryption, {bucket.name, key}, {}));
  const Checksum before = version.body.checksum;
  const ChecksumAlgorithm algorithm = is_joinable(before) ? before.algorithm : ChecksumAlgorithm::kCrc64nvme;
  StoredBody added = TRY(take_request_body(call, object_key, {.algorithm = algorithm}));
  const bool was_empty = version.body.size == 0;
  const std::vector<PartChecksum> sums{{before.value, version.body.size}, {added.checksum.value, added.size}};
  const Checksum joined = was_empty ? added.checksum
                          : is_joinable(before) && added.checksum.algorithm == before.algorithm
                              ? join_checksums(algorithm, ChecksumType::kFullObject, sums)
                              : Checksum{};
  version.body = join_bodies(call, {version.body, added});
  version.body.checksum = joined;
  version.etag = etag_of_new(call, bucket, {});
  version.modified_ms = call.now_ms();
  rewrite_version(call, bucket, key, version);
  Value output(Value::Map{{"ETag", quoted(version.etag)}, {"Size", static_cast<std::int64_t>(version.body.size)}});
  add_checksum(output, version.body.checksum);
  add_encryption(output, version.encryption);
  return Out(std::move(output));
}

}  // namespace s3
