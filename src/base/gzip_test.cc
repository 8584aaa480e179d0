#include "base/gzip.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Gzip, GivesBackWhatItTook) {
  std::string mixed;
  for (unsigned i = 0; i < 100'000; ++i) mixed += static_cast<char>(i * i >> 3);
  for (const std::string& bytes : {std::string(), std::string("hello"), std::string(1'000'000, 'a'), mixed})
    EXPECT_EQ(gunzip(gzip(bytes), bytes.size()), bytes);
}

TEST(Gzip, ReadsSeveralMembers) { EXPECT_EQ(gunzip(gzip("one ") + gzip("") + gzip("two"), 100), "one two"); }

TEST(Gzip, RefusesWhatIsDamaged) {
  std::string text = gzip("hello");
  std::string damaged = text;
  damaged[damaged.size() - 6] ^= 1;
  for (const std::string& bad :
       {std::string(), std::string("hello"), text.substr(0, text.size() - 1), text + "x", damaged}) {
    auto bytes = gunzip(bad, 100);
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().code, "InvalidGzip");
  }
}

TEST(Gzip, StopsAtTheLimit) {
  std::string bomb = gzip(std::string(50'000'000, '\0'));
  EXPECT_EQ(gunzip(bomb, 49'999'999).error().code, "TooLarge");
  EXPECT_EQ(gunzip(bomb, 1000).error().code, "TooLarge");
  EXPECT_TRUE(gunzip(bomb, 50'000'000));
  EXPECT_TRUE(gunzip(gzip(""), 0));
}

}  // namespace
}  // namespace base
