#include "kernel/vault.h"

#include <cassert>

#include "base/seal.h"

namespace kernel {

Vault::Vault(std::string_view root_key) : root_key_(root_key) { assert(root_key.size() == base::kSealKeyBytes); }

std::string Vault::seal(base::Dice& dice, std::string_view text, std::string_view purpose) const {
  return base::seal(root_key_.bytes(), base::random_bytes(dice, base::kSealNonceBytes), text, purpose);
}

std::optional<std::string> Vault::open(std::string_view sealed, std::string_view purpose) const {
  return base::unseal(root_key_.bytes(), sealed, purpose);
}

}  // namespace kernel
