// What is read must be written so that it reads the same again.
#include <cstdint>
#include <cstdlib>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto value = base::parse_json({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  std::string text = base::to_json(*value);
  auto again = base::parse_json(text);
  if (!again || base::to_json(*again) != text) std::abort();
  return 0;
}
