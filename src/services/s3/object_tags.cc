// Tags of objects.
#include "services/s3/object_request.h"

namespace s3 {

namespace {

Result<Out> set_tags(Call& call, In in, Tags tags, std::string_view event) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const std::string& key = in.str("Key");
  ObjectVersion version = TRY(find_object(call, bucket, key, in["VersionId"]));
  version.tags = std::move(tags);
  rewrite_version(call, bucket, key, version);
  emit_object_event(call, bucket, event, key, version);
  Value output(Value::Map{});
  add_version_id(output, bucket, version);
  return Out(std::move(output));
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
Result<Out> GetObjectTagging(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const ObjectVersion version = TRY(find_object(call, bucket, in.str("Key"), in["VersionId"]));
  Value output(Value::Map{{"TagSet", show_tag_set(version.tags)}});
  add_version_id(output, bucket, version);
  return Out(std::move(output));
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
Result<Out> PutObjectTagging(Call& call, In in) {
  return set_tags(call, in, TRY(read_tag_set(in["Tagging"])), "ObjectTagging:Put");
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html
Result<Out> DeleteObjectTagging(Call& call, In in) { return set_tags(call, in, {}, "ObjectTagging:Delete"); }

}  // namespace s3
