#include "store/key.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace store {
namespace {

using namespace std::string_literals;

TEST(Key, TextsSortAndNeverRunIntoEachOther) {
  std::vector<std::string> texts = {"",  "\0"s,  "\0\0"s, "\0\1"s, "\1"s, "\1\2"s, "\2",
                                    "a", "a\0"s, "a\0b"s, "a\1"s,  "ab",  "\xFF"};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (std::size_t j = 0; j < texts.size(); ++j) {
      EXPECT_EQ(key(texts[i]) < key(texts[j]), texts[i] < texts[j]) << i << " " << j;
      EXPECT_EQ(key(texts[i], "z") < key(texts[j], "a"), i < j) << i << " " << j;
      EXPECT_EQ(key(texts[j], "x").starts_with(key(texts[i])), i == j) << i << " " << j;
    }
  }
}

TEST(Key, NumbersSortWhateverTheirType) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int64_t> numbers = {kLeast, kLeast + 1, -65'537, -65'536, -257, -256, -255, -2,     -1,     0,
                                       1,      2,          127,     128,     255,  256,  257,  65'535, 65'536, kMost};
  for (std::int64_t left : numbers) {
    for (std::int64_t right : numbers) EXPECT_EQ(key(left) < key(right), left < right) << left << " " << right;
  }
  EXPECT_EQ(key(5), key(std::uint64_t{5}));
  EXPECT_EQ(key(5).size(), 2u);
  EXPECT_LT(key(kMost), key(std::numeric_limits<std::uint64_t>::max()));
  for (std::int64_t number : numbers) {
    std::string made = key("q", number, "end");
    KeyReader parts(made);
    EXPECT_EQ(parts.text(), "q");
    EXPECT_EQ(parts.number(), number);
    EXPECT_EQ(parts.text(), "end");
    EXPECT_TRUE(parts.ok() && parts.at_end());
  }
  std::string greatest = key(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(KeyReader(greatest).unsigned_number(), std::numeric_limits<std::uint64_t>::max());
  KeyReader too_great(greatest);
  EXPECT_EQ(too_great.number(), 0);
  EXPECT_FALSE(too_great.ok());
  std::string below_zero = key(-1);
  KeyReader unsigned_reader(below_zero);
  EXPECT_EQ(unsigned_reader.unsigned_number(), 0u);
  EXPECT_FALSE(unsigned_reader.ok());
}

TEST(Key, ReadsBackTextsOfAnyBytes) {
  for (const std::string& text : {""s, "\0"s, "\1"s, "a\0\1\2b"s, "\xFF\0"s}) {
    std::string made = key(text, text);
    KeyReader parts(made);
    EXPECT_EQ(parts.text(), text);
    EXPECT_EQ(parts.text(), text);
    EXPECT_TRUE(parts.ok() && parts.at_end());
  }
}

TEST(Key, ReaderRefusesWhatIsNoKey) {
  for (const std::string& bytes : {""s, "a"s, "\1"s, "\1\3\0"s, "\1\0"s}) {
    KeyReader reader(bytes);
    EXPECT_EQ(reader.text(), "");
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.number(), 0);
    EXPECT_FALSE(reader.ok());
  }
  for (const std::string& bytes : {""s, "\x89"s, "\x77"s, "\x81"s, "\x88\1\1\1\1\1\1\1"s}) {
    KeyReader reader(bytes);
    EXPECT_EQ(reader.number(), 0);
    EXPECT_FALSE(reader.ok());
  }
}

TEST(Key, EndOfPrefix) {
  EXPECT_EQ(end_of_prefix("ab"), "ac");
  EXPECT_EQ(end_of_prefix("a\xFF\xFF"), "b");
  EXPECT_EQ(end_of_prefix("\xFF"), "");
  EXPECT_EQ(end_of_prefix(""), "");
}

}  // namespace
}  // namespace store
