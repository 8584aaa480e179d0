#include "base/bytes.h"

#include <gtest/gtest.h>

#include <thread>

namespace base {
namespace {

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST(Bytes, Hex) {
  EXPECT_EQ(to_hex(std::string_view("\x00\x7F\xFF", 3)), "007fff");
  EXPECT_EQ(from_hex("007FfF"), std::string("\x00\x7F\xFF", 3));
  EXPECT_EQ(from_hex(""), "");
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("0g"), std::nullopt);
  EXPECT_EQ(from_hex(to_hex(all_bytes())), all_bytes());
}

TEST(Bytes, Base64) {  // RFC 4648, section 10
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("foob"), "Zm9vYg==");
  EXPECT_EQ(to_base64url("\xFB\xFF"), "-_8");
  for (std::size_t length = 0; length <= 256; ++length)
    EXPECT_EQ(from_base64(to_base64(all_bytes().substr(0, length))), all_bytes().substr(0, length));
}

TEST(Bytes, Base64RefusesOtherTexts) {
  for (std::string_view text :
       {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zg==Zg==", "Z g=", "Zm9v\n", "Zm-v", "Zm_v", "Zm9\xFF"})
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

TEST(Bytes, Base32) {  // RFC 4648, section 10
  EXPECT_EQ(to_base32(""), "");
  EXPECT_EQ(to_base32("f"), "MY");
  EXPECT_EQ(to_base32("fo"), "MZXQ");
  EXPECT_EQ(to_base32("foo"), "MZXW6");
  EXPECT_EQ(to_base32("foob"), "MZXW6YQ");
  EXPECT_EQ(to_base32("fooba"), "MZXW6YTB");
  EXPECT_EQ(to_base32("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(from_base32("mzxw6ytboi======"), "foobar");
  EXPECT_EQ(from_base32("MZ1W"), std::nullopt);
  for (std::size_t length = 0; length <= 256; ++length)
    EXPECT_EQ(from_base32(to_base32(all_bytes().substr(0, length))), all_bytes().substr(0, length));
}

TEST(Bytes, PercentEncoding) {
  EXPECT_EQ(percent_encode("aZ09-_.~ /+%\xC3\xA9"), "aZ09-_.~%20%2F%2B%25%C3%A9");
  EXPECT_EQ(percent_encode("a/b c", "/"), "a/b%20c");
  EXPECT_EQ(percent_decode("a%20b+c%2f"), "a b+c/");
  EXPECT_EQ(percent_decode("a%20b+c", Plus::kSpace), "a b c");
  EXPECT_EQ(percent_decode("%"), std::nullopt);
  EXPECT_EQ(percent_decode("%2"), std::nullopt);
  EXPECT_EQ(percent_decode("%2x"), std::nullopt);
  EXPECT_EQ(percent_decode(percent_encode(all_bytes())), all_bytes());
}

TEST(Bytes, Hashes) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  std::string elsewhere;
  std::thread([&] { elsewhere = to_hex(md5("abc")); }).join();
  EXPECT_EQ(elsewhere, to_hex(md5("abc")));
}

TEST(Bytes, HmacSha1) {  // RFC 2202
  EXPECT_EQ(to_hex(hmac_sha1("Jefe", "what do ya want for nothing?")), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(to_hex(hmac_sha1(std::string(80, '\xAA'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(Bytes, Hmac) {  // RFC 4231, cases 1, 2 and 6
  EXPECT_EQ(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Bytes, Checksums) {  // the check values of the catalogue of CRC algorithms
  EXPECT_EQ(crc32("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc64nvme("123456789"), 0xAE8B14860A799888u);
  EXPECT_EQ(crc32(""), 0u);
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc64nvme(""), 0u);
}

TEST(Bytes, ChecksumsGoOnFromASeed) {
  std::string bytes = all_bytes();
  for (std::size_t cut : {0, 1, 7, 8, 9, 100, 255, 256}) {
    std::string_view head = std::string_view(bytes).substr(0, cut), tail = std::string_view(bytes).substr(cut);
    EXPECT_EQ(crc32(tail, crc32(head)), crc32(bytes));
    EXPECT_EQ(crc32c(tail, crc32c(head)), crc32c(bytes));
    EXPECT_EQ(crc64nvme(tail, crc64nvme(head)), crc64nvme(bytes));
  }
  EXPECT_EQ(crc32({}, 5), 5u);
}

TEST(Bytes, ChecksumsOfTextsOfAnyLength) {
  std::string text;
  std::uint32_t each = 0;  // a byte at a time
  for (int size = 0; size < 400; ++size) {
    ASSERT_EQ(crc32(text), each) << size;
    ASSERT_EQ(crc32(std::string_view(text).substr(text.size() / 2), crc32(std::string_view(text).substr(0, size / 2))),
              each);
    text.push_back(static_cast<char>(size * 37 + size / 7));
    each = crc32(std::string_view(text).substr(text.size() - 1), each);
  }
}

TEST(Bytes, ConstantTimeEquality) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST(Bytes, OrderedNumbers) {
  EXPECT_EQ(to_hex(to_ordered(0x0102030405060708)), "0102030405060708");
  EXPECT_LT(to_ordered(255), to_ordered(256));
  for (std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}})
    EXPECT_EQ(from_ordered(to_ordered(number)), number);
}

TEST(Bytes, Utf8) {
  std::string text;
  for (std::uint32_t code : {0x24u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFFu, 0x10000u, 0x10FFFFu}) {
    append_utf8(text, code);
    EXPECT_TRUE(is_utf8(text)) << code;
  }
  for (std::string_view bytes :
       {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xE1\x80", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF", "\xF0\x90\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "12345678\xC3"})
    EXPECT_FALSE(is_utf8(bytes)) << to_hex(bytes);
  EXPECT_EQ(utf8_character_length("\xE2\x82\xAC"), 3u);
  EXPECT_EQ(utf8_character_length("\xE2\x82"), 0u);
  EXPECT_EQ(utf8_character_length(""), 0u);
}

}  // namespace
}  // namespace base
