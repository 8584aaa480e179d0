#include "base/strings.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using Parts = std::vector<std::string_view>;

TEST(Strings, Split) {
  EXPECT_EQ(split("a,,b", ','), (Parts{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (Parts{""}));
  EXPECT_EQ(split(",", ','), (Parts{"", ""}));
}

TEST(Strings, Trim) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
}

TEST(Strings, Case) {
  EXPECT_EQ(to_lower("Content-MD5 \xC3\x89"), "content-md5 \xC3\x89");
  EXPECT_TRUE(equal_ignoring_case("ETag", "etag"));
  EXPECT_FALSE(equal_ignoring_case("ETag", "etags"));
  EXPECT_FALSE(equal_ignoring_case("a[", "a{"));
}

TEST(Strings, Numbers) {
  EXPECT_EQ(parse_number("-12"), -12);
  EXPECT_EQ(parse_number<std::uint8_t>("255"), 255);
  EXPECT_EQ(parse_number<std::uint8_t>("256"), std::nullopt);
  EXPECT_EQ(parse_number<double>("1.5"), 1.5);
  for (std::string_view text : {"", " 1", "1 ", "+1", "1x", "x"}) EXPECT_EQ(parse_number(text), std::nullopt) << text;
}

}  // namespace
}  // namespace base
