#include "base/qr_code.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace base {
namespace {

std::string drawn(const QrModules& modules) {
  std::string text;
  for (const auto& row : modules) {
    for (bool is_dark : row) text += is_dark ? '#' : '.';
    text += '\n';
  }
  return text;
}

TEST(QrCode, GrowsWithItsText) {  // capacities of level L in byte mode, from the standard's table 7
  EXPECT_EQ(qr_code(std::string(17, 'a'))->size(), 21u);
  EXPECT_EQ(qr_code(std::string(18, 'a'))->size(), 25u);
  EXPECT_EQ(qr_code(std::string(230, 'a'))->size(), 53u);
  EXPECT_EQ(qr_code(std::string(231, 'a'))->size(), 57u);
  EXPECT_EQ(qr_code(std::string(858, 'a'))->size(), 97u);
  EXPECT_EQ(qr_code(std::string(859, 'a')), std::nullopt);
}

TEST(QrCode, HasItsPatterns) {
  const std::string code = drawn(*qr_code("hello"));
  EXPECT_TRUE(code.starts_with("#######.")) << code;
  EXPECT_EQ(code.substr(22 * 6, 22), "#######.#.#.#.#######\n");
}

TEST(QrCode, PictureIsAPng) {
  const std::string png = qr_code_png(*qr_code("hello"), 4);
  EXPECT_TRUE(png.starts_with("\x89PNG\r\n\x1A\n"));
  EXPECT_EQ(to_hex(png.substr(16, 8)), "0000007400000074");  // (21 + 2 * 4) * 4 pixels either way
  EXPECT_TRUE(png.ends_with("IEND\xAE\x42\x60\x82"));
}

}  // namespace
}  // namespace base
