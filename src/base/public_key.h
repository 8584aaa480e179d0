#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

namespace base {

enum class Digest { kSha1, kSha256, kSha384, kSha512 };

// The hash of `bytes`, as raw bytes.
std::string digest(Digest algorithm, std::string_view bytes);

// A key that signatures of others are verified with (OpenSSL). Immutable; copies share it.
class PublicKey {
 public:
  enum class Kind { kRsa, kEllipticCurve };
  enum class Curve { kP256, kP384, kP521 };

  // Error code: "InvalidKey". Numbers are raw bytes, most significant first; DER is that of a certificate (X.509).
  static Result<PublicKey> from_rsa(std::string_view modulus, std::string_view exponent);
  static Result<PublicKey> from_point(Curve curve, std::string_view x, std::string_view y);
  static Result<PublicKey> from_certificate(std::string_view der);

  Kind kind() const;
  // Of a key on an elliptic curve, how many bytes each number of a signature has; 0 for others.
  int number_bytes() const;

  // Whether `signature` is this key's of `message`: RSA with PKCS #1 v1.5 padding, or ECDSA with both numbers one after
  // the other, each as long as the curve's.
  bool verify(Digest algorithm, std::string_view message, std::string_view signature) const;

 private:
  explicit PublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace base
