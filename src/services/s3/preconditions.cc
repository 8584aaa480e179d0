#include "services/s3/preconditions.h"

#include "base/strings.h"

namespace s3 {

namespace {

std::unexpected<base::Error> precondition_failed(std::string_view prefix, std::string_view name) {
  return error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
               Value::Map{{"Condition", fmt::format("{}{}", prefix, name)}});
}

std::unexpected<base::Error> not_modified(const ObjectVersion& version) {
  Value::Map details{{"ETag", quoted(version.etag)}, {"LastModified", version.modified_ms}};
  if (!version.version_id.empty()) details.emplace_back("VersionId", version.version_id);
  return error("NotModified", "Not Modified", Value(std::move(details)));
}

// HTTP dates have whole seconds.
std::int64_t second_of(std::int64_t time_ms) { return time_ms / 1000; }

bool is_modified_since(const ObjectVersion& version, const Value& time) {
  return second_of(version.modified_ms) > second_of(time.num());
}

// If-Match has the last word over If-Unmodified-Since.
Result<void> check_unchanged(const Preconditions& wanted, const ObjectVersion& version) {
  if (!wanted.if_match.is_null()) {
    if (!matches_etag(wanted.if_match.str(), version.etag))
      return precondition_failed(wanted.header_prefix, "If-Match");
    return {};
  }
  if (!wanted.if_unmodified_since.is_null() && is_modified_since(version, wanted.if_unmodified_since))
    return precondition_failed(wanted.header_prefix, "If-Unmodified-Since");
  return {};
}

}  // namespace

std::string_view unquoted(std::string_view etag) {
  etag = base::trim(etag);
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.starts_with('"')) etag.remove_prefix(1);
  if (etag.ends_with('"')) etag.remove_suffix(1);
  return etag;
}

std::string quoted(std::string_view etag) { return fmt::format("\"{}\"", etag); }

bool matches_etag(std::string_view list, std::string_view etag) {
  for (std::string_view each : base::split(list, ','))
    if (base::trim(each) == "*" || unquoted(each) == etag) return true;
  return false;
}

Result<void> check_read(const Preconditions& wanted, const ObjectVersion& version) {
  TRY_VOID(check_unchanged(wanted, version));
  if (!wanted.if_none_match.is_null()) {
    if (matches_etag(wanted.if_none_match.str(), version.etag)) return not_modified(version);
    return {};
  }
  if (!wanted.if_modified_since.is_null() && !is_modified_since(version, wanted.if_modified_since))
    return not_modified(version);
  return {};
}

Result<void> check_source(const Preconditions& wanted, const ObjectVersion& version) {
  TRY_VOID(check_unchanged(wanted, version));
  if (!wanted.if_none_match.is_null()) {
    if (matches_etag(wanted.if_none_match.str(), version.etag))
      return precondition_failed(wanted.header_prefix, "If-None-Match");
    return {};
  }
  if (!wanted.if_modified_since.is_null() && !is_modified_since(version, wanted.if_modified_since))
    return precondition_failed(wanted.header_prefix, "If-Modified-Since");
  return {};
}

Result<void> check_write(const Value& if_match, const Value& if_none_match, std::string_view key,
                         const std::optional<ObjectVersion>& current) {
  const bool exists = current && !current->is_delete_marker;
  if (!if_none_match.is_null()) {
    // "Amazon S3 only supports the asterisk for uploads that must not overwrite."
    if (base::trim(if_none_match.str()) != "*")
      return error(
          "NotImplemented", "A header you provided implies functionality that is not implemented",
          Value::Map{{"Header", "If-None-Match"},
                     {"additionalMessage", "We don't accept the provided value of If-None-Match header for this API"}});
    if (exists) return precondition_failed("", "If-None-Match");
  }
  if (!if_match.is_null()) {
    if (!exists) return error("NoSuchKey", "The specified key does not exist.", Value::Map{{"Key", key}});
    if (!matches_etag(if_match.str(), current->etag)) return precondition_failed("", "If-Match");
  }
  return {};
}

}  // namespace s3
