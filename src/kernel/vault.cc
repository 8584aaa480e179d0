#include "kernel/vault.h"

#include <cassert>

#include "base/seal.h"

namespace kernel {

namespace {

base::Secret new_key() {
  base::SecureDice dice;
  return base::Secret(base::random_bytes(dice, base::kSealKeyBytes));
}

}  // namespace

Vault::Vault(std::string_view root_key) : root_key_(root_key), passing_key_(new_key().bytes()) {
  assert(root_key.size() == base::kSealKeyBytes);
}

std::string Vault::seal(base::Dice& dice, std::string_view text, std::string_view purpose) const {
  return base::seal(root_key_.bytes(), base::random_bytes(dice, base::kSealNonceBytes), text, purpose);
}

std::optional<std::string> Vault::open(std::string_view sealed, std::string_view purpose) const {
  return base::unseal(root_key_.bytes(), sealed, purpose);
}

std::string Vault::seal_for_now(base::Dice& dice, std::string_view text, std::string_view purpose) const {
  return base::seal(passing_key_.bytes(), base::random_bytes(dice, base::kSealNonceBytes), text, purpose);
}

std::optional<std::string> Vault::open_for_now(std::string_view sealed, std::string_view purpose) const {
  return base::unseal(passing_key_.bytes(), sealed, purpose);
}

}  // namespace kernel
