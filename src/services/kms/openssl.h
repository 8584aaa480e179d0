#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

// OpenSSL's objects, owned; shared by the files of the algorithms.
namespace kms {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using PairKey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;  // private, or only its public half
using PairContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;

inline const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
inline unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Null when it is no such DER, or something follows it.
PairKey read_private(std::string_view der);
PairKey read_public(std::string_view der);

// The hash in an algorithm's name: "RSASSA_PSS_SHA_256", "HMAC_SHA_384", "SM2DSA".
const EVP_MD* digest_of(std::string_view algorithm);

}  // namespace kms
