#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace base {
namespace {

TEST(Random, TheSameSeedGivesTheSameNumbers) {
  SeededDice one(7), same(7), other(8);
  EXPECT_EQ(one.next(), same.next());
  EXPECT_NE(one.next(), other.next());
}

TEST(Random, StaysBelowTheBound) {
  SeededDice dice(1);
  std::array<int, 6> counts{};
  for (int i = 0; i < 6000; ++i) ++counts[dice.below(6)];
  for (int count : counts) EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ(dice.below(1), 0u);
}

TEST(Random, Texts) {
  SecureDice dice;
  EXPECT_EQ(random_text(dice, 20, kDigitsAndUpperCase).size(), 20u);
  EXPECT_EQ(random_text(dice, 100, kHexDigits).find_first_not_of(kHexDigits), std::string::npos);
  EXPECT_EQ(random_bytes(dice, 13).size(), 13u);
  EXPECT_EQ(random_bytes(dice, 0), "");
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(random_text(dice, 16)).second);
}

TEST(Random, Uuids) {
  SeededDice dice(3);
  for (int i = 0; i < 100; ++i) {
    std::string uuid = random_uuid(dice);
    ASSERT_EQ(uuid.size(), 36u);
    for (std::size_t at : {8, 13, 18, 23}) EXPECT_EQ(uuid[at], '-');
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
  }
}

}  // namespace
}  // namespace base
