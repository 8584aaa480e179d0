// Ciphertexts and public keys of any form are read without harm; what was read of a ciphertext is parts of it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/kms/keys.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto blob = kms::read_blob(bytes)) {
    if (blob->header.size() + blob->salt.size() + blob->sealed.size() != size) __builtin_trap();
    if (blob->account.size() < 12 || blob->material_id.size() != 64) __builtin_trap();
    if (kms::open_blob(*blob, "a secret of 32 bytes, or nearly ", {})) __builtin_trap();
  }
  kms::verify(bytes, "ECDSA_SHA_256", "message", kms::MessageForm::kRaw, bytes);
  kms::unwrap(bytes, "RSA_AES_KEY_WRAP_SHA_256", bytes);
  return 0;
}
