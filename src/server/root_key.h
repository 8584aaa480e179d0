#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "server/options.h"

namespace server {

// The key under which the cloud seals secrets (kernel/vault.h). It comes from where the options say: a file, a
// passphrase, or else the data folder's own file root.key, which is made on the first start; a cloud that keeps nothing
// has a passing one. All files of keys are readable by their owner only.
class RootKey {
 public:
  // A data folder remembers in its file root.check by which key it was sealed, and is opened by no other. Errors:
  // "StorageFailure", "InvalidRootKey", "WrongRootKey", "MissingRootKey".
  static base::Result<RootKey> open(const Options& options);

  std::string_view bytes() const { return key_.bytes(); }

  // Makes a copy of the data folder one that the same key opens: the key itself goes along only where it stood in the
  // folder, or nowhere.
  base::Result<void> copy_to(const std::string& folder) const;

 private:
  RootKey(base::Secret key, std::string check, bool goes_along)
      : key_(std::move(key)), check_(std::move(check)), goes_along_(goes_along) {}

  base::Secret key_;
  std::string check_;  // the contents of root.check
  bool goes_along_;
};

}  // namespace server
