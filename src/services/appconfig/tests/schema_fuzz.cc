// A schema and a document of strangers, a line each: whatever they are, they are compared in the end.
#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "services/appconfig/schema.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  auto schema = base::parse_json(text.substr(0, line));
  auto document = base::parse_json(line == text.npos ? "{}" : text.substr(line + 1));
  if (schema && document) appconfig::validate_schema(*schema, *document);
  return 0;
}
