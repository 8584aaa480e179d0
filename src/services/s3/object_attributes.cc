// GetObjectAttributes.
#include <algorithm>

#include "services/s3/listing.h"
#include "services/s3/object_answer.h"

namespace s3 {

namespace {

constexpr std::string_view kAttributes[] = {"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"};

Result<Value> show_parts(Call& call, const ObjectVersion& version, In in) {
  const std::int64_t count_max = TRY(read_count(in["MaxParts"], "max-parts", "max-parts"));
  const std::int64_t marker = in.num("PartNumberMarker");
  Value shown(Value::Map{{"TotalPartsCount", std::int64_t{version.part_count}}});
  // "If a composite checksum was not given to the upload, the response does not return Part."
  if (version.body.checksum.type != ChecksumType::kComposite) return shown;
  Value::List parts;
  std::int64_t last = 0;
  bool is_truncated = false;
  if (auto upload = get_parts(call, version))
    for (const PartOfObject& part : upload->parts) {
      if (part.number <= marker) continue;
      if (std::ssize(parts) == count_max) {
        is_truncated = true;
        break;
      }
      Value entry(Value::Map{{"PartNumber", part.number}, {"Size", static_cast<std::int64_t>(part.size)}});
      add_checksum(entry, part.checksum);
      entry.erase("ChecksumType");
      parts.push_back(std::move(entry));
      last = part.number;
    }
  shown.set("PartNumberMarker", marker);
  shown.set("NextPartNumberMarker", last);
  shown.set("MaxParts", count_max);
  shown.set("IsTruncated", is_truncated);
  if (!parts.empty()) shown.set("Parts", std::move(parts));
  return shown;
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
Result<Out> GetObjectAttributes(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const std::string& key = in.str("Key");
  const Value::List& names = in.list("ObjectAttributes");
  if (names.empty())
    return error("InvalidRequest",
                 "The x-amz-object-attributes header specifying the attributes to be retrieved is "
                 "either missing or empty");
  for (const Value& name : names)
    if (std::ranges::find(kAttributes, name.str()) == std::end(kAttributes))
      return error("InvalidArgument", "Invalid attribute name specified.",
                   Value::Map{{"ArgumentName", "x-amz-object-attributes"}, {"ArgumentValue", name.str()}});
  const ObjectVersion version = TRY(find_object(call, bucket, key, in["VersionId"]));
  const CustomerKey given = TRY(customer_key_of(in.value(), KeyFor::kObject));
  TRY_VOID(check_customer_key(version.encryption, {bucket.name, key}, given));

  auto wants = [&](std::string_view name) { return std::ranges::find(names, Value(name)) != names.end(); };
  Value output(Value::Map{{"LastModified", version.modified_ms}});
  add_version_id(output, bucket, version);
  if (wants("ETag")) output.set("ETag", version.etag);
  if (wants("Checksum") && version.body.checksum.algorithm != ChecksumAlgorithm::kNone) {
    Value checksum(Value::Map{});
    add_checksum(checksum, version.body.checksum);
    output.set("Checksum", std::move(checksum));
  }
  if (wants("ObjectParts") && version.part_count > 0) output.set("ObjectParts", TRY(show_parts(call, version, in)));
  if (wants("StorageClass")) output.set("StorageClass", shown_storage_class(version));
  if (wants("ObjectSize")) output.set("ObjectSize", static_cast<std::int64_t>(version.body.size));
  return Out(std::move(output));
}

}  // namespace s3
