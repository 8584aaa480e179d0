// What is sealed comes back whole however it was cut, and nothing else opens.
#include <cstdint>
#include <cstdlib>

#include "base/frames.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string key(32, 'k');
  std::string_view text(reinterpret_cast<const char*>(data) + 3, size - 3);
  // A length around a frame's end, made of the input again and again.
  std::string long_text;
  while (long_text.size() < base::kFrameBytes - 4 + data[0] && !text.empty()) long_text += text;
  base::FrameSealer sealer(key);
  std::string sealed;
  std::size_t step = 1 + data[1] * 997u;
  for (std::size_t at = 0; at < long_text.size(); at += step)
    sealer.add(std::string_view(long_text).substr(at, step), sealed);
  sealer.finish(sealed);
  if (sealed != base::seal_frames(key, long_text) || sealed.size() != base::sealed_size(long_text.size())) std::abort();

  base::FrameOpener opener(key, long_text.size());
  std::string opened;
  std::uint64_t index = 0;
  for (std::size_t at = 0; at < sealed.size(); at += base::kSealedFrameBytes)
    if (!opener.open(index++, std::string_view(sealed).substr(at, base::kSealedFrameBytes), opened)) std::abort();
  if (opened != long_text) std::abort();
  // The input itself was sealed by nobody.
  if (opener.open(data[2] % (index + 1), text, opened)) std::abort();
  return 0;
}
