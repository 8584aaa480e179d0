// Signatures, message authentication codes, agreed secrets.
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "services/kms/crypto.h"
#include "services/kms/openssl.h"

namespace kms {

namespace {

std::string digest(const EVP_MD* kind, std::string_view message) {
  std::string result(std::size_t(EVP_MD_get_size(kind)), '\0');
  unsigned length = 0;
  EVP_Digest(message.data(), message.size(), raw(result), &length, kind, nullptr);
  return result;
}

bool set_up(EVP_PKEY_CTX* context, std::string_view algorithm) {
  if (EVP_PKEY_CTX_set_signature_md(context, digest_of(algorithm)) != 1) return false;
  if (!algorithm.starts_with("RSASSA")) return true;
  bool is_pss = algorithm.starts_with("RSASSA_PSS");
  if (EVP_PKEY_CTX_set_rsa_padding(context, is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1) return false;
  return !is_pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

// What is signed: the digest. Nothing when a digest is given that is none.
std::optional<std::string> digest_to_sign(std::string_view algorithm, std::string_view message, MessageForm form) {
  if (form == MessageForm::kRaw) return digest(digest_of(algorithm), message);
  if (message.size() != digest_bytes(algorithm)) return std::nullopt;
  return std::string(message);
}

// Algorithms that take the message itself: Ed25519, and SM2, which hashes the signer's identity with it.
bool signs_whole(std::string_view algorithm, MessageForm form) {
  return algorithm == "ED25519_SHA_512" || (algorithm == "SM2DSA" && form == MessageForm::kRaw);
}

const EVP_MD* whole_digest(std::string_view algorithm) { return algorithm == "SM2DSA" ? EVP_sm3() : nullptr; }

std::optional<std::string> sign_whole(EVP_PKEY* key, const EVP_MD* kind, std::string_view message) {
  DigestContext context(EVP_MD_CTX_new());
  std::size_t length = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, kind, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, raw(message), message.size()) != 1)
    return std::nullopt;
  std::string signature(length, '\0');
  if (EVP_DigestSign(context.get(), raw(signature), &length, raw(message), message.size()) != 1) return std::nullopt;
  signature.resize(length);
  return signature;
}

bool verify_whole(EVP_PKEY* key, const EVP_MD* kind, std::string_view message, std::string_view signature) {
  DigestContext context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, kind, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message), message.size()) == 1;
}

}  // namespace

std::size_t digest_bytes(std::string_view signing_algorithm) {
  if (signing_algorithm == "ED25519_SHA_512") return 0;
  return std::size_t(EVP_MD_get_size(digest_of(signing_algorithm)));
}

std::optional<std::string> sign(std::string_view private_key, std::string_view algorithm, std::string_view message,
                                MessageForm form) {
  PairKey key = read_private(private_key);
  if (!key) return std::nullopt;
  if (signs_whole(algorithm, form)) return sign_whole(key.get(), whole_digest(algorithm), message);
  auto digested = digest_to_sign(algorithm, message, form);
  PairContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  std::size_t length = 0;
  if (!digested || EVP_PKEY_sign_init(context.get()) != 1 || !set_up(context.get(), algorithm) ||
      EVP_PKEY_sign(context.get(), nullptr, &length, raw(*digested), digested->size()) != 1)
    return std::nullopt;
  std::string signature(length, '\0');
  if (EVP_PKEY_sign(context.get(), raw(signature), &length, raw(*digested), digested->size()) != 1) return std::nullopt;
  signature.resize(length);
  return signature;
}

bool verify(std::string_view public_key, std::string_view algorithm, std::string_view message, MessageForm form,
            std::string_view signature) {
  PairKey key = read_public(public_key);
  if (!key) return false;
  if (signs_whole(algorithm, form)) return verify_whole(key.get(), whole_digest(algorithm), message, signature);
  auto digested = digest_to_sign(algorithm, message, form);
  PairContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  return digested && EVP_PKEY_verify_init(context.get()) == 1 && set_up(context.get(), algorithm) &&
         EVP_PKEY_verify(context.get(), raw(signature), signature.size(), raw(*digested), digested->size()) == 1;
}

std::string mac(std::string_view secret, std::string_view algorithm, std::string_view message) {
  const EVP_MD* kind = digest_of(algorithm);
  std::string result(std::size_t(EVP_MD_get_size(kind)), '\0');
  unsigned length = 0;
  HMAC(kind, secret.data(), int(secret.size()), raw(message), message.size(), raw(result), &length);
  return result;
}

std::optional<base::Secret> agree(std::string_view private_key, std::string_view public_key) {
  PairKey own = read_private(private_key), other = read_public(public_key);
  if (!own || !other || EVP_PKEY_parameters_eq(own.get(), other.get()) != 1) return std::nullopt;
  PairContext context(EVP_PKEY_CTX_new(own.get(), nullptr));
  std::size_t length = 0;
  if (EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
      EVP_PKEY_derive(context.get(), nullptr, &length) != 1)
    return std::nullopt;
  std::string secret(length, '\0');
  if (EVP_PKEY_derive(context.get(), raw(secret), &length) != 1) return std::nullopt;
  secret.resize(length);
  return base::Secret(std::move(secret));
}

}  // namespace kms
