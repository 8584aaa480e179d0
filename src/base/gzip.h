#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

std::string gzip(std::string_view bytes);

// The bytes in a gzip text (RFC 1952), which may have several members. Error codes: "InvalidGzip" for what is damaged
// or cut short, "TooLarge" for what would be larger than `bytes_max`; no more than that is ever held.
Result<std::string> gunzip(std::string_view text, std::size_t bytes_max);

}  // namespace base
