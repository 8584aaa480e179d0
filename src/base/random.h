#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace base {

// A source of random numbers. One thread at a time.
struct Dice {
  virtual ~Dice() = default;
  virtual std::uint64_t next() = 0;  // 64 random bits

  // A number from 0 to `bound` - 1, each as likely as the others; `bound` is positive.
  std::uint64_t below(std::uint64_t bound);
};

// The same numbers for the same seed, for simulations and tests. Can be guessed: never for keys and tokens that guard
// something.
class SeededDice final : public Dice {
 public:
  explicit SeededDice(std::uint64_t seed);
  std::uint64_t next() override;

 private:
  std::array<std::uint64_t, 4> state_;
};

// Numbers nobody can guess, from OpenSSL.
class SecureDice final : public Dice {
 public:
  std::uint64_t next() override;

 private:
  std::array<std::uint64_t, 32> numbers_{};
  std::size_t used_ = 32;
};

inline constexpr std::string_view kDigitsAndUpperCase = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
inline constexpr std::string_view kDigitsAndLowerCase = "0123456789abcdefghijklmnopqrstuvwxyz";
inline constexpr std::string_view kDigitsAndLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
inline constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string random_text(Dice& dice, std::size_t length, std::string_view alphabet = kDigitsAndLetters);
std::string random_bytes(Dice& dice, std::size_t count);
std::string random_uuid(Dice& dice);  // version 4, lower case: 8-4-4-4-12 digits

}  // namespace base
