#include "aws/saml_metadata.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace aws {
namespace {

constexpr std::string_view kCertificate =
    "MIIBBzCBraADAgECAgEBMAoGCCqGSM49BAMCMA0xCzAJBgNVBAMMAkNBMB4XDTIwMDEwMTAwMDAwMFoXDTQwMDEwMTAwMDAwMFow"
    "DTELMAkGA1UEAwwCQ0EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQMHSrIqsQTUF/vSI26AUvIYk0EVW6DKbedCL2Zcu5UTkok"
    "8XbTdDS8Ya1J0ficzf655Vdgocanw0EZjd+yUT0iMAoGCCqGSM49BAMCA0kAMEYCIQDktzZ2yVCaC9q7N++MvgM/E8CLh1IwJWho"
    "dIhcL1FE2gIhALRo+NMdiR13PiVCsGO3lIS3njs63wLxoNqhPF93WXRu";

std::string metadata(std::string_view attributes, std::string_view use, std::string_view certificate) {
  return fmt::format(
      R"(<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" {}><md:IDPSSODescriptor>)"
      R"(<md:KeyDescriptor {}><KeyInfo><X509Data><X509Certificate>{}</X509Certificate></X509Data></KeyInfo>)"
      R"(</md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>)",
      attributes, use, certificate);
}

TEST(SamlMetadata, SaysWhoSignsAndUntilWhen) {
  auto description =
      parse_saml_metadata(metadata(R"(entityID="urn:idp" validUntil="2030-01-01T00:00:00Z")", "", kCertificate));
  ASSERT_TRUE(description);
  EXPECT_EQ(description->entity_id, "urn:idp");
  EXPECT_EQ(description->certificates.size(), 1u);
  EXPECT_EQ(description->valid_until_ms, 1'893'456'000'000);
}

TEST(SamlMetadata, OfAFederationTakesTheProvider) {
  const std::string one = metadata(R"(entityID="urn:idp")", R"(use="signing")", kCertificate);
  auto description = parse_saml_metadata("<EntitiesDescriptor><EntityDescriptor entityID=\"urn:sp\"/>" + one +
                                         "</EntitiesDescriptor>");
  ASSERT_TRUE(description);
  EXPECT_EQ(description->entity_id, "urn:idp");
  EXPECT_FALSE(description->valid_until_ms);
}

TEST(SamlMetadata, WithoutAllOfItIsNone) {
  EXPECT_FALSE(parse_saml_metadata("text"));
  EXPECT_FALSE(parse_saml_metadata("<EntityDescriptor entityID=\"urn:idp\"/>"));
  EXPECT_FALSE(parse_saml_metadata(metadata("", "", kCertificate)));
  EXPECT_FALSE(parse_saml_metadata(metadata(R"(entityID="urn:idp")", R"(use="encryption")", kCertificate)));
  EXPECT_FALSE(parse_saml_metadata(metadata(R"(entityID="urn:idp")", "", "AAAA")));
  EXPECT_FALSE(parse_saml_metadata(metadata(R"(entityID="urn:idp" validUntil="soon")", "", kCertificate)));
}

}  // namespace
}  // namespace aws
