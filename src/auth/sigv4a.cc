#include "auth/sigv4a.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

#include <memory>

#include "base/bytes.h"
#include "base/strings.h"

namespace auth {

namespace {

constexpr std::size_t kNumberBytes = 32;

template <auto Free>
struct Freed {
  void operator()(auto* object) const { Free(object); }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using Group = std::unique_ptr<EC_GROUP, Freed<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Freed<EC_POINT_free>>;
using RawSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

Number to_number(std::string_view bytes) {
  return Number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

std::string to_bytes(const BIGNUM* number) {
  std::string bytes(kNumberBytes, '\0');
  if (BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), kNumberBytes) < 0) bytes.clear();
  return bytes;
}

Group curve() { return Group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)); }

// Both numbers of a signature, one after the other; empty where it is none.
std::string numbers_of(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  RawSignature raw(d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())));
  if (!raw) return {};
  const BIGNUM *first = nullptr, *second = nullptr;
  ECDSA_SIG_get0(raw.get(), &first, &second);
  if (BN_num_bytes(first) > static_cast<int>(kNumberBytes) || BN_num_bytes(second) > static_cast<int>(kNumberBytes))
    return {};
  return to_bytes(first) + to_bytes(second);
}

}  // namespace

std::string derive_private_key(std::string_view access_key_id, std::string_view secret) {
  const Group group = curve();
  // A candidate must be at most n - 2; the key is one more.
  Number limit(BN_dup(EC_GROUP_get0_order(group.get())));
  BN_sub_word(limit.get(), 2);
  const std::string key = "AWS4A" + std::string(secret);
  for (int counter = 1; counter < 255; ++counter) {
    std::string input("\0\0\0\1", 4);
    input += kAlgorithm4A;
    input += '\0';
    input += access_key_id;
    input += static_cast<char>(counter);
    input += std::string("\0\0\1\0", 4);  // 256 bits are wanted
    Number candidate = to_number(base::hmac_sha256(key, input));
    if (BN_cmp(candidate.get(), limit.get()) > 0) continue;
    BN_add_word(candidate.get(), 1);
    return to_bytes(candidate.get());
  }
  return {};
}

base::Result<base::PublicKey> public_key_of(std::string_view private_key) {
  const Group group = curve();
  const Number number = to_number(private_key);
  Point point(EC_POINT_new(group.get()));
  Number x(BN_new()), y(BN_new());
  const bool is_made = EC_POINT_mul(group.get(), point.get(), number.get(), nullptr, nullptr, nullptr) == 1 &&
                       EC_POINT_get_affine_coordinates(group.get(), point.get(), x.get(), y.get(), nullptr) == 1;
  if (!is_made) return base::fail("InvalidKey", "The number is no private key of the curve.");
  return base::PublicKey::from_point(base::PublicKey::Curve::kP256, to_bytes(x.get()), to_bytes(y.get()));
}

bool is_signed_asymmetrically(const Signature& signature, std::string_view secret, std::string_view string_to_sign) {
  auto der = base::from_hex(signature.signature);
  const std::string numbers = der ? numbers_of(*der) : std::string();
  if (numbers.empty()) return false;
  auto key = public_key_of(derive_private_key(signature.access_key_id, secret));
  return key && key->verify(base::Digest::kSha256, string_to_sign, numbers);
}

std::string region_of_set(std::string_view regions) {
  for (std::string_view region : base::split(regions, ',')) {
    region = base::trim(region);
    if (!region.empty() && region.find('*') == region.npos) return std::string(region);
  }
  return {};
}

}  // namespace auth
