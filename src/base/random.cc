#include "base/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace base {

std::uint64_t Dice::below(std::uint64_t bound) {
  assert(bound > 0);
  // Numbers under 2^64 mod bound would make small results likelier: roll again.
  std::uint64_t uneven = (0 - bound) % bound;
  std::uint64_t number = next();
  while (number < uneven) number = next();
  return number % bound;
}

SeededDice::SeededDice(std::uint64_t seed) {
  // SplitMix64 spreads the seed over the state of xoshiro256**, as the authors of both advise.
  for (auto& word : state_) {
    seed += 0x9E3779B97F4A7C15u;
    std::uint64_t mixed = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    word = mixed ^ mixed >> 31;
  }
}

std::uint64_t SeededDice::next() {
  std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t SecureDice::next() {
  if (used_ == numbers_.size()) {
    // Without randomness every id and key would be guessable: there is no going on.
    if (RAND_bytes(reinterpret_cast<unsigned char*>(numbers_.data()), sizeof numbers_) != 1) std::abort();
    used_ = 0;
  }
  return std::exchange(numbers_[used_++], 0);
}

std::string random_text(Dice& dice, std::size_t length, std::string_view alphabet) {
  std::string text(length, '\0');
  for (char& letter : text) letter = alphabet[dice.below(alphabet.size())];
  return text;
}

std::string random_bytes(Dice& dice, std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t at = 0; at < count; at += 8) {
    std::uint64_t number = dice.next();
    std::memcpy(bytes.data() + at, &number, std::min<std::size_t>(8, count - at));
  }
  return bytes;
}

std::string random_uuid(Dice& dice) {
  std::uint64_t high = (dice.next() & ~std::uint64_t{0xF000}) | 0x4000;                      // version 4
  std::uint64_t low = (dice.next() & ~(std::uint64_t{3} << 62)) | (std::uint64_t{2} << 62);  // variant 1
  std::string text(36, '-');
  std::size_t at = 0;
  for (std::uint64_t half : {high, low})
    for (int shift = 60; shift >= 0; shift -= 4) {
      if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
      text[at++] = kHexDigits[half >> shift & 15];
    }
  return text;
}

}  // namespace base
