#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

// The bytes in a Zstandard text (RFC 8878), which may have several frames. Error codes: "InvalidZstd" for what is
// damaged or cut short, "TooLarge" for what would be larger than `bytes_max`; no more than that is ever held.
Result<std::string> unzstd(std::string_view text, std::size_t bytes_max);

}  // namespace base
