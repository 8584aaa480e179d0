#include "services/s3/object_answer.h"

#include "base/time_text.h"

#include <algorithm>

#include "base/bytes.h"
#include "services/s3/over_time.h"

namespace s3 {

namespace {

void set_text(Value& output, std::string_view name, const std::string& text) {
  if (!text.empty()) output.set(name, text);
}

// "This header is only returned if the requester has the permission."
bool may(Call& call, std::string_view action, const Bucket& bucket, std::string_view key) {
  return call.authorize(action, bucket.arn_of(key)).has_value();
}

void add_lock(Call& call, const Bucket& bucket, const ObjectVersion& version, Value& output) {
  const std::string& key = call.input->at("Key").str();
  if (!version.lock.mode.empty() && may(call, "s3:GetObjectRetention", bucket, key)) {
    output.set("ObjectLockMode", version.lock.mode);
    output.set("ObjectLockRetainUntilDate", version.lock.retain_until_ms);
  }
  if (!version.lock.legal_hold.empty() && may(call, "s3:GetObjectLegalHold", bucket, key))
    output.set("ObjectLockLegalHoldStatus", version.lock.legal_hold);
}

void add_restoration(Call& call, const ObjectVersion& version, Value& output) {
  const Restoration& restoration = version.restoration;
  if (restoration.requested_ms == 0) return;
  if (call.now_ms() < restoration.ready_ms)
    output.set("Restore", "ongoing-request=\"true\"");
  else if (call.now_ms() < restoration.expires_ms)
    output.set("Restore", fmt::format("ongoing-request=\"false\", expiry-date=\"{}\"",
                                      base::format_http_date(restoration.expires_ms)));
}

}  // namespace

std::string header_text(std::string_view value) {
  if (std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7f; })) return std::string(value);
  return fmt::format("=?UTF-8?B?{}?=", base::to_base64(value));
}

std::optional<CompletedUpload> get_parts(Call& call, const ObjectVersion& version) {
  if (version.upload == 0) return std::nullopt;
  return call.tx.get(kCompletedUploads, store::key(version.upload));
}

void add_description(Call& call, const Bucket& bucket, const ObjectVersion& version, Value& output) {
  const ObjectHeaders& headers = version.headers;
  output.set("AcceptRanges", "bytes");
  output.set("LastModified", version.modified_ms);
  output.set("ETag", quoted(version.etag));
  output.set("ContentType", headers.content_type.empty() ? "binary/octet-stream" : headers.content_type);
  set_text(output, "CacheControl", headers.cache_control);
  set_text(output, "ContentDisposition", headers.content_disposition);
  set_text(output, "ContentEncoding", headers.content_encoding);
  set_text(output, "ContentLanguage", headers.content_language);
  set_text(output, "Expires", headers.expires);
  set_text(output, "WebsiteRedirectLocation", headers.website_redirect);
  Value::Map metadata;
  for (const auto& [name, value] : headers.metadata) metadata.emplace_back(name, header_text(value));
  if (!metadata.empty()) output.set("Metadata", std::move(metadata));
  add_version_id(output, bucket, version);
  set_text(output, "StorageClass", version.storage_class);
  set_text(output, "ReplicationStatus", version.replication_status);
  if (!version.tags.empty() && may(call, "s3:GetObjectTagging", bucket, call.input->at("Key").str()))
    output.set("TagCount", static_cast<std::int64_t>(version.tags.size()));
  add_lock(call, bucket, version, output);
  add_restoration(call, version, output);
  add_expiration(call, bucket, call.input->at("Key").str(), version, output);
  add_encryption(output, version.encryption);
}

void add_expiration(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version,
                    Value& output) {
  // "The response includes this header if an object expiration is configured"; older versions expire otherwise.
  if (version.noncurrent_since_ms == 0) set_text(output, "Expiration", expiration_of(call, bucket, key, version));
}

Preconditions read_preconditions(const Value& input) {
  return {.if_match = input.at("IfMatch"),
          .if_none_match = input.at("IfNoneMatch"),
          .if_modified_since = input.at("IfModifiedSince"),
          .if_unmodified_since = input.at("IfUnmodifiedSince")};
}

}  // namespace s3
