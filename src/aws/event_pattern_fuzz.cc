// Patterns and events of strangers, with a line break between: whatever they are, patterns are read or refused, and
// what is read answers the same twice. Names and values of an event make a pattern that matches it.
#include <cstdint>
#include <cstdlib>

#include "aws/event_pattern.h"
#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  auto event = base::parse_json(line == text.npos ? "{}" : text.substr(line + 1));
  if (!event) return 0;
  if (auto pattern = aws::EventPattern::parse(text.substr(0, line)))
    if (pattern->matches(*event) != pattern->matches(*event)) std::abort();
  for (const auto& [name, value] : event->map()) {
    if (value.is_map() || value.is_list() || value.is_float() || name == "$or") continue;
    const base::Value own(base::Value::Map{{name, base::Value::List{value}}});
    auto pattern = aws::EventPattern::parse(base::to_json(own));
    if (pattern && !pattern->matches(*event)) std::abort();
  }
  return 0;
}
