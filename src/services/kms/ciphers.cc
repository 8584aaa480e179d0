// Encryption with key pairs, and keys wrapped for an import.
#include <openssl/rsa.h>

#include "services/kms/crypto.h"
#include "services/kms/openssl.h"

namespace kms {

namespace {

bool set_up_encryption(EVP_PKEY_CTX* context, std::string_view algorithm) {
  if (algorithm == "SM2PKE") return true;
  const EVP_MD* kind = digest_of(algorithm);
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, kind) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(context, kind) == 1;
}

using Transform = int (*)(EVP_PKEY_CTX*, unsigned char*, std::size_t*, const unsigned char*, std::size_t);

std::optional<std::string> transform(EVP_PKEY_CTX* context, Transform step, std::string_view input) {
  std::size_t length = 0;
  if (step(context, nullptr, &length, raw(input), input.size()) != 1) return std::nullopt;
  std::string output(length, '\0');
  if (step(context, raw(output), &length, raw(input), input.size()) != 1) return std::nullopt;
  output.resize(length);
  return output;
}

// RFC 5649.
std::optional<base::Secret> unwrap_with_aes(std::string_view wrapping_key, std::string_view wrapped) {
  if (wrapping_key.size() != 32 || wrapped.size() < 16 || wrapped.size() % 8 != 0) return std::nullopt;
  CipherContext context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  std::unique_ptr<EVP_CIPHER, Freer<EVP_CIPHER_free>> cipher(EVP_CIPHER_fetch(nullptr, "AES-256-WRAP-PAD", nullptr));
  std::string key(wrapped.size(), '\0');
  int length = 0, rest = 0;
  if (EVP_DecryptInit_ex(context.get(), cipher.get(), nullptr, raw(wrapping_key), nullptr) != 1 ||
      EVP_DecryptUpdate(context.get(), raw(key), &length, raw(wrapped), int(wrapped.size())) != 1 ||
      EVP_DecryptFinal_ex(context.get(), raw(key) + length, &rest) != 1)
    return std::nullopt;
  key.resize(std::size_t(length + rest));
  return base::Secret(std::move(key));
}

}  // namespace

std::optional<std::string> encrypt(std::string_view public_key, std::string_view algorithm,
                                   std::string_view plaintext) {
  PairKey key = read_public(public_key);
  PairContext context(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
  if (!context || EVP_PKEY_encrypt_init(context.get()) != 1 || !set_up_encryption(context.get(), algorithm))
    return std::nullopt;
  return transform(context.get(), EVP_PKEY_encrypt, plaintext);
}

std::optional<base::Secret> decrypt(std::string_view private_key, std::string_view algorithm,
                                    std::string_view ciphertext) {
  PairKey key = read_private(private_key);
  PairContext context(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
  if (!context || EVP_PKEY_decrypt_init(context.get()) != 1 || !set_up_encryption(context.get(), algorithm))
    return std::nullopt;
  auto plaintext = transform(context.get(), EVP_PKEY_decrypt, ciphertext);
  if (!plaintext) return std::nullopt;
  return base::Secret(*std::move(plaintext));
}

std::size_t plaintext_bytes_max(const Spec& spec, std::string_view algorithm) {
  if (spec.kind == Spec::Kind::kAes) return 4'096;
  if (spec.kind == Spec::Kind::kSm2) return 1'024;
  return std::size_t(spec.bits / 8 - 2 * EVP_MD_get_size(digest_of(algorithm)) - 2);
}

std::optional<base::Secret> unwrap(std::string_view private_key, std::string_view algorithm, std::string_view wrapped) {
  if (!algorithm.starts_with("RSA_AES_KEY_WRAP")) return decrypt(private_key, algorithm, wrapped);
  // An AES key, wrapped by RSA, and behind it what that key has wrapped.
  PairKey key = read_private(private_key);
  std::size_t length = key ? std::size_t(EVP_PKEY_get_size(key.get())) : 0;
  if (length == 0 || wrapped.size() <= length) return std::nullopt;
  auto wrapping_key = decrypt(private_key, algorithm, wrapped.substr(0, length));
  if (!wrapping_key) return std::nullopt;
  return unwrap_with_aes(wrapping_key->bytes(), wrapped.substr(length));
}

}  // namespace kms
