// The condition keys of S3. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
#include <algorithm>

#include "base/bytes.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "services/s3/access_through_points.h"
#include "services/s3/directory_buckets.h"

namespace s3 {

namespace {

using policy::Values;

// Keys that are a member of the request.
struct KeyMember {
  std::string_view key, member;
};
constexpr KeyMember kKeyMembers[] = {
    {"delimiter", "Delimiter"},
    {"if-match", "IfMatch"},
    {"if-none-match", "IfNoneMatch"},
    {"object-lock-legal-hold", "ObjectLockLegalHoldStatus"},
    {"object-lock-mode", "ObjectLockMode"},
    {"prefix", "Prefix"},
    {"versionid", "VersionId"},
    {"x-amz-acl", "ACL"},
    {"x-amz-grant-full-control", "GrantFullControl"},
    {"x-amz-grant-read", "GrantRead"},
    {"x-amz-grant-read-acp", "GrantReadACP"},
    {"x-amz-grant-write", "GrantWrite"},
    {"x-amz-grant-write-acp", "GrantWriteACP"},
    {"x-amz-metadata-directive", "MetadataDirective"},
    {"x-amz-object-ownership", "ObjectOwnership"},
    {"x-amz-server-side-encryption", "ServerSideEncryption"},
    {"x-amz-server-side-encryption-aws-kms-key-id", "SSEKMSKeyId"},
    {"x-amz-server-side-encryption-customer-algorithm", "SSECustomerAlgorithm"},
    {"x-amz-storage-class", "StorageClass"},
    {"x-amz-website-redirect-location", "WebsiteRedirectLocation"},
};

bool one_value(Values& values, std::string value) {
  values.push_back(std::move(value));
  return true;
}

// The tags a request brings: those of the header, form-encoded, or of the body.
Tags object_tags_in(const Value& input) {
  Tags tags;
  if (input.at("Tagging").is_text()) {
    for (std::string_view pair : base::split(input.at("Tagging").str(), '&')) {
      std::size_t equals = std::min(pair.find('='), pair.size());
      auto name = base::percent_decode(pair.substr(0, equals), base::Plus::kSpace);
      auto value = base::percent_decode(pair.substr(std::min(equals + 1, pair.size())), base::Plus::kSpace);
      if (name && value && !name->empty()) tags.insert_or_assign(*name, *value);
    }
  }
  for (const Value& tag : input.at("Tagging").at("TagSet").list())
    tags.insert_or_assign(tag.at("Key").str(), tag.at("Value").str());
  return tags;
}

bool find_in(const Tags& tags, std::string_view name, Values& values) {
  for (const auto& [key, value] : tags)
    if (base::equal_ignoring_case(key, name)) return one_value(values, value);
  return false;
}

// Tags of the object that is there already; of a copy, of its source.
bool find_existing_tag(Call& call, std::string_view name, Values& values) {
  const Value& input = *call.input;
  CopySource object{
      .bucket = input.at("Bucket").str(), .key = input.at("Key").str(), .version_id = input.at("VersionId").str()};
  if (input.has("CopySource")) object = parse_copy_source(input.at("CopySource").str()).value_or(object);
  auto bucket = get_bucket(call.tx, object.bucket);
  auto facts = bucket ? facts_of_object(call, *bucket, object.key, object.version_id) : std::nullopt;
  return facts && find_in(facts->tags, name, values);
}

// What says how the request was signed.
bool find_signature_key(const Call& call, std::string_view name, Values& values) {
  const kernel::Request& request = call.request;
  if (!call.is_from_outside() || request.signed_in.empty()) return false;
  if (name == "authtype") return one_value(values, request.signed_in);
  if (name == "signatureversion") return one_value(values, "AWS4-HMAC-SHA256");
  if (name == "signatureage") {
    std::int64_t age_ms = kernel::to_ms(request.received) - request.signed_ms;
    return one_value(values, std::to_string(std::max<std::int64_t>(age_ms, 0)));
  }
  if (name == "x-amz-content-sha256") return !request.payload_hash.empty() && one_value(values, request.payload_hash);
  return false;
}

bool find_retention_key(const Call& call, std::string_view name, Values& values) {
  const Value& input = *call.input;
  const Value& until = input.has("ObjectLockRetainUntilDate") ? input.at("ObjectLockRetainUntilDate")
                                                              : input.at("Retention").at("RetainUntilDate");
  if (name == "object-lock-mode" && input.at("Retention").has("Mode"))
    return one_value(values, input.at("Retention").at("Mode").str());
  if (name == "object-lock-legal-hold" && input.at("LegalHold").has("Status"))
    return one_value(values, input.at("LegalHold").at("Status").str());
  if (until.is_null()) return false;
  if (name == "object-lock-retain-until-date") return one_value(values, base::format_iso8601(until.num()));
  constexpr std::int64_t kOneDayMs = 86'400'000;
  if (name == "object-lock-remaining-retention-days")
    return one_value(values, std::to_string((until.num() - call.now_ms() + kOneDayMs - 1) / kOneDayMs));
  return false;
}

// "s3:ObjectCreationOperation": whether it makes an object or only prepares one.
bool creates_object(std::string_view operation) {
  return operation == "PutObject" || operation == "CopyObject" || operation == "CompleteMultipartUpload";
}

}  // namespace

bool find_condition_key(Call& call, std::string_view key, Values& values) {
  if (find_point_key(call, key, values) || find_directory_key(call, key, values)) return true;
  // What S3 does by itself has no request.
  if (!key.starts_with("s3:") || !call.input) return false;
  std::string_view name = key.substr(3);
  const Value& input = *call.input;
  for (const KeyMember& each : kKeyMembers)
    if (each.key == name && input.has(each.member)) return one_value(values, input.at(each.member).str());
  if (name == "max-keys") return input.has("MaxKeys") && one_value(values, std::to_string(input.at("MaxKeys").num()));
  if (name == "locationconstraint") {
    const Value& constraint = input.at("CreateBucketConfiguration").at("LocationConstraint");
    return !constraint.is_null() && one_value(values, constraint.str());
  }
  if (name == "x-amz-copy-source") {
    auto source = input.has("CopySource") ? parse_copy_source(input.at("CopySource").str()) : std::nullopt;
    return source && one_value(values, fmt::format("{}/{}", source->bucket, source->key));
  }
  if (name == "resourceaccount") {
    auto bucket = get_bucket(call.tx, input.at("Bucket").str());
    return bucket && one_value(values, bucket->account);
  }
  if (name == "objectcreationoperation")
    return one_value(values, creates_object(call.operation->name) ? "true" : "false");
  if (name == "requestobjecttagkeys") {
    for (const auto& [tag, value] : object_tags_in(input)) values.push_back(tag);
    return !values.empty();
  }
  if (name.starts_with("requestobjecttag/")) return find_in(object_tags_in(input), name.substr(17), values);
  if (name.starts_with("existingobjecttag/")) return find_existing_tag(call, name.substr(18), values);
  if (name.starts_with("buckettag/")) {
    auto bucket = get_bucket(call.tx, input.at("Bucket").str());
    return bucket && bucket->has_abac &&
           find_in(Tags(bucket->tags.begin(), bucket->tags.end()), name.substr(10), values);
  }
  if (name.starts_with("object-lock-")) return find_retention_key(call, name, values);
  return find_signature_key(call, name, values);
}

}  // namespace s3
