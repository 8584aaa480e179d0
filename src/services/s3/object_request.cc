// Reads what requests say about the object they make.
#include "services/s3/object_request.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/strings.h"

namespace s3 {

namespace {

constexpr std::int64_t kLockDayMs = 86'400'000;
constexpr std::int64_t kDaysOfYear = 365;

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// "The allowed characters are letters, whitespace and numbers representable in UTF-8, and + - = . _ : / @."
bool is_tag_text(std::string_view text) {
  return base::is_utf8(text) && std::ranges::all_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte >= 0x80 || std::isalnum(byte) ||
                  std::string_view(" +-=._:/@\t\n\r").find(c) != std::string_view::npos;
         });
}

Result<void> add_tag(Tags& tags, std::string key, std::string value) {
  if (key.empty() || count_characters(key) > kTagKeyCharactersMax || !is_tag_text(key))
    return error("InvalidTag", "The TagKey you have provided is invalid", Value::Map{{"TagKey", key}});
  if (base::to_lower(key).starts_with("aws:"))
    return error("InvalidTag", "System tags cannot be added/updated by requester", Value::Map{{"TagKey", key}});
  if (count_characters(value) > kTagValueCharactersMax || !is_tag_text(value))
    return error("InvalidTag", "The TagValue you have provided is invalid",
                 Value::Map{{"TagKey", key}, {"TagValue", value}});
  if (tags.contains(key))
    return error("InvalidTag", "Cannot provide multiple Tags with the same key", Value::Map{{"TagKey", key}});
  tags.emplace(std::move(key), std::move(value));
  return {};
}

Result<void> check_tag_count(std::size_t count) {
  if (count <= kTagsMax) return {};
  return error("BadRequest", "Object tags cannot be greater than 10");
}

Result<void> check_metadata(const Metadata& metadata) {
  std::size_t size = 0;
  for (const auto& [name, value] : metadata) size += name.size() + value.size();
  if (size <= kMetadataBytesMax) return {};
  return error("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size",
               Value::Map{{"Size", static_cast<std::int64_t>(size)},
                          {"MaxSizeAllowed", static_cast<std::int64_t>(kMetadataBytesMax)}});
}

std::unexpected<base::Error> invalid_lock(std::string message, std::string_view header, std::string_view value) {
  return error("InvalidArgument", std::move(message), Value::Map{{"ArgumentName", header}, {"ArgumentValue", value}});
}

bool asks_for_lock(const Value& input) {
  return input.has("ObjectLockMode") || input.has("ObjectLockRetainUntilDate") ||
         input.has("ObjectLockLegalHoldStatus");
}

}  // namespace

Result<void> check_key(std::string_view key) {
  if (key.size() > kKeyBytesMax)
    return error("KeyTooLongError", "Your key is too long",
                 Value::Map{{"Size", static_cast<std::int64_t>(key.size())},
                            {"MaxSizeAllowed", static_cast<std::int64_t>(kKeyBytesMax)}});
  if (!base::is_utf8(key)) return error("InvalidURI", "Couldn't parse the specified URI.");
  return {};
}

Result<ObjectHeaders> read_headers(const Value& input) {
  ObjectHeaders headers{.content_type = input.at("ContentType").str(),
                        .cache_control = input.at("CacheControl").str(),
                        .content_disposition = input.at("ContentDisposition").str(),
                        .content_encoding = input.at("ContentEncoding").str(),
                        .content_language = input.at("ContentLanguage").str(),
                        .expires = input.at("Expires").str(),
                        .website_redirect = input.at("WebsiteRedirectLocation").str(),
                        .metadata = {}};
  for (const auto& [name, value] : input.at("Metadata").map()) headers.metadata[base::to_lower(name)] = value.str();
  TRY_VOID(check_metadata(headers.metadata));
  const std::string& redirect = headers.website_redirect;
  if (!redirect.empty() && !redirect.starts_with('/') && !redirect.starts_with("http://") &&
      !redirect.starts_with("https://"))
    return error("InvalidRedirectLocation",
                 "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");
  return headers;
}

Result<std::string> read_storage_class(const Bucket& bucket, const Value& input) {
  static constexpr std::string_view kClasses[] = {"REDUCED_REDUNDANCY",  "STANDARD_IA", "ONEZONE_IA",
                                                  "INTELLIGENT_TIERING", "GLACIER",     "DEEP_ARCHIVE",
                                                  "GLACIER_IR"};
  const std::string& name = input.at("StorageClass").str();
  if (bucket.kind == BucketKind::kDirectory) {
    if (name.empty() || name == "EXPRESS_ONEZONE") return "EXPRESS_ONEZONE";
  } else {
    if (name.empty() || name == "STANDARD") return "";
    if (std::ranges::find(kClasses, name) != std::end(kClasses)) return name;
  }
  return error("InvalidStorageClass", "The storage class you specified is not valid",
               Value::Map{{"StorageClassRequested", name}});
}

Result<Tags> read_tagging_header(const Value& input) {
  Tags tags;
  const std::string& header = input.at("Tagging").str();
  if (header.empty()) return tags;
  std::size_t count = 0;
  for (std::string_view pair : base::split(header, '&')) {
    if (pair.empty()) continue;
    std::size_t equals = pair.find('=');
    auto key = base::percent_decode(pair.substr(0, equals), base::Plus::kSpace);
    auto value =
        equals == pair.npos ? std::string() : base::percent_decode(pair.substr(equals + 1), base::Plus::kSpace);
    if (!key || !value || tags.contains(*key))
      return error("InvalidArgument",
                   "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without "
                   "tag name duplicates.",
                   Value::Map{{"ArgumentName", "x-amz-tagging"}, {"ArgumentValue", header}});
    TRY_VOID(check_tag_count(++count));
    TRY_VOID(add_tag(tags, *std::move(key), *std::move(value)));
  }
  return tags;
}

Result<Tags> read_tag_set(const Value& tagging) {
  if (!tagging.has("TagSet"))
    return error("MalformedXML",
                 "The XML you provided was not well-formed or did not validate against our published schema");
  const Value::List& list = tagging.at("TagSet").list();
  TRY_VOID(check_tag_count(list.size()));
  Tags tags;
  for (const Value& tag : list) TRY_VOID(add_tag(tags, tag.at("Key").str(), tag.at("Value").str()));
  return tags;
}

Value show_tag_set(const Tags& tags) {
  Value::List list;
  for (const auto& [key, value] : tags) list.push_back(Value::Map{{"Key", key}, {"Value", value}});
  return list;
}

ObjectLock default_lock(Call& call, const Bucket& bucket) {
  if (!bucket.default_retention || bucket.default_retention->mode.empty()) return {};
  const DefaultRetention& rule = *bucket.default_retention;
  const std::int64_t days = rule.years > 0 ? rule.years * kDaysOfYear : rule.days;
  return {.mode = rule.mode, .retain_until_ms = call.now_ms() + days * kLockDayMs, .legal_hold = {}};
}

Result<ObjectLock> read_lock(Call& call, const Bucket& bucket, const Value& input) {
  if (!bucket.has_object_lock) {
    if (asks_for_lock(input)) return error("InvalidRequest", "Bucket is missing Object Lock Configuration");
    return ObjectLock{};
  }
  ObjectLock lock = default_lock(call, bucket);
  const std::string& mode = input.at("ObjectLockMode").str();
  const Value& until = input.at("ObjectLockRetainUntilDate");
  if (mode.empty() != until.is_null())
    return invalid_lock("x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
                        mode.empty() ? "x-amz-object-lock-mode" : "x-amz-object-lock-retain-until-date", "");
  if (!mode.empty()) {
    if (mode != "GOVERNANCE" && mode != "COMPLIANCE")
      return invalid_lock("Unknown wormMode directive.", "x-amz-object-lock-mode", mode);
    if (until.num() <= call.now_ms())
      return invalid_lock("The retain until date must be in the future!", "x-amz-object-lock-retain-until-date", "");
    lock.mode = mode;
    lock.retain_until_ms = until.num();
  }
  const std::string& hold = input.at("ObjectLockLegalHoldStatus").str();
  if (!hold.empty() && hold != "ON" && hold != "OFF")
    return invalid_lock("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", hold);
  lock.legal_hold = hold;
  return lock;
}

std::string owner_of_new(const Call& call, const Bucket& bucket, const Value& input) {
  if (!bucket.has_acls() || call.caller.account.empty()) return bucket.account;
  // "The bucket owner owns the objects if they are uploaded with the bucket-owner-full-control canned ACL."
  if (bucket.ownership == Ownership::kBucketOwnerPreferred && input.at("ACL").str() == "bucket-owner-full-control")
    return bucket.account;
  return call.caller.account;
}

Result<ObjectVersion> read_object(Call& call, const Bucket& bucket, const Value& input) {
  TRY_VOID(check_key(input.at("Key").str()));
  for (std::string_view name :
       {"ObjectLockEventHold", "ObjectLockEventHoldDurationDays", "ObjectLockEventHoldDurationYears"})
    if (input.has(name))
      return error("NotImplemented", "A header you provided implies functionality that is not implemented");
  ObjectVersion version;
  version.owner = owner_of_new(call, bucket, input);
  version.storage_class = TRY(read_storage_class(bucket, input));
  version.headers = TRY(read_headers(input));
  version.tags = TRY(read_tagging_header(input));
  version.lock = TRY(read_lock(call, bucket, input));
  return version;
}

void add_version_id(Value& output, const Bucket& bucket, const ObjectVersion& version) {
  if (bucket.versioning != Versioning::kNever) output.set("VersionId", shown_version_id(version));
}

void add_written_version_id(Value& output, const Bucket& bucket, const ObjectVersion& version) {
  if (bucket.versioning == Versioning::kEnabled) output.set("VersionId", shown_version_id(version));
}

}  // namespace s3
