#include "services/dynamodb/number.h"

#include <gtest/gtest.h>

#include <vector>

namespace dynamodb {
namespace {

TEST(Number, IsWrittenInOneWay) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"1", "1"},      {"+1.0", "1"}, {"-0", "0"}, {"0.00e7", "0"}, {"1e3", "1000"},   {"1.50E-3", "0.0015"},
      {"-.5", "-0.5"}, {"007", "7"},  {"5.", "5"}, {"100", "100"},  {"12.34", "12.34"}};
  for (const auto& [given, kept] : cases) EXPECT_EQ(normalise_number(given), kept) << given;
  for (const char* wrong : {"", "-", ".", "e1", "1e", "1 ", "0x1", "NaN", "1e+", "1.2.3"})
    EXPECT_FALSE(normalise_number(wrong)) << wrong;
}

TEST(Number, HasLimits) {
  EXPECT_TRUE(normalise_number("9.9999999999999999999999999999999999999E+125"));
  EXPECT_FALSE(normalise_number("1E126"));
  EXPECT_TRUE(normalise_number("1E-130"));
  EXPECT_FALSE(normalise_number("1E-131"));
  EXPECT_TRUE(normalise_number(std::string(38, '9')));
  EXPECT_FALSE(normalise_number(std::string(39, '9')));
  EXPECT_TRUE(normalise_number(std::string(38, '9') + "000"));
}

TEST(Number, SortsAsItsKeyDoes) {
  const std::vector<std::string> ordered{"-1000", "-999.5", "-10", "-9.5", "-1", "-0.5", "-0.05", "0",  "0.05",
                                         "0.5",   "1",      "1.5", "2",    "9",  "10",   "10.5",  "99", "1000"};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      std::string left, right;
      append_ordered_number(left, ordered[i]);
      append_ordered_number(right, ordered[j]);
      EXPECT_EQ(left < right, i < j) << ordered[i] << " " << ordered[j];
      EXPECT_EQ(compare_numbers(ordered[i], ordered[j]) < 0, i < j) << ordered[i] << " " << ordered[j];
    }
  }
}

TEST(Number, AddsExactly) {
  EXPECT_EQ(add_numbers("0.1", "0.2"), "0.3");
  EXPECT_EQ(add_numbers("1", "10000000000000000000000"), "10000000000000000000001");
  EXPECT_EQ(subtract_numbers("10000000000000000000000", "1"), "9999999999999999999999");
  EXPECT_EQ(subtract_numbers("1.5", "1.5"), "0");
  EXPECT_EQ(add_numbers("-5", "0.25"), "-4.75");
  EXPECT_FALSE(add_numbers("1" + std::string(50, '0'), "1"));
}

TEST(Number, TakesTheSizeOfItsDigits) {
  EXPECT_EQ(number_size("0"), 1u);
  EXPECT_EQ(number_size("7"), 2u);
  EXPECT_EQ(number_size("-12.345"), 5u);
  EXPECT_EQ(number_size("100"), 2u);
}

}  // namespace
}  // namespace dynamodb
