#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// Text forms of points in time, which are whole milliseconds since 1970-01-01T00:00:00Z (leap seconds not counted).
// Formatters clamp what lies outside the years 0000 to 9999; parsers answer nothing where the text is not of the form,
// and drop digits after the milliseconds.

// 2023-01-02T03:04:05Z, with milliseconds (05.678Z) when there are any.
std::string format_iso8601(std::int64_t time_ms);
// The same, or with any number of digits in the fraction, an offset (+01:00, +0100, +01), no zone (then UTC), a space
// or lower-case letters for T and Z, or only the date.
std::optional<std::int64_t> parse_iso8601(std::string_view text);

// Mon, 02 Jan 2023 03:04:05 GMT; whole seconds, as HTTP wants.
std::string format_http_date(std::int64_t time_ms);
// The same, or with a fraction of a second, a day of one digit, a numeric zone (+0100), or without the day of the week.
std::optional<std::int64_t> parse_http_date(std::string_view text);

// 1672628645, with up to three digits after the point when there are milliseconds.
std::string format_epoch_seconds(std::int64_t time_ms);
// Any decimal number, also with an exponent; rounded to milliseconds.
std::optional<std::int64_t> parse_epoch_seconds(std::string_view text);
// A number of seconds as milliseconds; nothing for NaN, infinities and what is too far away to count in milliseconds.
std::optional<std::int64_t> seconds_to_ms(double seconds);

// Whichever of the three forms above it is: for places where AWS takes any of them.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

// 20230102T030405Z, the form of Signature Version 4.
std::string format_basic_time(std::int64_t time_ms);
std::optional<std::int64_t> parse_basic_time(std::string_view text);
// 20230102
std::string format_basic_date(std::int64_t time_ms);

}  // namespace base
