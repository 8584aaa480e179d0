#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// The parts between separators: "a,,b" has three, "" has one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);                             // without white space at either end
std::string to_lower(std::string_view text);                              // ASCII
bool equal_ignoring_case(std::string_view left, std::string_view right);  // ASCII

// The whole text as a number, or nothing.
template <class Number = std::int64_t>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

}  // namespace base
