#include "base/zstd.h"

#include <gtest/gtest.h>
#include <zstd.h>

namespace base {
namespace {

std::string pack(const std::string& bytes) {
  std::string text(ZSTD_compressBound(bytes.size()), '\0');
  text.resize(ZSTD_compress(text.data(), text.size(), bytes.data(), bytes.size(), 3));
  return text;
}

TEST(Zstd, GivesBackWhatWasPacked) {
  std::string mixed;
  for (unsigned i = 0; i < 100'000; ++i) mixed += static_cast<char>(i * i >> 3);
  for (const std::string& bytes : {std::string(), std::string("hello"), std::string(1'000'000, 'a'),
                                   std::string(ZSTD_DStreamOutSize(), 'b'), mixed})
    EXPECT_EQ(unzstd(pack(bytes), bytes.size()), bytes);
}

TEST(Zstd, ReadsSeveralFrames) { EXPECT_EQ(unzstd(pack("one ") + pack("") + pack("two"), 100), "one two"); }

TEST(Zstd, RefusesWhatIsDamaged) {
  const std::string text = pack("hello");
  for (const std::string& bad : {std::string(), std::string("hello"), text.substr(0, text.size() - 1), text + "x"}) {
    auto bytes = unzstd(bad, 100);
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().code, "InvalidZstd");
  }
}

TEST(Zstd, StopsAtTheLimit) {
  const std::string bomb = pack(std::string(50'000'000, '\0'));
  EXPECT_EQ(unzstd(bomb, 49'999'999).error().code, "TooLarge");
  EXPECT_EQ(unzstd(bomb, 1000).error().code, "TooLarge");
  EXPECT_TRUE(unzstd(bomb, 50'000'000));
}

}  // namespace
}  // namespace base
