// What is read must be written so that it reads the same again.
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "base/cbor.h"

namespace {

// Whether all texts are UTF-8. Blobs are read as texts, but cannot be written as such and read again.
bool is_all_utf8(const base::Value& value) {
  for (const auto& item : value.list())
    if (!is_all_utf8(item)) return false;
  for (const auto& [name, member] : value.map())
    if (!is_all_utf8(member)) return false;
  return base::is_utf8(value.str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto value = base::parse_cbor({reinterpret_cast<const char*>(data), size});
  if (!value || !is_all_utf8(*value)) return 0;
  std::string bytes = base::to_cbor(*value);
  auto again = base::parse_cbor(bytes);
  if (!again || base::to_cbor(*again) != bytes) std::abort();
  return 0;
}
