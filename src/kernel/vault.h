#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/secret.h"

namespace kernel {

// Seals what must not be readable in the data folder: key material, secrets, the keys of objects. All of it under one
// root key, which is not in the store: without it, what is sealed is lost. Thread-safe.
class Vault {
 public:
  explicit Vault(std::string_view root_key);  // of base::kSealKeyBytes

  // `purpose` names what is sealed ("kms.material/<key>/<version>") and must be given again to open it, so that one
  // sealed text cannot be put in the place of another.
  std::string seal(base::Dice& dice, std::string_view text, std::string_view purpose) const;
  // Nothing when it was sealed under another root key or for another purpose, or has been changed.
  std::optional<std::string> open(std::string_view sealed, std::string_view purpose) const;

  // The same under a key that nobody keeps and that goes with the process: for what may be known only as long as it
  // runs, such as keys that were unlocked to be used again soon. After a restart it cannot be opened.
  std::string seal_for_now(base::Dice& dice, std::string_view text, std::string_view purpose) const;
  std::optional<std::string> open_for_now(std::string_view sealed, std::string_view purpose) const;

 private:
  base::LockedSecret root_key_;
  base::LockedSecret passing_key_;
};

}  // namespace kernel
