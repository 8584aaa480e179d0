#include "aws/saml.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace aws {
namespace {

// Canonical forms by Python's xml.etree, signature and certificate by OpenSSL's command: nothing of ours has made it.
constexpr std::string_view kAssertion =
    R"(<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xs="http://www.w3.org/2001/)"
    R"(XMLSchema" ID="_a1" IssueInstant="2026-01-01T00:00:00Z" Version="2.0"><saml:Issuer>https://idp.examp)"
    R"(le.com</saml:Issuer><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:C)"
    R"(anonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algor)"
    R"(ithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_a1"><ds:Transforms><d)"
    R"(s:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorit)"
    R"(hm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www)"
    R"(.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>i/XffPwoYPayXXkZb3zUEyBEv5b2TeHituggQekYFnw=</ds:Dig)"
    R"(estValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>BeHg/tzAuR5QST90EX6M1AAjIm08mka2it4qJ9u5D)"
    R"(07DER5bbGkhYBrBLAVSQVNtQyBdTlw4yf02YRBF6YLkEuOQr/EubO9K/16iKS5FxkKSigoNoCOsYo6IOyx0vG8/HYxhj2kPQXVCE)"
    R"(pOeHo4e2gbZ9iFffqv6XxfGRtF8vLql1KRnI8ReM4lnEOR9qsE+g32a5uBaanH6Q++YOK/lUH3UhxJOndJilggRfr2HGEpdyYLMj)"
    R"(3xf6bY9AgiMgc61Tk+0/r15rF8rbeGejHagrDoLHuGU7h6/S/FuvaX/HQYqSClhKkQ1jkFgfz2HiTXwVJLrTYHVKvCkze6ObRCuu)"
    R"(A==</ds:SignatureValue></ds:Signature><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0)"
    R"(:nameid-format:transient">al&amp;ice</saml:NameID>)"
    "\n"
    R"(  <saml:SubjectConfirmation><saml:SubjectConfirmationData Recipient="https://signin.aws.amazon.com/s)"
    R"(aml" NotOnOrAfter="2026-01-01T00:05:00Z"/></saml:SubjectConfirmation></saml:Subject>)"
    "\n"
    R"(<saml:Conditions NotOnOrAfter="2026-01-01T01:00:00Z" NotBefore="2025-12-31T23:59:00Z"><saml:Audience)"
    R"(Restriction><saml:Audience>https://signin.aws.amazon.com/saml</saml:Audience></saml:AudienceRestrict)"
    R"(ion></saml:Conditions>)"
    "\n"
    R"(<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue xmlns:xsi="http://www.w3.o)"
    R"(rg/2001/XMLSchema-instance" xsi:type="xs:string">a@example.com</saml:AttributeValue></saml:Attribute)"
    R"(></saml:AttributeStatement></saml:Assertion>)";

constexpr std::string_view kCertificate =
    "MIIDFTCCAf2gAwIBAgIUPTugY6GunyhJA/1ekL43Lu7VLvIwDQYJKoZIhvcNAQELBQAwGjEYMBYGA1UEAwwPaWRwLmV4YW1wbGUu"
    "Y29tMB4XDTI2MTEyMTEzMDYzNloXDTQ2MDEyMDEzMDYzNlowGjEYMBYGA1UEAwwPaWRwLmV4YW1wbGUuY29tMIIBIjANBgkqhkiG"
    "9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqNks8wgV2E14cflQ76kuhh8nk+P2Ih039FwKXeLEpKbmnTnMx3U8z2mzvcdcOiinYZAscLvh"
    "CtM5EZjTi1TQWg+pQpn5qywBc33/LNblVre60Bdat1eILsp++De/Zt8N4WG4W29vaxqt6Jgj+vADlWj7RQlA5H0KxEKCqY1thVfc"
    "L/N2W9Jfikvkb7u1sFfH0ngHjcCqr/Xv6ND8QqipUo9LktiVXELRqrMydFm0UvMYDSGM7j3FjZ1LKmyerDOr+sAPmeRDx2PHXB0x"
    "+pC+l8C2GGx1LZ19MWdxIv7aJNaMY1lM9/k7VRxSfo2sFrzsRfu/5Y16Kp/m5aUPAAJNCQIDAQABo1MwUTAdBgNVHQ4EFgQUofEW"
    "xwnhTonMFr4uFlb6SHWmKaIwHwYDVR0jBBgwFoAUofEWxwnhTonMFr4uFlb6SHWmKaIwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG"
    "9w0BAQsFAAOCAQEAH+Xj79je7y2d+96B6E5BpPWuPlzDzXSF0a9sWhh0BmUpwBQt1qEHXj6w67z7C9oCY5STrt0JFXOZeugF6J43"
    "VcuFyW4zukAZDkrNh+vh8D0/xZX+2S4rrGhhaX+/HygdGpi64ZR29UJnHcZtsUwMT8gXwaRzytpNG6xEhKSSYzKODvf3H1UyXjjQ"
    "SfTAQnsVla3rFlegG8txZMDicb+JPipJP9L2R8HfYR8stj2Dn8c8nVgYyD00tQH+H4Qa565nWCTXf1571xtYoriAhejo1GpGWEWz"
    "NSi/9OEtVEruFyA2EGJAMnXB24ZdRf+LCTrE9yIszVzCVvvu4/bthPyZlQ==";

const std::string kStart =
    R"(<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1"><p:Status><p:StatusCode )"
    R"(Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></p:Status>)";
const std::string kEnd = "</p:Response>";

std::string assertion() { return std::string(kAssertion); }
std::string response(const std::string& inside) { return kStart + inside + kEnd; }

base::Result<SamlAssertion> read(const std::string& xml) {
  return read_saml_response(xml, {*base::from_base64(kCertificate)});
}

std::string code_of(const std::string& xml) {
  auto result = read(xml);
  return result ? "none" : result.error().code;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  std::size_t at = text.find(from);
  EXPECT_NE(at, text.npos);
  return text.replace(at, from.size(), to);
}

// The assertion without its signature, saying that somebody else came.
std::string forged() {
  std::string text = assertion();
  std::size_t begin = text.find("<ds:Signature "), end = text.find("</ds:Signature>") + 15;
  text.erase(begin, end - begin);
  return replaced(replaced(text, "al&amp;ice", "root"), "_a1", "_b1");
}

TEST(Saml, ReadsWhatIsSigned) {
  auto read_back = read(response(assertion()));
  ASSERT_TRUE(read_back) << read_back.error().message;
  EXPECT_EQ(read_back->issuer, "https://idp.example.com");
  EXPECT_EQ(read_back->subject, "al&ice");
  EXPECT_EQ(read_back->recipients, std::vector<std::string>{"https://signin.aws.amazon.com/saml"});
  EXPECT_EQ(read_back->attributes.at("mail"), std::vector<std::string>{"a@example.com"});
  EXPECT_EQ(read_back->issued_ms, 1'767'225'600'000);
  EXPECT_EQ(read_back->not_on_or_after_ms, read_back->issued_ms + 300'000);
  EXPECT_EQ(read_back->not_before_ms, read_back->issued_ms - 60'000);
  EXPECT_EQ(code_of(assertion()), "none");
}

TEST(Saml, RefusesWhatHasBeenChanged) {
  EXPECT_EQ(code_of(response(replaced(assertion(), "al&amp;ice", "root"))), "InvalidSignature");
  EXPECT_EQ(code_of(response(replaced(assertion(), "a@example.com", "b@example.com"))), "InvalidSignature");
  EXPECT_EQ(code_of(response(forged())), "InvalidSignature");
  EXPECT_FALSE(read_saml_response(assertion(), {}));
}

// What is signed stands somewhere in the response, and what is not where it would be read.
TEST(Saml, RefusesSignaturesOfOtherElements) {
  std::string own = assertion(), evil = forged();
  EXPECT_NE(code_of(response(evil + own)), "none");
  EXPECT_NE(code_of(response(own + evil)), "none");
  EXPECT_NE(code_of(response(replaced(evil, "<saml:Subject>", "<saml:Advice>" + own + "</saml:Advice><saml:Subject>"))),
            "none");
  // The signature moved into the forgery, with the signed element kept as its object.
  std::size_t begin = own.find("<ds:Signature "), end = own.find("</ds:Signature>");
  std::string signature = own.substr(begin, end - begin) + "<ds:Object>" + own + "</ds:Object></ds:Signature>";
  EXPECT_NE(code_of(response(replaced(evil, "<saml:Subject>", signature + "<saml:Subject>"))), "none");
  // And the forgery under the name of what was signed.
  std::string same_name = replaced(evil, "_b1", "_a1");
  EXPECT_NE(code_of(response(replaced(same_name, "<saml:Subject>", signature + "<saml:Subject>"))), "none");
}

TEST(Saml, ACommentDoesNotCutANameShort) {
  auto read_back = read(response(replaced(assertion(), "al&amp;ice", "al&amp;<!-- -->ice")));
  ASSERT_TRUE(read_back);
  EXPECT_EQ(read_back->subject, "al&ice");
}

TEST(Saml, RefusesWhatIsNoResponse) {
  for (std::string xml : {std::string(), std::string("<a/>"), std::string("{}"), response(""),
                          std::string("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>")})
    EXPECT_EQ(code_of(xml), "InvalidResponse") << xml;
  EXPECT_EQ(code_of(replaced(response(assertion()), "status:Success", "status:Requester")), "InvalidResponse");
}

}  // namespace
}  // namespace aws
