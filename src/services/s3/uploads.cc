// Beginning uploads in parts, their parts, and giving them up.
#include "services/s3/uploads.h"

#include "base/bytes.h"
#include "base/strings.h"
#include "services/s3/acl.h"
#include "services/s3/copy_source.h"
#include "services/s3/ranges.h"

namespace s3 {

namespace {

std::unexpected<base::Error> unsupported_algorithm() {
  return error("InvalidRequest",
               "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, "
               "CRC32C, CRC64NVME, SHA1, SHA256]");
}

// Which checksum the object will have. "If you don't specify one, S3 computes CRC64NVME of the full object."
Result<void> read_checksum(const Value& input, Upload& upload) {
  const std::string& name = input.at("ChecksumAlgorithm").str();
  const std::string& type = input.at("ChecksumType").str();
  if (name.empty()) {
    if (type.empty()) return {};
    return error("InvalidRequest",
                 "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
                 "header.");
  }
  auto algorithm = algorithm_named(name);
  if (!algorithm) return unsupported_algorithm();
  upload.algorithm = *algorithm;
  upload.names_algorithm = true;
  upload.checksum_type = usual_type(*algorithm);
  if (type.empty()) return {};
  if (type != "FULL_OBJECT" && type != "COMPOSITE")
    return error("InvalidRequest", "Value for x-amz-checksum-type header is invalid.");
  upload.checksum_type = type == "COMPOSITE" ? ChecksumType::kComposite : ChecksumType::kFullObject;
  if (is_allowed(*algorithm, upload.checksum_type)) return {};
  return error("InvalidRequest", fmt::format("The {} checksum type cannot be used with the {} checksum algorithm.",
                                             type, base::to_lower(name)));
}

// The checksum a part brings must be the upload's.
Result<void> check_part_checksum(const Value& input, const Upload& upload) {
  const ChecksumClaim claim = TRY(claimed_checksum(input));
  if (claim.algorithm == ChecksumAlgorithm::kNone || claim.algorithm == upload.algorithm || !upload.names_algorithm)
    return {};
  return error("InvalidRequest",
               fmt::format("Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                           base::to_lower(name_of(upload.algorithm)), base::to_lower(name_of(claim.algorithm))));
}

void put_part(Call& call, const Upload& upload, const Part& part) {
  const std::string row = store::key(upload.sequence, part.number);
  if (auto replaced = call.tx.get(kParts, row)) drop_body(call, replaced->body);
  call.tx.put(kParts, row, part);
}

}  // namespace

std::unexpected<base::Error> no_such_upload(const std::string& id) {
  return error("NoSuchUpload",
               "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
               "or completed.",
               Value::Map{{"UploadId", id}});
}

Result<Upload> find_upload(Call& call, const Bucket& bucket, std::string_view key, const std::string& id) {
  auto sequence = sequence_of_id(id);
  if (!sequence) return no_such_upload(id);
  auto upload = call.tx.get(kUploads, store::key(bucket.id, key, *sequence));
  if (!upload || upload->id != id) return no_such_upload(id);
  return *std::move(upload);
}

Result<void> check_part_number(std::int64_t number) {
  if (number >= 1 && number <= kPartNumberMax) return {};
  return error("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive",
               Value::Map{{"ArgumentName", "partNumber"}, {"ArgumentValue", fmt::format("{}", number)}});
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
Result<Out> CreateMultipartUpload(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const std::string& key = in.str("Key");
  ObjectVersion version = TRY(read_object(call, bucket, in.value()));
  Upload upload{.key = key, .initiated_ms = call.now_ms(), .owner = version.owner, .initiator = call.caller.arn};
  TRY_VOID(read_checksum(in.value(), upload));
  upload.acl = TRY(acl_of_new(call, bucket, in.value(), AclOf::kObject));
  const EncryptionChoice choice = TRY(choose_encryption(call, in.value(), bucket.encryption, {bucket.name, key}));
  ObjectKey object_key = TRY(make_object_key(call, choice, {bucket.name, key}));

  upload.sequence = call.next_sequence();
  upload.id = make_id(call, upload.sequence);
  upload.storage_class = std::move(version.storage_class);
  upload.headers = std::move(version.headers);
  upload.tags = std::move(version.tags);
  upload.lock = std::move(version.lock);
  upload.encryption = std::move(object_key.encryption);
  call.tx.put(kUploads, store::key(bucket.id, key, upload.sequence), upload);

  Value output(Value::Map{{"Bucket", bucket.name}, {"Key", key}, {"UploadId", upload.id}});
  if (upload.names_algorithm) {
    output.set("ChecksumAlgorithm", name_of(upload.algorithm));
    output.set("ChecksumType", name_of(upload.checksum_type));
  }
  add_encryption(output, upload.encryption);
  return Out(std::move(output));
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
Result<Out> UploadPart(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  TRY_VOID(check_part_number(in.num("PartNumber")));
  const Upload upload = TRY(find_upload(call, bucket, in.str("Key"), in.str("UploadId")));
  TRY_VOID(check_part_checksum(in.value(), upload));
  const CustomerKey given = TRY(customer_key_of(in.value(), KeyFor::kObject));
  const ObjectKey object_key = TRY(open_upload_key(call, upload.encryption, {bucket.name, upload.key}, given));
  Part part{.number = in.num("PartNumber"), .modified_ms = call.now_ms(), .body = {}};
  part.body = TRY(take_request_body(call, object_key, {.bytes_max = kPartBytesMax, .algorithm = upload.algorithm}));
  put_part(call, upload, part);

  Value output(Value::Map{{"ETag", quoted(base::to_hex(part.body.tag))}});
  add_checksum(output, part.body.checksum);
  output.erase("ChecksumType");
  add_encryption(output, upload.encryption);
  return Out(std::move(output));
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
Result<Out> UploadPartCopy(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const Value& input = in.value();
  TRY_VOID(check_part_number(in.num("PartNumber")));
  const Upload upload = TRY(find_upload(call, bucket, in.str("Key"), in.str("UploadId")));
  const SourceObject source = TRY(find_source(call, input));
  Extent extent{0, source.version.body.size};
  if (in.has("CopySourceRange")) extent = TRY(parse_copy_range(in.str("CopySourceRange"), extent.length));
  if (extent.length > kPartBytesMax)
    return error(
        "InvalidRequest",
        fmt::format("The specified copy source is larger than the maximum allowable size for a copy source: {}",
                    kPartBytesMax));
  const CustomerKey given = TRY(customer_key_of(input, KeyFor::kObject));
  const ObjectKey to = TRY(open_upload_key(call, upload.encryption, {bucket.name, upload.key}, given));
  const ObjectKey from = TRY(open_source(call, source, input));
  Part part{.number = in.num("PartNumber"), .modified_ms = call.now_ms(), .body = {}};
  part.body = TRY(copy_body(call, source.version.body, from, to, extent, upload.algorithm));
  put_part(call, upload, part);

  Value result(Value::Map{{"ETag", quoted(base::to_hex(part.body.tag))}, {"LastModified", part.modified_ms}});
  add_checksum(result, part.body.checksum);
  result.erase("ChecksumType");
  Value output(Value::Map{{"CopyPartResult", std::move(result)}});
  add_source_version(output, source);
  add_encryption(output, upload.encryption);
  return Out(std::move(output));
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
Result<Out> AbortMultipartUpload(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const Upload upload = TRY(find_upload(call, bucket, in.str("Key"), in.str("UploadId")));
  const Value& initiated = in["IfMatchInitiatedTime"];
  if (!initiated.is_null() && initiated.num() / 1000 != upload.initiated_ms / 1000)
    return error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
                 Value::Map{{"Condition", "x-amz-if-match-initiated-time"}});
  erase_upload(call, bucket, upload);
  return Out{};
}

}  // namespace s3
