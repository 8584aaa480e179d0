#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// Text forms of bytes. Decoders answer nothing where the text is not of the form.
std::string to_hex(std::string_view bytes);                  // lower case
std::optional<std::string> from_hex(std::string_view text);  // either case
std::string to_base64(std::string_view bytes);               // padded, standard alphabet
// The standard alphabet; padding is required and white space refused.
std::optional<std::string> from_base64(std::string_view text);
std::string to_base64url(std::string_view bytes);                  // no padding
std::optional<std::string> from_base64url(std::string_view text);  // none expected
std::string to_base32(std::string_view bytes);                     // RFC 4648, upper case, no padding
std::optional<std::string> from_base32(std::string_view text);     // either case; padding may be there

// Percent-encoding as SigV4 wants it: all but A-Z a-z 0-9 - _ . ~ become %XX (upper case). `keep` names further bytes
// to leave alone (for paths: "/").
std::string percent_encode(std::string_view text, std::string_view keep = {});
// `plus`: whether '+' means a space (form bodies and query strings of browsers) or itself.
enum class Plus { kItself, kSpace };
std::optional<std::string> percent_decode(std::string_view text, Plus plus = Plus::kItself);

// Hashes (OpenSSL), as raw bytes.
std::string sha256(std::string_view bytes);
std::string sha1(std::string_view bytes);
std::string md5(std::string_view bytes);
std::string hmac_sha1(std::string_view key, std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::uint32_t crc32(std::string_view bytes, std::uint32_t seed = 0);   // IEEE
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);  // Castagnoli
std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t seed = 0);

// Whether two texts are the same, in a time that does not depend on where they differ.
bool equal_in_constant_time(std::string_view left, std::string_view right);

// Whole numbers as 8 bytes whose byte order is their numeric order (for keys).
std::string to_ordered(std::uint64_t number);
std::uint64_t from_ordered(std::string_view bytes);

// Whether `text` is valid UTF-8.
bool is_utf8(std::string_view text);
// The length in bytes of the character `text` begins with, or 0 where that is no valid UTF-8 (or nothing).
std::size_t utf8_character_length(std::string_view text);
// Appends the UTF-8 form of a code point (up to U+10FFFF).
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace base
