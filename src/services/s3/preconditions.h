#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/s3/state.h"

// If-Match and its sisters. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
namespace s3 {

// What a request wants to be true; null: nothing said.
struct Preconditions {
  Value if_match, if_none_match;                 // texts
  Value if_modified_since, if_unmodified_since;  // times
  std::string_view header_prefix = "";           // of the names in errors: "x-amz-copy-source-"
};

// Of a read. Errors: PreconditionFailed, NotModified with the headers it must have.
Result<void> check_read(const Preconditions& wanted, const ObjectVersion& version);
// Of a copy's source, which answers PreconditionFailed only.
Result<void> check_source(const Preconditions& wanted, const ObjectVersion& version);
// Of a write to a key whose current version is `current`: If-None-Match: *, and If-Match with an ETag. Errors:
// PreconditionFailed, NoSuchKey, NotImplemented (If-None-Match with an ETag).
Result<void> check_write(const Value& if_match, const Value& if_none_match, std::string_view key,
                         const std::optional<ObjectVersion>& current);

// Whether an ETag is in a list of them ("*" is any); quoted or not.
bool matches_etag(std::string_view list, std::string_view etag);
// Without quotes, as far as there are any.
std::string_view unquoted(std::string_view etag);
std::string quoted(std::string_view etag);

}  // namespace s3
