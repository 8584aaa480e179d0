#include "base/zstd.h"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>

namespace base {

Result<std::string> unzstd(std::string_view text, std::size_t bytes_max) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
  std::string bytes, buffer(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  for (;;) {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    const std::size_t wanted = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(wanted)) return fail("InvalidZstd", "The Zstandard data is damaged.");
    if (out.pos > bytes_max - bytes.size())
      return fail("TooLarge", fmt::format("The Zstandard data holds more than {} bytes.", bytes_max));
    bytes.append(buffer, 0, out.pos);
    if (in.pos < in.size) continue;
    if (wanted == 0 && !text.empty()) return bytes;
    if (out.pos < out.size) return fail("InvalidZstd", "The Zstandard data is cut short.");
  }
}

}  // namespace base
