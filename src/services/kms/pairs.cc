// Key specs, and keys of every kind as bytes.
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <iterator>

#include "base/bytes.h"
#include "services/kms/crypto.h"
#include "services/kms/openssl.h"

namespace kms {

namespace {

constexpr Spec kSpecs[] = {
    {"SYMMETRIC_DEFAULT", Spec::Kind::kAes, 256},
    {"HMAC_224", Spec::Kind::kHmac, 224},
    {"HMAC_256", Spec::Kind::kHmac, 256},
    {"HMAC_384", Spec::Kind::kHmac, 384},
    {"HMAC_512", Spec::Kind::kHmac, 512},
    {"RSA_2048", Spec::Kind::kRsa, 2048},
    {"RSA_3072", Spec::Kind::kRsa, 3072},
    {"RSA_4096", Spec::Kind::kRsa, 4096},
    {"ECC_NIST_P256", Spec::Kind::kEllipticCurve, 256, "P-256"},
    {"ECC_NIST_P384", Spec::Kind::kEllipticCurve, 384, "P-384"},
    {"ECC_NIST_P521", Spec::Kind::kEllipticCurve, 521, "P-521"},
    {"ECC_SECG_P256K1", Spec::Kind::kEllipticCurve, 256, "secp256k1"},
    {"ECC_NIST_EDWARDS25519", Spec::Kind::kEd25519, 256},
    {"SM2", Spec::Kind::kSm2, 256, "SM2"},
};

std::string private_der(EVP_PKEY* key) {
  std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freer<PKCS8_PRIV_KEY_INFO_free>> info(EVP_PKEY2PKCS8(key));
  unsigned char* bytes = nullptr;
  int length = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), &bytes) : 0;
  std::string der;
  if (length > 0) der.assign(reinterpret_cast<char*>(bytes), std::size_t(length));
  if (bytes) OPENSSL_clear_free(bytes, std::size_t(std::max(length, 0)));
  return der;
}

PairKey generate(const Spec& spec) {
  switch (spec.kind) {
    case Spec::Kind::kRsa: return PairKey(EVP_RSA_gen(unsigned(spec.bits)));
    case Spec::Kind::kEllipticCurve: return PairKey(EVP_EC_gen(spec.curve));
    case Spec::Kind::kSm2: return PairKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2"));
    case Spec::Kind::kEd25519: return PairKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case Spec::Kind::kAes:
    case Spec::Kind::kHmac: break;
  }
  return nullptr;
}

bool is_of_curve(EVP_PKEY* key, const Spec& spec) {
  if (spec.kind == Spec::Kind::kSm2) return EVP_PKEY_is_a(key, "SM2") == 1;
  char group[64] = {};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, group, sizeof(group), &length) != 1) return false;
  // OpenSSL calls P-256 prime256v1, and so on.
  int wanted = EC_curve_nist2nid(spec.curve);
  return wanted == NID_undef ? std::string_view(group, length) == spec.curve : OBJ_sn2nid(group) == wanted;
}

}  // namespace

PairKey read_private(std::string_view der) {
  const unsigned char* at = raw(der);
  PairKey key(d2i_AutoPrivateKey(nullptr, &at, long(der.size())));
  return at == raw(der) + der.size() ? std::move(key) : nullptr;
}

PairKey read_public(std::string_view der) {
  const unsigned char* at = raw(der);
  PairKey key(d2i_PUBKEY(nullptr, &at, long(der.size())));
  return at == raw(der) + der.size() ? std::move(key) : nullptr;
}

const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm == "SM2DSA" || algorithm == "SM2PKE") return EVP_sm3();
  if (algorithm.ends_with("_1")) return EVP_sha1();
  if (algorithm.ends_with("_224")) return EVP_sha224();
  if (algorithm.ends_with("_256")) return EVP_sha256();
  if (algorithm.ends_with("_384")) return EVP_sha384();
  return EVP_sha512();
}

const Spec* find_spec(std::string_view name) {
  auto found = std::ranges::find(kSpecs, name, &Spec::name);
  return found == std::end(kSpecs) ? nullptr : &*found;
}

std::vector<std::string_view> encryption_algorithms_of(const Spec& spec) {
  if (spec.kind == Spec::Kind::kAes) return {"SYMMETRIC_DEFAULT"};
  if (spec.kind == Spec::Kind::kSm2) return {"SM2PKE"};
  return {"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"};
}

// https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
std::vector<std::string_view> signing_algorithms_of(const Spec& spec) {
  if (spec.kind == Spec::Kind::kRsa)
    return {"RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512",
            "RSASSA_PSS_SHA_256",        "RSASSA_PSS_SHA_384",        "RSASSA_PSS_SHA_512"};
  if (spec.kind == Spec::Kind::kEd25519) return {"ED25519_SHA_512"};
  if (spec.kind == Spec::Kind::kSm2) return {"SM2DSA"};
  if (spec.bits == 384) return {"ECDSA_SHA_384"};
  return {spec.bits == 521 ? "ECDSA_SHA_512" : "ECDSA_SHA_256"};
}

std::string mac_algorithm_of(const Spec& spec) { return "HMAC_SHA_" + std::to_string(spec.bits); }

base::Secret make_material(base::Dice& dice, const Spec& spec) {
  if (!spec.is_pair()) return base::Secret(base::random_bytes(dice, std::size_t(spec.bits / 8)));
  return base::Secret(private_der(generate(spec).get()));
}

std::string public_key_of(std::string_view private_key) {
  PairKey key = read_private(private_key);
  unsigned char* bytes = nullptr;
  int length = key ? i2d_PUBKEY(key.get(), &bytes) : 0;
  std::string der;
  if (length > 0) der.assign(reinterpret_cast<char*>(bytes), std::size_t(length));
  OPENSSL_free(bytes);
  return der;
}

bool is_of_spec(std::string_view secret, const Spec& spec) {
  if (!spec.is_pair()) return secret.size() == std::size_t(spec.bits / 8);
  PairKey key = read_private(secret);
  if (!key) return false;
  if (spec.kind == Spec::Kind::kRsa)
    return EVP_PKEY_is_a(key.get(), "RSA") && EVP_PKEY_get_bits(key.get()) == spec.bits;
  if (spec.kind == Spec::Kind::kEd25519) return EVP_PKEY_is_a(key.get(), "ED25519") == 1;
  return is_of_curve(key.get(), spec);
}

}  // namespace kms
