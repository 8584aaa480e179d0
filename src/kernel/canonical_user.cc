#include "kernel/canonical_user.h"

#include <fmt/format.h>

#include <charconv>

#include "base/arn.h"
#include "base/bytes.h"
#include "base/strings.h"

namespace kernel {

namespace {

// A number of twelve digits takes ten hexadecimal ones; the rest of the id proves them and hides that they are so few.
constexpr std::size_t kNumberDigits = 10;
constexpr std::size_t kProofDigits = 64 - kNumberDigits;

std::optional<std::uint64_t> number_in_hex(std::string_view digits) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::string proof_of(std::string_view account) {
  return base::to_hex(base::sha256(fmt::format("canonical user of {}", account))).substr(0, kProofDigits);
}

std::uint64_t mask_of(std::string_view proof) {
  return number_in_hex(base::to_hex(base::sha256(proof)).substr(0, kNumberDigits)).value_or(0);
}

}  // namespace

std::string canonical_user_of(std::string_view account) {
  auto number = base::is_account_id(account) ? base::parse_number(account) : std::nullopt;
  if (!number) return "";
  std::string proof = proof_of(account);
  return fmt::format("{}{:010x}", proof, static_cast<std::uint64_t>(*number) ^ mask_of(proof));
}

std::optional<std::string> account_of_canonical_user(std::string_view id) {
  if (id.size() != kProofDigits + kNumberDigits) return std::nullopt;
  auto masked = number_in_hex(id.substr(kProofDigits));
  if (!masked) return std::nullopt;
  std::string account = fmt::format("{:012}", *masked ^ mask_of(id.substr(0, kProofDigits)));
  if (canonical_user_of(account) != id) return std::nullopt;
  return account;
}

}  // namespace kernel
