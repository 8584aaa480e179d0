#include "base/crc.h"

#include <zlib.h>

#include <array>
#include <bit>
#include <cstring>

#include "base/bytes.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace base {

namespace {

constexpr std::uint32_t kCrc32Polynomial = 0xEDB88320, kCrc32cPolynomial = 0x82F63B78;
constexpr std::uint64_t kCrc64Polynomial = 0x9A6C9329AC4BC9B5;  // NVMe's

constexpr std::array<std::uint32_t, 256> make_crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kCrc32cPolynomial : 0);
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

// Table k gives the effect of a byte that stands k bytes before the end of a group of eight.
using Crc64Tables = std::array<std::array<std::uint64_t, 256>, 8>;

constexpr Crc64Tables make_crc64_tables() {
  Crc64Tables tables{};
  for (std::uint64_t i = 0; i < 256; ++i) {
    std::uint64_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kCrc64Polynomial : 0);
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

// Polynomials over GF(2) modulo the checksum's, the way its registers hold them: the highest bit is the coefficient of
// x^0. Checksums that begin and end inverted join as those that do not.
template <class Word>
constexpr Word times(Word left, Word right, Word polynomial) {
  Word product = 0;
  for (Word bit = Word{1} << (sizeof(Word) * 8 - 1); bit != 0; bit = Word(bit >> 1)) {
    if (left & bit) product ^= right;
    right = Word(right >> 1 ^ (right & 1 ? polynomial : 0));
  }
  return product;
}

// x to the power of 8 * bytes: what so many bytes behind a text do to its register.
template <class Word>
constexpr Word shift_of(std::uint64_t bytes, Word polynomial) {
  constexpr Word kOne = Word{1} << (sizeof(Word) * 8 - 1);
  Word power = kOne, square = kOne >> 8;
  for (; bytes != 0; bytes >>= 1) {
    if (bytes & 1) power = times(power, square, polynomial);
    square = times(square, square, polynomial);
  }
  return power;
}

template <class Word>
constexpr Word join(Word first, Word second, std::uint64_t second_size, Word polynomial) {
  return Word(times(first, shift_of(second_size, polynomial), polynomial) ^ second);
}

// The register after these bytes, begun with `crc`, without inverting anything.
std::uint64_t crc64_by_tables(std::string_view bytes, std::uint64_t crc) {
  static_assert(std::endian::native == std::endian::little);
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
  for (; at < bytes.size(); ++at) crc = kCrc64Tables[0][(crc ^ static_cast<std::uint8_t>(bytes[at])) & 0xFF] ^ crc >> 8;
  return crc;
}

std::uint32_t crc32_by_zlib(std::string_view bytes, std::uint32_t crc) {
  if (bytes.empty()) return crc;  // zlib takes a null pointer for a wish to start anew
  return ~static_cast<std::uint32_t>(
      ::crc32_z(~crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

// Long texts are folded: 64 bytes at a time are multiplied to where the next 64 stand, and added to them, until 16
// bytes are left that have the same remainder as all the text. "Fast CRC Computation for Generic Polynomials Using
// PCLMULQDQ Instruction" (Intel, 2009) tells why; the powers here are those for registers that hold the lowest power
// highest.
#ifdef __x86_64__
constexpr std::size_t kFoldedBytesMin = 128;

struct FoldPowers {
  std::uint64_t by_64_bytes[2], by_16_bytes[2];
};

template <class Word>
constexpr std::uint64_t power_of_x(int exponent, Word polynomial) {
  Word power = Word{1} << (sizeof(Word) * 8 - 1);
  for (int i = 0; i < exponent; ++i) power = Word(power >> 1 ^ (power & 1 ? polynomial : 0));
  return std::uint64_t{power} << (64 - sizeof(Word) * 8);
}

// The product of two registers comes out one power too high, for which each of these is one too low.
template <class Word>
constexpr FoldPowers fold_powers(Word polynomial) {
  return {{power_of_x(512 + 63, polynomial), power_of_x(511, polynomial)},
          {power_of_x(128 + 63, polynomial), power_of_x(127, polynomial)}};
}

constexpr FoldPowers kCrc32Powers = fold_powers(kCrc32Polynomial);
constexpr FoldPowers kCrc64Powers = fold_powers(kCrc64Polynomial);

__attribute__((target("pclmul,sse4.1"))) inline __m128i fold(__m128i folded, __m128i powers, __m128i next) {
  __m128i first = _mm_clmulepi64_si128(folded, powers, 0x00), second = _mm_clmulepi64_si128(folded, powers, 0x11);
  return _mm_xor_si128(_mm_xor_si128(first, second), next);
}

// Takes whole blocks of 64 bytes off the front of `bytes`, at least one; answers the 16 bytes left of them.
__attribute__((target("pclmul,sse4.1"))) std::array<char, 16> fold_blocks(std::string_view& bytes, std::uint64_t crc,
                                                                          const FoldPowers& powers) {
  const auto* at = reinterpret_cast<const __m128i*>(bytes.data());
  __m128i far = _mm_set_epi64x(std::int64_t(powers.by_64_bytes[1]), std::int64_t(powers.by_64_bytes[0]));
  __m128i near = _mm_set_epi64x(std::int64_t(powers.by_16_bytes[1]), std::int64_t(powers.by_16_bytes[0]));
  __m128i lanes[4];
  for (int i = 0; i < 4; ++i) lanes[i] = _mm_loadu_si128(at + i);
  lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, std::int64_t(crc)));
  std::size_t blocks = bytes.size() / 64;
  for (std::size_t block = 1; block < blocks; ++block) {
    at += 4;
    for (int i = 0; i < 4; ++i) lanes[i] = fold(lanes[i], far, _mm_loadu_si128(at + i));
  }
  for (int i = 1; i < 4; ++i) lanes[i] = fold(lanes[i - 1], near, lanes[i]);
  bytes.remove_prefix(blocks * 64);
  std::array<char, 16> left;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(left.data()), lanes[3]);
  return left;
}

bool can_fold(std::string_view bytes) {
  return bytes.size() >= kFoldedBytesMin && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}
#endif

}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
#ifdef __x86_64__
  if (can_fold(bytes)) {
    auto left = fold_blocks(bytes, crc, kCrc32Powers);
    crc = crc32_by_zlib({left.data(), left.size()}, 0);
  }
#endif
  return ~crc32_by_zlib(bytes, crc);
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("sse4.2")) return ~crc32c_by_instruction(bytes, ~seed);
#endif
  return ~crc32c_by_table(bytes, ~seed);
}

std::uint64_t crc64nvme(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t crc = ~seed;
#ifdef __x86_64__
  if (can_fold(bytes)) {
    auto left = fold_blocks(bytes, crc, kCrc64Powers);
    crc = crc64_by_tables({left.data(), left.size()}, 0);
  }
#endif
  return ~crc64_by_tables(bytes, crc);
}

std::uint32_t join_crc32(std::uint32_t first, std::uint32_t second, std::uint64_t second_size) {
  return join(first, second, second_size, kCrc32Polynomial);
}

std::uint32_t join_crc32c(std::uint32_t first, std::uint32_t second, std::uint64_t second_size) {
  return join(first, second, second_size, kCrc32cPolynomial);
}

std::uint64_t join_crc64nvme(std::uint64_t first, std::uint64_t second, std::uint64_t second_size) {
  return join(first, second, second_size, kCrc64Polynomial);
}

}  // namespace base
