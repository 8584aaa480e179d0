// Archives of unknown origin: whatever they say, reading them ends, and gives no more than they promise.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto reader = base::ZipReader::open({reinterpret_cast<const char*>(data), size});
  if (!reader) return 0;
  for (const base::ZipEntry& entry : reader->entries()) {
    if (entry.size > 1 << 20) continue;
    auto content = reader->read(entry);
    if (content && content->size() > entry.size) std::abort();
  }
  return 0;
}
