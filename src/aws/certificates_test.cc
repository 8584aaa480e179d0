#include "aws/certificates.h"

#include <gtest/gtest.h>

namespace aws {
namespace {

// A root, a certificate it has signed, valid from 2020 to 2040, and the key of the latter.
constexpr std::string_view kRoot = R"(-----BEGIN CERTIFICATE-----
MIIBBzCBraADAgECAgEBMAoGCCqGSM49BAMCMA0xCzAJBgNVBAMMAkNBMB4XDTIw
MDEwMTAwMDAwMFoXDTQwMDEwMTAwMDAwMFowDTELMAkGA1UEAwwCQ0EwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAQMHSrIqsQTUF/vSI26AUvIYk0EVW6DKbedCL2Z
cu5UTkok8XbTdDS8Ya1J0ficzf655Vdgocanw0EZjd+yUT0iMAoGCCqGSM49BAMC
A0kAMEYCIQDktzZ2yVCaC9q7N++MvgM/E8CLh1IwJWhodIhcL1FE2gIhALRo+NMd
iR13PiVCsGO3lIS3njs63wLxoNqhPF93WXRu
-----END CERTIFICATE-----
)";
constexpr std::string_view kLeaf = R"(-----BEGIN CERTIFICATE-----
MIIBEzCBuqADAgECAgECMAoGCCqGSM49BAMCMA0xCzAJBgNVBAMMAkNBMB4XDTIw
MDEwMTAwMDAwMFoXDTQwMDEwMTAwMDAwMFowGjEYMBYGA1UEAwwPd3d3LmV4YW1w
bGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKA7Y/EMbHIs0S+VCxbJK
FFR3BtocQUHLZE0PpqnKo97L5r6PVMZY+myHw1IqO0uZTKPNQ/DIxSC/yHzzYugv
wzAKBggqhkjOPQQDAgNIADBFAiAhvjs3+CNRA7PknwnoagtlCtyoVw4hwy9QgW1g
bg0JpQIhAPBp3ggIvdY9jt4EL8TVoMaxBQseeGXpKUxvvLNA1hjV
-----END CERTIFICATE-----
)";
constexpr std::string_view kLeafKey = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgECWLbimorVyzSly3
+dZkieMvkNNCwWI8Ip3gQay/rj+hRANCAAQoDtj8QxscizRL5ULFskoUVHcG2hxB
QctkTQ+mqcqj3svmvo9Uxlj6bIfDUio7S5lMo81D8MjFIL/IfPNi6C/D
-----END PRIVATE KEY-----
)";
constexpr std::string_view kOtherKey = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5c1oeMztImX2Hxcl
Bvpk6Mtb2qUFqRSdG/U/auDWVOOhRANCAARqCL7LgvOGkNYh5CjjtJovRZ9yAz3I
tiKfuzZbj+b+N9C7oeSWl8JkMQer8Nf/JsnwSLqHBQrLliQriDFsxc0m
-----END PRIVATE KEY-----
)";

TEST(Certificates, AreReadInOrder) {
  auto chain = parse_certificates(std::string(kLeaf).append("\n").append(kRoot));
  ASSERT_TRUE(chain);
  ASSERT_EQ(chain->size(), 2u);
  EXPECT_EQ((*chain)[0].begins_ms, 1'577'836'800'000);
  EXPECT_EQ((*chain)[0].expires_ms, 2'208'988'800'000);
  EXPECT_TRUE(is_signed_by((*chain)[0], (*chain)[1]));
  EXPECT_TRUE(is_signed_by((*chain)[1], (*chain)[1]));
  EXPECT_FALSE(is_signed_by((*chain)[1], (*chain)[0]));
}

TEST(Certificates, OthersAreNone) {
  EXPECT_FALSE(parse_certificates(""));
  EXPECT_FALSE(parse_certificates("text"));
  EXPECT_FALSE(parse_certificates(kLeafKey));
  EXPECT_FALSE(parse_certificates(std::string(kLeaf) + "text"));
  EXPECT_FALSE(parse_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"));
  EXPECT_FALSE(parse_certificate_base64("AAAA"));
}

TEST(Certificates, KnowTheirKey) {
  auto certificate = parse_certificates(kLeaf);
  ASSERT_TRUE(certificate);
  EXPECT_TRUE(is_private_key(kLeafKey));
  EXPECT_FALSE(is_private_key(kLeaf));
  EXPECT_TRUE(is_key_of(certificate->front(), kLeafKey));
  EXPECT_FALSE(is_key_of(certificate->front(), kOtherKey));
}

}  // namespace
}  // namespace aws
