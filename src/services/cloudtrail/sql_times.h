#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Times in queries: texts "2026-01-01 00:00:00.000", in UTC, so that they compare as they should.
namespace cloudtrail {

std::string sql_time(std::int64_t time_ms);
std::optional<std::int64_t> parse_sql_time(std::string_view text);
// A literal that is a whole time is brought into that form; anything else stays.
std::string as_time_literal(const std::string& text);

// The functions of the same names. Units: millisecond … year; nothing for an unknown one.
std::optional<std::int64_t> add_to_time(std::string_view unit, std::int64_t count, std::int64_t time_ms);
std::optional<std::int64_t> truncate_time(std::string_view unit, std::int64_t time_ms);
std::optional<std::int64_t> time_difference(std::string_view unit, std::int64_t from_ms, std::int64_t to_ms);
std::string format_sql_time(std::int64_t time_ms, std::string_view format);  // MySQL's %Y-%m-%d

}  // namespace cloudtrail
