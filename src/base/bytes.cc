#include "base/bytes.h"

#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <memory>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace base {

namespace {

constexpr char kHexLower[] = "0123456789abcdef";
constexpr char kHexUpper[] = "0123456789ABCDEF";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::uint8_t byte_at(std::string_view text, std::size_t index) { return static_cast<std::uint8_t>(text[index]); }

// The value of a hexadecimal digit, or -1.
int hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

constexpr std::array<std::int8_t, 256> make_base64_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 64; ++i) values[static_cast<std::uint8_t>(kBase64[i])] = static_cast<std::int8_t>(i);
  return values;
}

constexpr auto kBase64Values = make_base64_values();

enum class Padding { kNone, kFull };

std::string encode_base64(std::string_view bytes, const char* alphabet, Padding padding) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    std::uint32_t group = byte_at(bytes, at) << 16 | byte_at(bytes, at + 1) << 8 | byte_at(bytes, at + 2);
    char letters[4] = {alphabet[group >> 18], alphabet[group >> 12 & 63], alphabet[group >> 6 & 63],
                       alphabet[group & 63]};
    text.append(letters, 4);
  }
  std::size_t rest = bytes.size() - at;
  if (rest == 0) return text;
  std::uint32_t group = byte_at(bytes, at) << 16 | (rest == 2 ? byte_at(bytes, at + 1) << 8 : 0);
  text += alphabet[group >> 18];
  text += alphabet[group >> 12 & 63];
  if (rest == 2) text += alphabet[group >> 6 & 63];
  if (padding == Padding::kFull) text.append(rest == 2 ? "=" : "==");
  return text;
}

constexpr std::array<bool, 256> make_unreserved() {
  std::array<bool, 256> unreserved{};
  for (int letter = 0; letter < 256; ++letter)
    unreserved[letter] = (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
                         (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.' ||
                         letter == '~';
  return unreserved;
}

constexpr auto kUnreserved = make_unreserved();

// OpenSSL's functions for each algorithm: for a small text its general ones (EVP) take half as long again.
template <class Context, std::size_t kDigestBytes>
std::string digest_of(std::string_view bytes, int (*begin)(Context*), int (*add)(Context*, const void*, std::size_t),
                      int (*finish)(unsigned char*, Context*)) {
  Context context;
  std::string digest(kDigestBytes, '\0');
  begin(&context);
  add(&context, bytes.data(), bytes.size());
  finish(reinterpret_cast<unsigned char*>(digest.data()), &context);
  return digest;
}

constexpr std::array<std::uint32_t, 256> make_crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    table[i] = crc;
  }
  return table;
}

constexpr auto kCrc32cTable = make_crc32c_table();

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t crc) {
  for (char byte : bytes) crc = kCrc32cTable[(crc ^ static_cast<std::uint8_t>(byte)) & 0xFF] ^ crc >> 8;
  return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(std::string_view bytes, std::uint32_t crc) {
  const char* at = bytes.data();
  const char* end = at + bytes.size();
  std::uint64_t wide = crc;
  for (; end - at >= 8; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; at != end; ++at) crc = _mm_crc32_u8(crc, static_cast<std::uint8_t>(*at));
  return crc;
}
#endif

#ifdef __x86_64__
// Moves the 16 bytes of `sum` to where the 16 of `next` stand, modulo the polynomial; `by` says how far.
__attribute__((target("pclmul,sse4.1"))) __m128i fold_crc(__m128i sum, __m128i by, __m128i next) {
  const __m128i low = _mm_clmulepi64_si128(sum, by, 0x00), high = _mm_clmulepi64_si128(sum, by, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// CRC-32 of 64 bytes and more by carry-less multiplication: 64 bytes at a time are multiplied by what moving them to
// the end of the next 64 means, which leaves 16 bytes of the same remainder as all of them.
__attribute__((target("pclmul,sse4.1"))) std::uint32_t crc32_by_folding(std::string_view bytes, std::uint32_t seed) {
  auto load = [](const char* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); };
  // x^(n+32) and x^(n-32) modulo the polynomial, bits reflected: n is 512, then 128.
  const __m128i far = _mm_set_epi64x(0x1C6E41596, 0x154442BD4), near = _mm_set_epi64x(0x0CCAA009E, 0x1751997D0);
  const char* at = bytes.data();
  const char* end = at + bytes.size();
  __m128i sums[4];
  for (int i = 0; i < 4; ++i) sums[i] = load(at + 16 * i);
  sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi32_si128(static_cast<int>(~seed)));
  for (at += 64; end - at >= 64; at += 64)
    for (int i = 0; i < 4; ++i) sums[i] = fold_crc(sums[i], far, load(at + 16 * i));
  __m128i sum = sums[0];
  for (int i = 1; i < 4; ++i) sum = fold_crc(sum, near, sums[i]);
  for (; end - at >= 16; at += 16) sum = fold_crc(sum, near, load(at));
  unsigned char last[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(last), sum);
  const auto crc = ::crc32_z(0xFFFFFFFF, last, sizeof last);  // the seed is in the sums already
  return static_cast<std::uint32_t>(
      ::crc32_z(crc, reinterpret_cast<const unsigned char*>(at), static_cast<std::size_t>(end - at)));
}
#endif

// Table k gives the effect of a byte that stands k bytes before the end of a group of eight.
using Crc64Tables = std::array<std::array<std::uint64_t, 256>, 8>;

constexpr Crc64Tables make_crc64_tables() {
  Crc64Tables tables{};
  for (std::uint64_t i = 0; i < 256; ++i) {
    std::uint64_t crc = i;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ (crc & 1 ? 0x9A6C9329AC4BC9B5u : 0);  // the NVMe polynomial, reflected
    tables[0][i] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t i = 0; i < 256; ++i) {
      std::uint64_t crc = tables[k - 1][i];
      tables[k][i] = tables[0][crc & 0xFF] ^ crc >> 8;
    }
  return tables;
}

constexpr Crc64Tables kCrc64Tables = make_crc64_tables();

bool is_continuation(std::uint8_t byte) { return (byte & 0xC0) == 0x80; }

// The length of the well-formed sequence of two or more bytes at `at`, or 0 (Unicode 15, table 3-7).
std::size_t utf8_sequence(const std::uint8_t* at, std::size_t left) {
  std::uint8_t first = at[0];
  if (first < 0xC2 || left < 2 || !is_continuation(at[1])) return 0;
  if (first < 0xE0) return 2;
  if (left < 3 || !is_continuation(at[2])) return 0;
  if (first < 0xF0) {
    if ((first == 0xE0 && at[1] < 0xA0) || (first == 0xED && at[1] > 0x9F)) return 0;
    return 3;
  }
  if (first > 0xF4 || left < 4 || !is_continuation(at[3])) return 0;
  if ((first == 0xF0 && at[1] < 0x90) || (first == 0xF4 && at[1] > 0x8F)) return 0;
  return 4;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string text(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = kHexLower[byte_at(bytes, i) >> 4];
    text[2 * i + 1] = kHexLower[byte_at(bytes, i) & 15];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2) return std::nullopt;
  std::string bytes(text.size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string to_base64(std::string_view bytes) { return encode_base64(bytes, kBase64, Padding::kFull); }
std::string to_base32(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (count += 8; count >= 5; count -= 5) text += kAlphabet[(bits >> (count - 5)) & 31];
  }
  if (count > 0) text += kAlphabet[(bits << (5 - count)) & 31];
  return text;
}

std::optional<std::string> from_base32(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    std::uint32_t digit = 0;
    if (c >= 'A' && c <= 'Z') {
      digit = static_cast<std::uint32_t>(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      digit = static_cast<std::uint32_t>(c - 'a');
    } else if (c >= '2' && c <= '7') {
      digit = static_cast<std::uint32_t>(c - '2' + 26);
    } else {
      return std::nullopt;
    }
    bits = (bits << 5) | digit;
    if ((count += 5) >= 8) bytes += static_cast<char>((bits >> (count -= 8)) & 0xFF);
  }
  return bytes;
}

std::string to_base64url(std::string_view bytes) { return encode_base64(bytes, kBase64Url, Padding::kNone); }

std::optional<std::string> from_base64url(std::string_view text) {
  std::string standard(text);
  for (char& c : standard) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  standard.append((4 - standard.size() % 4) % 4, '=');
  return from_base64(standard);
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4) return std::nullopt;
  if (text.empty()) return std::string();
  std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string_view letters = text.substr(0, text.size() - padding);
  std::string bytes(text.size() / 4 * 3 - padding, '\0');
  char* out = bytes.data();
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    int value = kBase64Values[byte_at(letters, i)];
    if (value < 0) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    if (i % 4 == 3) {
      for (int shift : {16, 8, 0}) *out++ = static_cast<char>(group >> shift);
      group = 0;
    }
  }
  // Bits left over before the padding are ignored, as most decoders (and AWS's) do.
  if (padding == 1) {
    *out++ = static_cast<char>(group >> 10);
    *out = static_cast<char>(group >> 2);
  } else if (padding == 2) {
    *out = static_cast<char>(group >> 4);
  }
  return bytes;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  std::string result;
  result.reserve(text.size() + text.size() / 4);
  for (char letter : text) {
    auto byte = static_cast<std::uint8_t>(letter);
    if (kUnreserved[byte] || keep.find(letter) != std::string_view::npos) {
      result += letter;
    } else {
      char escape[3] = {'%', kHexUpper[byte >> 4], kHexUpper[byte & 15]};
      result.append(escape, 3);
    }
  }
  return result;
}

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
  auto is_special = [&](char letter) { return letter == '%' || (letter == '+' && plus == Plus::kSpace); };
  auto plain_end = std::find_if(text.begin(), text.end(), is_special);
  std::string result;
  result.reserve(text.size());
  result.assign(text.begin(), plain_end);
  for (std::size_t i = result.size(); i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3) return std::nullopt;
      int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      result += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      result += text[i] == '+' && plus == Plus::kSpace ? ' ' : text[i];
    }
  }
  return result;
}

std::string sha256(std::string_view bytes) {
  return digest_of<SHA256_CTX, SHA256_DIGEST_LENGTH>(bytes, SHA256_Init, SHA256_Update, SHA256_Final);
}

std::string sha1(std::string_view bytes) {
  return digest_of<SHA_CTX, SHA_DIGEST_LENGTH>(bytes, SHA1_Init, SHA1_Update, SHA1_Final);
}

std::string md5(std::string_view bytes) {
  return digest_of<MD5_CTX, MD5_DIGEST_LENGTH>(bytes, MD5_Init, MD5_Update, MD5_Final);
}

// RFC 2104.
std::string hmac_sha1(std::string_view key, std::string_view bytes) {
  constexpr std::size_t kBlock = 64;
  std::string inner(key.size() > kBlock ? sha1(key) : std::string(key));
  inner.resize(kBlock, '\0');
  std::string outer = inner;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  return sha1(outer + sha1(inner.append(bytes)));
}

// OpenSSL's own HMAC entry points look the algorithm up on every call, which costs several times the hashing (RFC
// 2104).
std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  constexpr std::size_t kBlock = 64;
  std::array<unsigned char, kBlock> inner{}, outer{};
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256_CTX context;
  if (key.size() > kBlock) {
    SHA256_Init(&context);
    SHA256_Update(&context, key.data(), key.size());
    SHA256_Final(inner.data(), &context);
  } else if (!key.empty()) {
    std::memcpy(inner.data(), key.data(), key.size());
  }
  for (std::size_t i = 0; i < kBlock; ++i) {
    outer[i] = inner[i] ^ 0x5C;
    inner[i] = inner[i] ^ 0x36;
  }
  SHA256_Init(&context);
  SHA256_Update(&context, inner.data(), kBlock);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest, &context);
  SHA256_Init(&context);
  SHA256_Update(&context, outer.data(), kBlock);
  SHA256_Update(&context, digest, sizeof digest);
  SHA256_Final(digest, &context);
  return std::string(reinterpret_cast<char*>(digest), sizeof digest);
}

std::uint32_t crc32(std::string_view bytes, std::uint32_t seed) {
  if (bytes.empty()) return seed;  // zlib takes a null pointer for a wish to start anew
#ifdef __x86_64__
  static const bool has_instruction = __builtin_cpu_supports("pclmul") != 0;
  if (bytes.size() >= 64 && has_instruction) return crc32_by_folding(bytes, seed);
#endif
  return static_cast<std::uint32_t>(
      ::crc32_z(seed, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("sse4.2")) return ~crc32c_by_instruction(bytes, ~seed);
#endif
  return ~crc32c_by_table(bytes, ~seed);
}

std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t seed) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t crc = ~seed;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    word ^= crc;
    const auto& tables = kCrc64Tables;
    crc = tables[7][word & 0xFF] ^ tables[6][word >> 8 & 0xFF] ^ tables[5][word >> 16 & 0xFF] ^
          tables[4][word >> 24 & 0xFF] ^ tables[3][word >> 32 & 0xFF] ^ tables[2][word >> 40 & 0xFF] ^
          tables[1][word >> 48 & 0xFF] ^ tables[0][word >> 56];
  }
  for (; at < bytes.size(); ++at) crc = kCrc64Tables[0][(crc ^ byte_at(bytes, at)) & 0xFF] ^ crc >> 8;
  return ~crc;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string to_ordered(std::uint64_t number) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(number >> (56 - 8 * i));
  return bytes;
}

std::uint64_t from_ordered(std::string_view bytes) {
  assert(bytes.size() >= 8);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | byte_at(bytes, i);
  return number;
}

bool is_utf8(std::string_view text) {
  auto* at = reinterpret_cast<const std::uint8_t*>(text.data());
  auto* end = at + text.size();
  while (at != end) {
    if (end - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      if (!(word & 0x8080808080808080u)) {
        at += 8;
        continue;
      }
    }
    if (*at < 0x80) {
      ++at;
      continue;
    }
    std::size_t length = utf8_sequence(at, static_cast<std::size_t>(end - at));
    if (!length) return false;
    at += length;
  }
  return true;
}

std::size_t utf8_character_length(std::string_view text) {
  if (text.empty()) return 0;
  if (byte_at(text, 0) < 0x80) return 1;
  return utf8_sequence(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  auto tail = [&](int shift) { out += static_cast<char>(0x80 | (code_point >> shift & 0x3F)); };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0 | code_point >> 6);
    tail(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0 | code_point >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | code_point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace base
