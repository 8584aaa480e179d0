#include "base/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <array>

namespace base {

namespace {

// A modulus longer than this only costs time: nobody signs with it.
constexpr std::size_t kModulusBytesMax = 2'048;

template <auto Free>
struct Freed {
  void operator()(auto* pointer) const { Free(pointer); }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using HashContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

const unsigned char* as_octets(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(as_octets(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::unexpected<Error> invalid_key() {
  ERR_clear_error();
  return fail("InvalidKey", "The key is not valid.");
}

const EVP_MD* hash_of(Digest algorithm) {
  switch (algorithm) {
    case Digest::kSha1: return EVP_sha1();
    case Digest::kSha256: return EVP_sha256();
    case Digest::kSha384: return EVP_sha384();
    case Digest::kSha512: return EVP_sha512();
  }
  return nullptr;
}

std::shared_ptr<EVP_PKEY> shared(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }

// Makes a key of the named type from its numbers; null where they are none.
EVP_PKEY* make_key(const char* type, OSSL_PARAM_BLD* builder) {
  Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) return nullptr;
  return key;
}

struct CurveFacts {
  const char* name;
  std::size_t bytes;
};

CurveFacts facts_of(PublicKey::Curve curve) {
  switch (curve) {
    case PublicKey::Curve::kP256: return {"P-256", 32};
    case PublicKey::Curve::kP384: return {"P-384", 48};
    case PublicKey::Curve::kP521: return {"P-521", 66};
  }
  return {};
}

// Both numbers of an ECDSA signature in the form OpenSSL reads; empty where they are none.
std::string to_der(std::string_view signature) {
  std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>> pair(ECDSA_SIG_new());
  Number r = number_of(signature.substr(0, signature.size() / 2));
  Number s = number_of(signature.substr(signature.size() / 2));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  r.release();
  s.release();
  unsigned char* bytes = nullptr;
  int size = i2d_ECDSA_SIG(pair.get(), &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

}  // namespace

std::string digest(Digest algorithm, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), hash.data(), &size, hash_of(algorithm), nullptr);
  return {reinterpret_cast<const char*>(hash.data()), size};
}

Result<PublicKey> PublicKey::from_rsa(std::string_view modulus, std::string_view exponent) {
  if (modulus.empty() || exponent.empty() || modulus.size() > kModulusBytesMax || exponent.size() > 8)
    return invalid_key();
  Number n = number_of(modulus), e = number_of(exponent);
  Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return invalid_key();
  EVP_PKEY* key = make_key("RSA", builder.get());
  if (key == nullptr) return invalid_key();
  return PublicKey(shared(key));
}

Result<PublicKey> PublicKey::from_point(Curve curve, std::string_view x, std::string_view y) {
  CurveFacts facts = facts_of(curve);
  if (x.size() != facts.bytes || y.size() != facts.bytes) return invalid_key();
  std::string point = "\x04";  // both coordinates follow
  point.append(x).append(y);
  Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, facts.name, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return invalid_key();
  EVP_PKEY* key = make_key("EC", builder.get());
  if (key == nullptr) return invalid_key();
  return PublicKey(shared(key));
}

Result<PublicKey> PublicKey::from_certificate(std::string_view der) {
  const unsigned char* bytes = as_octets(der);
  std::unique_ptr<X509, Freed<X509_free>> certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  EVP_PKEY* key = certificate ? X509_get_pubkey(certificate.get()) : nullptr;
  if (key == nullptr) return invalid_key();
  PublicKey result(shared(key));
  int type = EVP_PKEY_get_base_id(key);
  if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC) return invalid_key();
  return result;
}

PublicKey::Kind PublicKey::kind() const {
  return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA ? Kind::kRsa : Kind::kEllipticCurve;
}

int PublicKey::number_bytes() const {
  return kind() == Kind::kEllipticCurve ? (EVP_PKEY_get_bits(key_.get()) + 7) / 8 : 0;
}

bool PublicKey::verify(Digest algorithm, std::string_view message, std::string_view signature) const {
  std::string der;
  if (kind() == Kind::kEllipticCurve) {
    if (signature.size() != static_cast<std::size_t>(2 * number_bytes())) return false;
    der = to_der(signature);
    signature = der;
  }
  HashContext context(EVP_MD_CTX_new());
  bool is_right =
      context && EVP_DigestVerifyInit(context.get(), nullptr, hash_of(algorithm), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), as_octets(signature), signature.size(), as_octets(message), message.size()) == 1;
  ERR_clear_error();
  return is_right;
}

}  // namespace base
