#pragma once

#include "services/kms/keys.h"

namespace kms {

// A ciphertext of the key, which is symmetric and may be used. Errors: KMSInvalidStateException.
base::Result<std::string> encrypt_symmetric(Call& call, const OpenKey& key, std::string_view plaintext,
                                            const EncryptionContext& context);

}  // namespace kms
