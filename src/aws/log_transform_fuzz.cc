// Transformers of strangers: whatever they are, they are refused, or make JSON of any event, or nothing.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/log_transform.h"
#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The processors, a line break, and the message.
  const std::size_t line_end = text.find('\n');
  const std::string_view message = line_end == text.npos ? "" : text.substr(line_end + 1);
  const auto config = base::parse_json(text.substr(0, line_end));
  if (!config) return 0;
  const auto transformer = aws::LogTransformer::read(*config);
  if (!transformer) {
    if (transformer.error().code != "InvalidParameterException" && transformer.error().code != "NotImplemented")
      std::abort();
    return 0;
  }
  const auto made = transformer->transform(message, {.group = "g", .stream = "s", .account = "a", .region = "r"});
  if (made && !made->starts_with('{')) std::abort();
  return 0;
}
