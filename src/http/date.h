#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace http {

// Dates as HTTP has them, in whole seconds since 1970-01-01T00:00:00Z.
// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string format_date(std::time_t second);
// Also reads the two obsolete forms, "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994".
std::optional<std::time_t> parse_date(std::string_view text);

}  // namespace http
