// Reading objects.
#include "base/time_text.h"
#include "services/s3/intelligent_tiering.h"
#include "services/s3/object_answer.h"
#include "services/s3/ranges.h"

namespace s3 {

namespace {

// What of an object is answered.
struct Served {
  Extent extent;
  bool is_range = false;
  std::optional<Checksum> part_checksum = std::nullopt;
};

Result<Served> find_part(Call& call, const ObjectVersion& version, std::int64_t number) {
  if (number < 1 || number > 10'000)
    return error("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive",
                 Value::Map{{"ArgumentName", "partNumber"}, {"ArgumentValue", fmt::format("{}", number)}});
  const std::uint64_t size = version.body.size;
  auto upload = get_parts(call, version);
  // An object that was put as a whole is its only part.
  if (!upload && number == 1) return Served{{0, size}, size > 0};
  std::uint64_t offset = 0;
  if (upload)
    for (const PartOfObject& part : upload->parts) {
      if (part.number == number) return Served{{offset, part.size}, part.size > 0, part.checksum};
      offset += part.size;
    }
  return error("InvalidPartNumber", "The requested partnumber is not satisfiable",
               Value::Map{{"PartNumberRequested", number}, {"ActualPartCount", std::int64_t{version.part_count}}});
}

Result<Served> find_extent(Call& call, const ObjectVersion& version, const Value& input) {
  const std::uint64_t size = version.body.size;
  if (input.has("PartNumber")) {
    if (input.has("Range"))
      return error("InvalidRequest", "Cannot specify both Range header and partNumber query parameter");
    return find_part(call, version, input.at("PartNumber").num());
  }
  if (!input.has("Range")) return Served{{0, size}};
  auto range = TRY(parse_range(input.at("Range").str(), size));
  return range ? Served{*range, true} : Served{{0, size}};
}

// "You cannot use these parameters when retrieving anonymously."
Result<void> check_overrides(const Call& call, const Value& input) {
  if (call.caller.type != kernel::Principal::Type::kAnonymous) return {};
  for (const auto& [name, value] : input.map())
    if (name.starts_with("Response"))
      return error("InvalidRequest", "Request specific response headers cannot be used for anonymous GET requests.");
  return {};
}

void apply_overrides(const Value& input, Value& output) {
  static constexpr std::pair<std::string_view, std::string_view> kOverrides[] = {
      {"ResponseCacheControl", "CacheControl"},       {"ResponseContentDisposition", "ContentDisposition"},
      {"ResponseContentEncoding", "ContentEncoding"}, {"ResponseContentLanguage", "ContentLanguage"},
      {"ResponseContentType", "ContentType"},
  };
  for (const auto& [parameter, header] : kOverrides)
    if (input.has(parameter)) output.set(header, input.at(parameter).str());
  if (input.has("ResponseExpires")) output.set("Expires", base::format_http_date(input.at("ResponseExpires").num()));
}

// All of the answer but the bytes.
Result<Value> describe(Call& call, const Bucket& bucket, const ObjectVersion& version, const Value& input,
                       const Served& served) {
  Value output(Value::Map{});
  add_description(call, bucket, version, output);
  output.set("ContentLength", static_cast<std::int64_t>(served.extent.length));
  if (served.is_range) output.set("ContentRange", content_range(served.extent, version.body.size));
  if (input.has("PartNumber") && version.part_count > 0) output.set("PartsCount", std::int64_t{version.part_count});
  if (input.at("ChecksumMode").str() == "ENABLED") {
    if (served.part_checksum) {
      add_checksum(output, *served.part_checksum);
      // "Determines how part-level checksums are combined": it is said of the object, of whatever part.
      output.set("ChecksumType", name_of(version.body.checksum.type));
    } else if (served.extent.length == version.body.size) {
      add_checksum(output, version.body.checksum);
    }
  }
  apply_overrides(input, output);
  return output;
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
Result<Out> GetObject(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const std::string& key = in.str("Key");
  TRY_VOID(check_key(key));
  TRY_VOID(check_overrides(call, in.value()));
  const ObjectVersion version = TRY(find_object(call, bucket, key, in["VersionId"]));
  TRY_VOID(check_read(read_preconditions(in.value()), version));
  if (is_archived(call, version))
    return error("InvalidObjectState", "The operation is not valid for the object's storage class",
                 Value::Map{{"StorageClass", version.storage_class}});
  TRY_VOID(check_awake(call, bucket, key, version));
  const Served served = TRY(find_extent(call, version, in.value()));
  const CustomerKey given = TRY(customer_key_of(in.value(), KeyFor::kObject));
  const ObjectKey object_key = TRY(open_object_key(call, version.encryption, {bucket.name, key}, given));
  Value output = TRY(describe(call, bucket, version, in.value(), served));
  TRY_VOID(answer_with_body(call, output, version.body, object_key, served.extent));
  note_access(call, bucket, key, version);
  return Out(std::move(output));
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
Result<Out> HeadObject(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const std::string& key = in.str("Key");
  TRY_VOID(check_key(key));
  const ObjectVersion version = TRY(find_object(call, bucket, key, in["VersionId"]));
  const CustomerKey given = TRY(customer_key_of(in.value(), KeyFor::kObject));
  TRY_VOID(check_customer_key(version.encryption, {bucket.name, key}, given));
  TRY_VOID(check_read(read_preconditions(in.value()), version));
  const Served served = TRY(find_extent(call, version, in.value()));
  Value output = TRY(describe(call, bucket, version, in.value(), served));
  const std::string_view asleep = archive_status_of(tier_of(call, bucket, key, version));
  if (!asleep.empty()) output.set("ArchiveStatus", asleep);
  return Out(std::move(output));
}

}  // namespace s3
