#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/sigv4.h"
#include "base/public_key.h"

// Signature Version 4A: signed with a key on the curve P-256 that is derived from the secret, and good for a set of
// regions. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
namespace auth {

inline constexpr std::string_view kAlgorithm4A = "AWS4-ECDSA-P256-SHA256";

// The private key, a number of 32 bytes, most significant first.
std::string derive_private_key(std::string_view access_key_id, std::string_view secret);
// The public key that belongs to it. Error: InvalidKey.
base::Result<base::PublicKey> public_key_of(std::string_view private_key);

// Whether the signature, DER in hexadecimal digits, is of this text by whoever has the secret.
bool is_signed_asymmetrically(const Signature& signature, std::string_view secret, std::string_view string_to_sign);

// The region that a request for a set of them ("us-east-1,eu-*") is taken to be made in: the first that is one. Empty:
// any.
std::string region_of_set(std::string_view regions);

}  // namespace auth
