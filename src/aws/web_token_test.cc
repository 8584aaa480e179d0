#include "aws/web_token.h"

#include <gtest/gtest.h>

namespace aws {
namespace {

// RFC 7515, appendices A.2 and A.3: the same claims signed with RS256 and ES256.
constexpr std::string_view kClaims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

constexpr std::string_view kRsaKeys =
    R"({"keys": [{"kty": "RSA", "use": "sig",)"
    "\n"
    R"(  "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt)"
    R"(0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re)"
    R"(xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK)"
    R"(-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",)"
    "\n"
    R"(  "e": "AQAB"}]})";

constexpr std::string_view kCurveKeys = R"({"keys": [{"kty": "EC", "crv": "P-256",
  "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

std::string rsa_token() {
  return "eyJhbGciOiJSUzI1NiJ9." + std::string(kClaims) +
         ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9"
         "uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB"
         "_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq"
         "Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
}

std::string curve_token() {
  return "eyJhbGciOiJFUzI1NiJ9." + std::string(kClaims) +
         ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
}

KeyMatch match(std::string_view token, std::string_view keys) {
  auto parsed = parse_web_token(token);
  EXPECT_TRUE(parsed);
  return parsed ? verify_web_token(*parsed, keys) : KeyMatch::kNoKeySet;
}

TEST(WebToken, ReadsClaims) {
  auto token = parse_web_token(rsa_token());
  ASSERT_TRUE(token);
  EXPECT_EQ(token->algorithm, "RS256");
  EXPECT_EQ(token->claims.at("iss").str(), "joe");
  EXPECT_EQ(token->claims.at("exp").num(), 1'300'819'380);
}

TEST(WebToken, VerifiesTheExamplesOfTheStandard) {
  EXPECT_EQ(match(rsa_token(), kRsaKeys), KeyMatch::kVerified);
  EXPECT_EQ(match(curve_token(), kCurveKeys), KeyMatch::kVerified);
}

TEST(WebToken, RefusesWhatHasBeenChanged) {
  for (std::string token : {rsa_token(), curve_token()}) {
    std::string_view keys = token == rsa_token() ? kRsaKeys : kCurveKeys;
    token[token.size() - 20] = token[token.size() - 20] == 'A' ? 'B' : 'A';
    EXPECT_EQ(match(token, keys), KeyMatch::kRefused);
  }
}

TEST(WebToken, AKeyOfAnotherKindOrNameIsUnknown) {
  EXPECT_EQ(match(rsa_token(), kCurveKeys), KeyMatch::kUnknownKey);
  // {"alg":"RS256","kid":"a"}
  std::string named = rsa_token();
  named.replace(0, named.find('.'), "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ");
  EXPECT_EQ(match(named, kRsaKeys), KeyMatch::kUnknownKey);
}

// "none", and a shared secret that is really the provider's public key, are how verifiers were fooled.
TEST(WebToken, OnlySignaturesWithPublicKeysCount) {
  for (std::string header : {"eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9"})
    EXPECT_EQ(match(header + "." + std::string(kClaims) + ".", kRsaKeys), KeyMatch::kRefused);
}

TEST(WebToken, KeySetsThatAreNone) {
  for (std::string_view keys : {"", "[]", "{}", R"({"keys": 1})", "<html/>"})
    EXPECT_EQ(match(rsa_token(), keys), KeyMatch::kNoKeySet) << keys;
  EXPECT_EQ(match(rsa_token(), R"({"keys": [1, {}, {"kty": "RSA", "n": "AA", "e": ""}]})"), KeyMatch::kUnknownKey);
}

TEST(WebToken, RefusesWhatIsNoToken) {
  for (std::string_view text : {"", "a.b", "a.b.c", "e30.e30", "e30.e30.====", "W10.e30.AA", "e30.W10.AA",
                                "e30.e30.AA.AA", "eyJjcml0IjpbImIiXX0.e30.AA"})
    EXPECT_FALSE(parse_web_token(text)) << text;
}

}  // namespace
}  // namespace aws
