#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/s3/body.h"

// Which bytes of an object a request is about.
namespace s3 {

// What a Range header asks of an object of `size` bytes (RFC 9110 section 14). Nothing where it is none that S3 looks
// at: of another form or unit, or of several ranges. "The requested range is not satisfiable": InvalidRange.
Result<std::optional<Extent>> parse_range(std::string_view header, std::uint64_t size);

// x-amz-copy-source-range, "bytes=first-last" and in no other form. Errors: InvalidArgument.
Result<Extent> parse_copy_range(std::string_view header, std::uint64_t size);

// "bytes 0-9/100"
std::string content_range(const Extent& extent, std::uint64_t size);

}  // namespace s3
