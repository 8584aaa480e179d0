#include "base/seal.h"

#include <openssl/evp.h>

#include <cassert>
#include <memory>

namespace base {

namespace {

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

// Found once: to find it for each text costs a third of what sealing a short one does.
const EVP_CIPHER* algorithm() {
  static const EVP_CIPHER* const kAlgorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return kAlgorithm;
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string seal(std::string_view key, std::string_view nonce, std::string_view text, std::string_view authenticated) {
  assert(key.size() == kSealKeyBytes && nonce.size() == kSealNonceBytes);
  Cipher cipher(EVP_CIPHER_CTX_new());
  std::string sealed_text(text.size(), '\0'), tag(kSealTagBytes, '\0');
  int written = 0;
  EVP_EncryptInit_ex(cipher.get(), algorithm(), nullptr, bytes_of(key), bytes_of(nonce));
  EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes_of(authenticated), int(authenticated.size()));
  EVP_EncryptUpdate(cipher.get(), bytes_of(sealed_text), &written, bytes_of(text), int(text.size()));
  EVP_EncryptFinal_ex(cipher.get(), bytes_of(sealed_text) + written, &written);
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, int(kSealTagBytes), tag.data());
  return std::string(nonce) + tag + sealed_text;
}

std::optional<std::string> unseal(std::string_view key, std::string_view sealed, std::string_view authenticated) {
  assert(key.size() == kSealKeyBytes);
  if (sealed.size() < kSealNonceBytes + kSealTagBytes) return std::nullopt;
  std::string_view nonce = sealed.substr(0, kSealNonceBytes);
  std::string tag(sealed.substr(kSealNonceBytes, kSealTagBytes));
  std::string_view sealed_text = sealed.substr(kSealNonceBytes + kSealTagBytes);
  Cipher cipher(EVP_CIPHER_CTX_new());
  std::string text(sealed_text.size(), '\0');
  int written = 0;
  EVP_DecryptInit_ex(cipher.get(), algorithm(), nullptr, bytes_of(key), bytes_of(nonce));
  EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes_of(authenticated), int(authenticated.size()));
  EVP_DecryptUpdate(cipher.get(), bytes_of(text), &written, bytes_of(sealed_text), int(sealed_text.size()));
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, int(kSealTagBytes), tag.data());
  if (EVP_DecryptFinal_ex(cipher.get(), bytes_of(text) + written, &written) != 1) return std::nullopt;
  return text;
}

}  // namespace base
