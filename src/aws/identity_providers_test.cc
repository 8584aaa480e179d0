#include "aws/identity_providers.h"

#include <gtest/gtest.h>

namespace aws {
namespace {

TEST(ProviderArns, AreTakenApart) {
  auto saml = parse_saml_provider_arn("arn:aws:iam::000000000000:saml-provider/idp");
  ASSERT_TRUE(saml);
  EXPECT_EQ(saml->account, "000000000000");
  EXPECT_EQ(saml->key, "idp");
  auto oidc = parse_oidc_provider_arn("arn:aws:iam::000000000000:oidc-provider/localhost:8443/tenant");
  ASSERT_TRUE(oidc);
  EXPECT_EQ(oidc->key, "localhost:8443/tenant");
  EXPECT_EQ(oidc_provider_arn(oidc->account, oidc->key),
            "arn:aws:iam::000000000000:oidc-provider/localhost:8443/tenant");
}

TEST(ProviderArns, OthersAreNone) {
  for (std::string_view arn :
       {"", "idp", "arn:aws:iam::000000000000:saml-provider/", "arn:aws:iam::000000000000:role/x",
        "arn:aws:sts::000000000000:saml-provider/x", "arn:aws:iam:us-east-1:0:saml-provider/x"})
    EXPECT_FALSE(parse_saml_provider_arn(arn)) << arn;
}

}  // namespace
}  // namespace aws
