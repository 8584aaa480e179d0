// Filter patterns of strangers: whatever they are, they are refused or can be matched with anything.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/log_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A pattern, a line break, and the message.
  const std::size_t line_end = text.find('\n');
  const std::string_view message = line_end == text.npos ? "" : text.substr(line_end + 1);
  const auto pattern = aws::LogPattern::parse(text.substr(0, line_end));
  if (!pattern) {
    if (pattern.error().code != "InvalidParameterException") std::abort();
    return 0;
  }
  const bool matches = pattern->matches(message);
  const auto extracted = pattern->extract(message);
  // Fields are only there in a message that matches, and each is found again by its name.
  if (!matches && !text.starts_with('{') && !extracted.empty() && text.find('{') == text.npos) std::abort();
  for (const auto& [name, value] : extracted) {
    if (!pattern->value_of(message, name)) std::abort();
  }
  return 0;
}
