#include "auth/sigv4a.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

#include "base/bytes.h"

namespace auth {
namespace {

constexpr std::int64_t kNowMs = 1'672'628'645'000;  // 2023-01-02T03:04:05Z
constexpr std::string_view kKeyId = "AKISORANDOMAASORANDOM", kSecret = "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom";

// Signs as a client does: DER in hexadecimal digits.
std::string sign_text(std::string_view text, std::string_view key_id, std::string_view secret) {
  const std::string number = derive_private_key(key_id, secret);
  EC_KEY* key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
  BIGNUM* scalar = BN_bin2bn(reinterpret_cast<const unsigned char*>(number.data()), 32, nullptr);
  EC_KEY_set_private_key(key, scalar);
  const std::string digest = base::sha256(text);
  std::string der(static_cast<std::size_t>(ECDSA_size(key)), '\0');
  unsigned int size = 0;
  ECDSA_sign(0, reinterpret_cast<const unsigned char*>(digest.data()), 32, reinterpret_cast<unsigned char*>(der.data()),
             &size, key);
  BN_free(scalar);
  EC_KEY_free(key);
  return base::to_hex(der.substr(0, size));
}

// A request for an object of a multi-region access point; its signature is of `secret`.
struct Sent {
  std::vector<Header> headers;
  std::string authorization;
  SignedRequest view() const { return {"GET", "/a%20b", "x-id=GetObject", headers}; }
};

Sent send(std::string_view secret, std::string_view region_set = "*", std::string_view service = "s3") {
  Sent sent{.headers = {{"Host", "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com"},
                        {"X-Amz-Content-SHA256", kUnsignedPayload},
                        {"X-Amz-Date", "20230102T030405Z"},
                        {"X-Amz-Region-Set", region_set}},
            .authorization = {}};
  Signature signature{.is_asymmetric = true,
                      .access_key_id = std::string(kKeyId),
                      .date = "20230102",
                      .service = std::string(service),
                      .signed_headers = "host;x-amz-content-sha256;x-amz-date;x-amz-region-set",
                      .timestamp = "20230102T030405Z"};
  const std::string text = string_to_sign(signature, canonical_request(signature, sent.view(), kUnsignedPayload));
  EXPECT_TRUE(text.starts_with("AWS4-ECDSA-P256-SHA256\n20230102T030405Z\n20230102/"));
  sent.authorization = "AWS4-ECDSA-P256-SHA256 Credential=" + std::string(kKeyId) + "/20230102/" +
                       std::string(service) + "/aws4_request, SignedHeaders=" + signature.signed_headers +
                       ", Signature=" + sign_text(text, kKeyId, secret);
  return sent;
}

std::string outcome(Sent sent, std::string_view secret) {
  sent.headers.push_back({"Authorization", sent.authorization});
  auto signature = parse_authorization(sent.view(), ErrorStyle::kS3);
  if (!signature) return signature.error().code;
  EXPECT_TRUE((*signature)->is_asymmetric);
  auto verified = verify(**signature, sent.view(), secret, kNowMs, "", ErrorStyle::kS3);
  return verified ? "" : verified.error().code;
}

TEST(Sigv4a, DerivesTheKeyThatOthersDerive) {
  auto key = public_key_of(derive_private_key(kKeyId, kSecret));
  ASSERT_TRUE(key);
  // The point that the SDKs' own libraries test for, from this key and secret.
  auto expected =
      base::PublicKey::from_point(base::PublicKey::Curve::kP256,
                                  *base::from_hex("15d242ceebf8d8169fd6a8b5a746c41140414c3b07579038da06af89190fffcb"),
                                  *base::from_hex("0515242cedd82e94799482e4c0514b505afccf2c0c98d6a553bf539f424c5ec0"));
  ASSERT_TRUE(expected);
  const std::string text = "text";
  auto signature = base::from_hex(sign_text(text, kKeyId, kSecret));
  ASSERT_TRUE(signature);
  const Signature claimed{.access_key_id = std::string(kKeyId), .signature = base::to_hex(*signature)};
  EXPECT_TRUE(is_signed_asymmetrically(claimed, kSecret, text));
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature->data());
  ECDSA_SIG* raw = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(signature->size()));
  ASSERT_NE(raw, nullptr);
  std::string numbers(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(raw), reinterpret_cast<unsigned char*>(numbers.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(raw), reinterpret_cast<unsigned char*>(numbers.data()) + 32, 32);
  ECDSA_SIG_free(raw);
  EXPECT_TRUE(expected->verify(base::Digest::kSha256, text, numbers));
}

TEST(Sigv4a, VerifiesWhatWasSignedWithTheSecret) {
  EXPECT_EQ(outcome(send(kSecret), kSecret), "");
  EXPECT_EQ(outcome(send(kSecret), "another"), "SignatureDoesNotMatch");
  Sent changed = send(kSecret);
  changed.headers[3].value = "us-east-1";
  EXPECT_EQ(outcome(changed, kSecret), "SignatureDoesNotMatch");
  EXPECT_EQ(outcome(send(kSecret, "*", "sqs"), kSecret), "NotImplemented");
}

TEST(Sigv4a, KnowsTheFirstRegionOfASet) {
  EXPECT_EQ(region_of_set("*"), "");
  EXPECT_EQ(region_of_set("us-*, eu-west-1,us-east-1"), "eu-west-1");
  EXPECT_EQ(region_of_set(""), "");
}

}  // namespace
}  // namespace auth
