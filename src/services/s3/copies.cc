// Copying objects.
#include "base/bytes.h"
#include "services/s3/acl.h"
#include "services/s3/copy_source.h"
#include "services/s3/intelligent_tiering.h"

namespace s3 {

namespace {

constexpr std::string_view kToItself =
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes.";

enum class Directive { kCopy, kReplace };

Result<Directive> read_directive(const Value& value, std::string message, std::string_view header) {
  if (value.str().empty() || value.str() == "COPY") return Directive::kCopy;
  if (value.str() == "REPLACE") return Directive::kReplace;
  return error("InvalidArgument", std::move(message),
               Value::Map{{"ArgumentName", header}, {"ArgumentValue", value.str()}});
}

bool asks_for_encryption(const Value& input) {
  return input.has("ServerSideEncryption") || input.has("SSEKMSKeyId") || input.has("SSECustomerAlgorithm");
}

Result<void> check_copy_to_itself(const SourceObject& source, const Bucket& bucket, const Value& input,
                                  Directive directive) {
  const bool is_itself = source.bucket.id == bucket.id && source.key == input.at("Key").str();
  if (!is_itself || source.is_of_version || directive == Directive::kReplace) return {};
  // Naming them is enough, even as they are; so is a bucket whose encryption its owner has set.
  const bool names_class = input.has("StorageClass") || input.has("WebsiteRedirectLocation");
  if (names_class || asks_for_encryption(input) || bucket.encryption.is_set) return {};
  return error("InvalidRequest", std::string(kToItself));
}

// The object to be made, of what the source has and the request replaces.
Result<ObjectVersion> describe_copy(Call& call, const Bucket& bucket, const SourceObject& source, const Value& input,
                                    Directive metadata) {
  const Directive tagging =
      TRY(read_directive(input.at("TaggingDirective"), "Unknown tagging directive.", "x-amz-tagging-directive"));
  ObjectVersion copy = TRY(read_object(call, bucket, input));
  if (metadata == Directive::kCopy) {
    // The redirect of a website is never copied.
    std::string redirect = std::move(copy.headers.website_redirect);
    copy.headers = source.version.headers;
    copy.headers.website_redirect = std::move(redirect);
  }
  if (tagging == Directive::kCopy && !source.version.tags.empty()) {
    TRY_VOID(call.authorize(source.is_of_version ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging",
                            source.bucket.arn_of(source.key)));
    TRY_VOID(call.authorize("s3:PutObjectTagging", bucket.arn_of(input.at("Key").str())));
  }
  if (tagging == Directive::kCopy) copy.tags = source.version.tags;
  copy.acl = TRY(acl_of_new(call, bucket, input, AclOf::kObject));
  return copy;
}

Result<ChecksumAlgorithm> read_algorithm(const Value& input, const ObjectVersion& source) {
  const std::string& name = input.at("ChecksumAlgorithm").str();
  if (name.empty()) {
    // A composite checksum says nothing of the whole that the copy is.
    const Checksum& checksum = source.body.checksum;
    const bool is_kept = checksum.algorithm != ChecksumAlgorithm::kNone && checksum.type == ChecksumType::kFullObject;
    return is_kept ? checksum.algorithm : ChecksumAlgorithm::kCrc64nvme;
  }
  if (auto algorithm = algorithm_named(name)) return *algorithm;
  return error("InvalidRequest",
               "Checksum algorithm provided is unsupported. Please try again with any of the valid "
               "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
}

Value show_copy(Call& call, const Bucket& bucket, const SourceObject& source, const ObjectVersion& copy) {
  Value result(Value::Map{{"ETag", quoted(copy.etag)}, {"LastModified", copy.modified_ms}});
  add_checksum(result, copy.body.checksum);
  Value output(Value::Map{{"CopyObjectResult", std::move(result)}});
  add_source_version(output, source);
  add_encryption(output, copy.encryption);
  add_written_version_id(output, bucket, copy);
  add_expiration(call, bucket, call.input->at("Key").str(), copy, output);
  return output;
}

}  // namespace

Result<SourceObject> find_source(Call& call, const Value& input) {
  const std::string& text = input.at("CopySource").str();
  auto named = parse_copy_source(text);
  if (!named)
    return error("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
                 Value::Map{{"ArgumentName", "x-amz-copy-source"}, {"ArgumentValue", text}});
  SourceObject source{.bucket = TRY(find_bucket(call, named->bucket)), .key = named->key, .version = {}};
  source.is_of_version = !named->version_id.empty();
  TRY_VOID(check_key(source.key));
  auto version =
      find_object(call, source.bucket, source.key, source.is_of_version ? Value(named->version_id) : Value());
  if (!version && version.error().code == "MethodNotAllowed")
    return error("InvalidRequest",
                 "The source of a copy request may not specifically refer to a delete marker by "
                 "version id.");
  source.version = TRY(std::move(version));
  TRY_VOID(check_source({.if_match = input.at("CopySourceIfMatch"),
                         .if_none_match = input.at("CopySourceIfNoneMatch"),
                         .if_modified_since = input.at("CopySourceIfModifiedSince"),
                         .if_unmodified_since = input.at("CopySourceIfUnmodifiedSince"),
                         .header_prefix = "x-amz-copy-source-"},
                        source.version));
  const Tier tier = tier_of(call, source.bucket, source.key, source.version);
  if (is_archived(call, source.version) || is_asleep(tier))
    return error("ObjectNotInActiveTierError",
                 "The source object of the COPY operation is not in the active tier and is only stored in Amazon S3 "
                 "Glacier.");
  note_access(call, source.bucket, source.key, source.version);
  return source;
}

Result<ObjectKey> open_source(Call& call, const SourceObject& source, const Value& input) {
  const CustomerKey given = TRY(customer_key_of(input, KeyFor::kCopySource));
  return open_object_key(call, source.version.encryption, {source.bucket.name, source.key}, given);
}

void add_source_version(Value& output, const SourceObject& source) {
  if (source.bucket.versioning != Versioning::kNever)
    output.set("CopySourceVersionId", shown_version_id(source.version));
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
Result<Out> CopyObject(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const std::string& key = in.str("Key");
  const Value& input = in.value();
  const Directive directive =
      TRY(read_directive(in["MetadataDirective"], "Unknown metadata directive.", "x-amz-metadata-directive"));
  TRY_VOID(check_key(key));
  const SourceObject source = TRY(find_source(call, input));
  TRY_VOID(check_copy_to_itself(source, bucket, input, directive));
  if (source.version.body.size > kSinglePutBytesMax)
    return error(
        "InvalidRequest",
        fmt::format("The specified copy source is larger than the maximum allowable size for a copy source: {}",
                    kSinglePutBytesMax));
  ObjectVersion copy = TRY(describe_copy(call, bucket, source, input, directive));
  const EncryptionChoice choice = TRY(choose_encryption(call, input, bucket.encryption, {bucket.name, key}));
  const ChecksumAlgorithm algorithm = TRY(read_algorithm(input, source.version));
  TRY_VOID(check_write(in["IfMatch"], in["IfNoneMatch"], key, get_current(call, bucket, key)));

  const ObjectKey from = TRY(open_source(call, source, input));
  ObjectKey to = TRY(make_object_key(call, choice, {bucket.name, key}));
  copy.body = TRY(copy_body(call, source.version.body, from, to, {0, source.version.body.size}, algorithm));
  copy.etag = etag_of_new(call, bucket, base::to_hex(copy.body.tag));
  copy.encryption = std::move(to.encryption);
  put_version(call, bucket, key, copy);
  emit_object_event(call, bucket, "ObjectCreated:Copy", key, copy);
  return Out(show_copy(call, bucket, source, copy));
}

}  // namespace s3
