#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/secret.h"

// The algorithms behind the operations, on bytes alone. Private keys are DER (PKCS #8), public keys DER
// (SubjectPublicKeyInfo).
namespace kms {

// What a key spec is and can do.
struct Spec {
  enum class Kind { kAes, kHmac, kRsa, kEllipticCurve, kEd25519, kSm2 };
  std::string_view name;
  Kind kind;
  int bits;                // of RSA keys, curves and HMAC secrets
  const char* curve = "";  // OpenSSL's name of it
  bool is_pair() const { return kind != Kind::kAes && kind != Kind::kHmac; }
};
// Null where this program cannot make such keys (ML-DSA, ML-KEM: the packaged OpenSSL does not have them).
const Spec* find_spec(std::string_view name);

// What DescribeKey says a key of the spec can do, by its use.
std::vector<std::string_view> encryption_algorithms_of(const Spec& spec);
std::vector<std::string_view> signing_algorithms_of(const Spec& spec);
std::string mac_algorithm_of(const Spec& spec);

// Private key or secret bytes. Those of AES and HMAC come from the dice, key pairs from OpenSSL's own random numbers.
base::Secret make_material(base::Dice& dice, const Spec& spec);
std::string public_key_of(std::string_view private_key);
// Whether a secret, or the DER of a private key, is of this spec.
bool is_of_spec(std::string_view secret, const Spec& spec);

// kDigest: the message is a digest already. Nothing when the message does not fit the algorithm (a digest of another
// length) or the key cannot do it.
enum class MessageForm { kRaw, kDigest };
std::optional<std::string> sign(std::string_view private_key, std::string_view algorithm, std::string_view message,
                                MessageForm form);
bool verify(std::string_view public_key, std::string_view algorithm, std::string_view message, MessageForm form,
            std::string_view signature);
// Bytes of a digest that the algorithm signs; 0 where it takes none.
std::size_t digest_bytes(std::string_view signing_algorithm);

std::optional<std::string> encrypt(std::string_view public_key, std::string_view algorithm, std::string_view plaintext);
std::optional<base::Secret> decrypt(std::string_view private_key, std::string_view algorithm,
                                    std::string_view ciphertext);
// The longest plaintext that fits: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
std::size_t plaintext_bytes_max(const Spec& spec, std::string_view algorithm);

std::string mac(std::string_view secret, std::string_view algorithm, std::string_view message);
// ECDH; nothing when the public key is of another curve or no key.
std::optional<base::Secret> agree(std::string_view private_key, std::string_view public_key);
// Material that was wrapped for an import.
std::optional<base::Secret> unwrap(std::string_view private_key, std::string_view algorithm, std::string_view wrapped);

}  // namespace kms
