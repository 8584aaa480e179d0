// Making objects of uploaded parts.
#include "base/bytes.h"
#include "base/strings.h"
#include "services/s3/uploads.h"

namespace s3 {

namespace {

std::unexpected<base::Error> invalid_part(const Upload& upload, const Value& listed) {
  return error("InvalidPart",
               "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
               "specified entity tag may not match the part's entity tag.",
               Value::Map{{"UploadId", upload.id},
                          {"PartNumber", listed.at("PartNumber").num()},
                          {"ETag", std::string(unquoted(listed.at("ETag").str()))}});
}

std::string digest_of(const Value::List& listed) {
  std::string text;
  for (const Value& part : listed)
    text += fmt::format("{}:{},", part.at("PartNumber").num(), unquoted(part.at("ETag").str()));
  return base::sha256(text);
}

Result<void> check_order(const Upload& upload, const Value::List& listed) {
  std::int64_t last = 0;
  for (const Value& part : listed) {
    const std::int64_t number = part.at("PartNumber").num();
    TRY_VOID(check_part_number(number));
    if (number <= last)
      return error("InvalidPartOrder",
                   "The list of parts was not in ascending order. Parts must be ordered by part number.",
                   Value::Map{{"UploadId", upload.id}});
    last = number;
  }
  return {};
}

// "For composite checksums the request must include the checksum of each part."
Result<void> check_listed_checksum(const Upload& upload, const Value& listed, const Part& part) {
  const Value& claimed = listed.at(member_of(upload.algorithm));
  if (claimed.is_null()) {
    if (!upload.names_algorithm || upload.checksum_type != ChecksumType::kComposite) return {};
    return error("InvalidRequest",
                 fmt::format("The upload was created using a {} checksum. The complete request must include the "
                             "checksum for each part. It was missing for part {} in the request.",
                             base::to_lower(name_of(upload.algorithm)), part.number));
  }
  if (claimed.str() == base::to_base64(part.body.checksum.value)) return {};
  return invalid_part(upload, listed);
}

// The parts that make the object, in order.
Result<std::vector<Part>> find_parts(Call& call, const Upload& upload, const Value::List& listed) {
  std::vector<Part> parts;
  parts.reserve(listed.size());
  for (const Value& each : listed) {
    auto part = call.tx.get(kParts, store::key(upload.sequence, each.at("PartNumber").num()));
    if (!part || base::to_hex(part->body.tag) != unquoted(each.at("ETag").str())) return invalid_part(upload, each);
    TRY_VOID(check_listed_checksum(upload, each, *part));
    if (parts.size() + 1 < listed.size() && part->body.size < kPartBytesMin)
      return error("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
                   Value::Map{{"ProposedSize", static_cast<std::int64_t>(part->body.size)},
                              {"MinSizeAllowed", static_cast<std::int64_t>(kPartBytesMin)},
                              {"PartNumber", part->number},
                              {"ETag", base::to_hex(part->body.tag)}});
    parts.push_back(*std::move(part));
  }
  return parts;
}

// What the request says the whole must be.
Result<void> check_whole(const Value& input, const Upload& upload, const StoredBody& body) {
  if (input.has("MpuObjectSize") && input.at("MpuObjectSize").num() != static_cast<std::int64_t>(body.size))
    return error("InvalidRequest",
                 fmt::format("The provided 'x-amz-mp-object-size' header value {} does not match what was computed: {}",
                             input.at("MpuObjectSize").num(), body.size));
  const std::string& type = input.at("ChecksumType").str();
  if (!type.empty() && type != name_of(upload.checksum_type))
    return error("InvalidRequest", fmt::format("The upload was created using the {} checksum mode. The complete "
                                               "request must use the same checksum mode.",
                                               name_of(upload.checksum_type)));
  const ChecksumClaim claim = TRY(claimed_checksum(input));
  if (!claim.value) return {};
  if (claim.algorithm != upload.algorithm || *claim.value != body.checksum.value)
    return refuse_checksum(claim.algorithm);
  return {};
}

// One body of the parts, with the ETag and the checksum of the whole.
StoredBody join_parts(Call& call, const Upload& upload, const std::vector<Part>& parts) {
  std::vector<StoredBody> bodies;
  std::vector<PartChecksum> checksums;
  std::string tags;
  for (const Part& part : parts) {
    bodies.push_back(part.body);
    checksums.push_back({part.body.checksum.value, part.body.size});
    tags += part.body.tag;
  }
  StoredBody body = join_bodies(call, bodies);
  body.tag = base::md5(tags);
  body.checksum = join_checksums(upload.algorithm, upload.checksum_type, checksums);
  return body;
}

CompletedUpload remember(const Bucket& bucket, const Upload& upload, const Value::List& listed,
                         const std::vector<Part>& parts) {
  CompletedUpload completed{.id = upload.id, .bucket = bucket.id, .key = upload.key, .parts_digest = digest_of(listed)};
  for (const Part& part : parts) completed.parts.push_back({part.number, part.body.size, part.body.checksum});
  return completed;
}

// The upload is over: its rows go, and parts that are not in the object with their bodies.
void clear_upload(Call& call, const Bucket& bucket, const Upload& upload, const std::vector<Part>& used) {
  for (const Part& part : used) call.tx.erase(kParts, store::key(upload.sequence, part.number));
  erase_upload(call, bucket, upload);
}

Value completed_answer(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version) {
  Value output(Value::Map{
      {"Location", fmt::format("{}/{}/{}", call.request.base_url, bucket.name, base::percent_encode(key, "/"))},
      {"Bucket", bucket.name},
      {"Key", key},
      {"ETag", quoted(version.etag)}});
  add_checksum(output, version.body.checksum);
  add_encryption(output, version.encryption);
  add_written_version_id(output, bucket, version);
  add_expiration(call, bucket, key, version, output);
  return output;
}

// "Completing an upload again succeeds", for as long as its object is there.
Result<Out> complete_again(Call& call, const Bucket& bucket, In in) {
  const std::string& id = in.str("UploadId");
  auto sequence = sequence_of_id(id);
  auto completed = sequence ? call.tx.get(kCompletedUploads, store::key(*sequence)) : std::nullopt;
  if (!completed || completed->id != id || completed->bucket != bucket.id || completed->key != in.str("Key") ||
      completed->parts_digest != digest_of(in["MultipartUpload"].at("Parts").list()))
    return no_such_upload(id);
  auto version = get_version(call, bucket, completed->key, completed->version_id);
  if (!version || version->upload != *sequence) return no_such_upload(id);
  return Out(completed_answer(call, bucket, completed->key, *version));
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
Result<Out> CompleteMultipartUpload(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  auto found = find_upload(call, bucket, in.str("Key"), in.str("UploadId"));
  if (!found) return complete_again(call, bucket, in);
  const Upload upload = *std::move(found);
  const Value::List& listed = in["MultipartUpload"].at("Parts").list();
  if (listed.empty())
    return error("MalformedXML",
                 "The XML you provided was not well-formed or did not validate against our published schema");
  TRY_VOID(check_order(upload, listed));
  const std::vector<Part> parts = TRY(find_parts(call, upload, listed));
  TRY_VOID(check_write(in["IfMatch"], in["IfNoneMatch"], upload.key, get_current(call, bucket, upload.key)));
  const CustomerKey given = TRY(customer_key_of(in.value(), KeyFor::kObject));
  // "This parameter is required only when the object was created using a checksum algorithm."
  if (!given.bytes.empty() || (upload.encryption.kind == EncryptionKind::kCustomer && upload.names_algorithm))
    TRY(open_upload_key(call, upload.encryption, {bucket.name, upload.key}, given));

  // AWS: the object is as old as its upload: "Last-Modified: for multipart uploads, the object creation date is the
  // date of initiation of the multipart upload", and what began later stays the current version.
  ObjectVersion version{.sequence = upload.sequence, .modified_ms = upload.initiated_ms, .owner = upload.owner};
  version.storage_class = upload.storage_class;
  version.headers = upload.headers;
  version.tags = upload.tags;
  version.acl = upload.acl;
  version.lock = upload.lock;
  version.encryption = upload.encryption;
  version.body = join_parts(call, upload, parts);
  TRY_VOID(check_whole(in.value(), upload, version.body));
  version.etag = etag_of_new(call, bucket, fmt::format("{}-{}", base::to_hex(version.body.tag), parts.size()));
  version.upload = upload.sequence;
  version.part_count = static_cast<std::uint32_t>(parts.size());
  clear_upload(call, bucket, upload, parts);
  put_version(call, bucket, upload.key, version);
  CompletedUpload completed = remember(bucket, upload, listed, parts);
  completed.version_id = shown_version_id(version);
  call.tx.put(kCompletedUploads, store::key(upload.sequence), completed);
  emit_object_event(call, bucket, "ObjectCreated:CompleteMultipartUpload", upload.key, version);
  return Out(completed_answer(call, bucket, upload.key, version));
}

}  // namespace s3
