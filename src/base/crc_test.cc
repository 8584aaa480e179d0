#include "base/crc.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace base {
namespace {

std::string noise(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 12345;
  for (char& byte : text) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return text;
}

TEST(Crc, OfJoinedTextsIsToldFromTheirOwn) {
  std::string text = noise(100'000);
  for (std::size_t cut :
       {std::size_t(0), std::size_t(1), std::size_t(7), std::size_t(4096), std::size_t(99'999), text.size()}) {
    std::string_view first = std::string_view(text).substr(0, cut), second = std::string_view(text).substr(cut);
    EXPECT_EQ(join_crc32(crc32(first), crc32(second), second.size()), crc32(text)) << cut;
    EXPECT_EQ(join_crc32c(crc32c(first), crc32c(second), second.size()), crc32c(text)) << cut;
    EXPECT_EQ(join_crc64nvme(crc64nvme(first), crc64nvme(second), second.size()), crc64nvme(text)) << cut;
  }
}

// The fast ways are taken for long texts only, and from some lengths and places on.
TEST(Crc, OfLongTextsIsThatOfTheirBytesOneByOne) {
  std::string text = noise(5'000);
  for (std::size_t begin : {0, 1, 9}) {
    for (std::size_t size : {0, 1, 15, 16, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1023, 4000}) {
      std::string_view piece = std::string_view(text).substr(begin, size);
      std::uint64_t wide = 7;
      std::uint32_t narrow = 7, castagnoli = 7;
      for (char byte : piece) {
        wide = crc64nvme({&byte, 1}, wide);
        narrow = crc32({&byte, 1}, narrow);
        castagnoli = crc32c({&byte, 1}, castagnoli);
      }
      EXPECT_EQ(crc64nvme(piece, 7), wide) << begin << " " << size;
      EXPECT_EQ(crc32(piece, 7), narrow) << begin << " " << size;
      EXPECT_EQ(crc32c(piece, 7), castagnoli) << begin << " " << size;
    }
  }
  EXPECT_EQ(crc64nvme("123456789"), 0xAE8B14860A799888u);
}

}  // namespace
}  // namespace base
