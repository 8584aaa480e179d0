#include "auth/sigv2.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr std::int64_t kDayOfExamplesMs = 1'175'024'202'000;  // Tue, 27 Mar 2007 19:36:42 GMT

std::string check(const SignedRequest& request, std::int64_t now_ms) {
  auto signature = parse_authorization(request, ErrorStyle::kS3);
  if (!signature) return signature.error().code;
  if (!*signature) return "anonymous";
  auto verified = verify(**signature, request, kSecret, now_ms, "", ErrorStyle::kS3);
  return verified ? (*signature)->access_key_id : verified.error().code;
}

TEST(SigV2, TakesSignedHeaders) {
  const std::vector<Header> headers{{"Host", "johnsmith.s3.amazonaws.com"},
                                    {"Date", "Tue, 27 Mar 2007 19:36:42 +0000"},
                                    {"Authorization", "AWS AKIAIOSFODNN7EXAMPLE:bWq2s1WEIj+Ydj0vQ697zp+IXMU="}};
  SignedRequest request{.method = "GET", .path = "/photos/puppy.jpg", .query = "", .headers = headers};
  EXPECT_EQ(check(request, kDayOfExamplesMs), "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(check(request, kDayOfExamplesMs + kSkewMaxMs + 1), "RequestTimeTooSkewed");
  request.path = "/photos/kitten.jpg";
  EXPECT_EQ(check(request, kDayOfExamplesMs), "SignatureDoesNotMatch");
}

TEST(SigV2, AsksForADate) {
  for (std::string_view date : {"", "Tue, 07 Jul 1950 00:00:00 GMT", "tomorrow"}) {
    const std::vector<Header> headers{{"Host", "localhost"},
                                      {"Date", "Tue, 27 Mar 2007 19:36:42 +0000"},
                                      {"x-amz-date", date},
                                      {"Authorization", "AWS AKIAIOSFODNN7EXAMPLE:OXbO7vXfDZbqoIyub583vxfx2n0="}};
    const SignedRequest request{.method = "PUT", .path = "/johnsmith", .query = "", .headers = headers};
    EXPECT_EQ(check(request, kDayOfExamplesMs), "AccessDenied") << date;
  }
}

TEST(SigV2, TakesBucketsWithTheSlashOfTheirHost) {
  const std::vector<Header> headers{{"Host", "localhost:4566"},
                                    {"Date", "Tue, 27 Mar 2007 19:36:42 +0000"},
                                    {"Authorization", "AWS AKIAIOSFODNN7EXAMPLE:OXbO7vXfDZbqoIyub583vxfx2n0="}};
  SignedRequest request{.method = "PUT", .path = "/johnsmith", .query = "", .headers = headers};
  EXPECT_EQ(check(request, kDayOfExamplesMs), "AKIAIOSFODNN7EXAMPLE");
  request.path = "/johnsmith/";
  EXPECT_EQ(check(request, kDayOfExamplesMs), "AKIAIOSFODNN7EXAMPLE");
  request.path = "/other";
  EXPECT_EQ(check(request, kDayOfExamplesMs), "SignatureDoesNotMatch");
}

TEST(SigV2, TakesPresignedUrls) {
  const std::vector<Header> headers{{"Host", "localhost:4566"}};
  SignedRequest request{.method = "GET",
                        .path = "/johnsmith/photos/puppy.jpg",
                        .query =
                            "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&"
                            "Expires=1175139620",
                        .headers = headers};
  EXPECT_EQ(check(request, 1'175'139'620'000), "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(check(request, 1'175'139'621'000), "AccessDenied");
  request.method = "PUT";
  EXPECT_EQ(check(request, 1'175'139'620'000), "SignatureDoesNotMatch");
}

TEST(SigV2, SignsWhatTheRequestIsAbout) {
  const std::vector<Header> headers{
      {"Host", "localhost"}, {"X-Amz-Meta-B", "2"}, {"x-amz-acl", "private"}, {"Content-Type", "text/plain"}};
  const SignedRequest request{
      .method = "GET",
      .path = "/b/k",
      .query = "versionId=1&x=y&acl&response-expires=a%20b&AWSAccessKeyId=a&Signature=c&Expires=7",
      .headers = headers};
  auto signature = parse_version_2(request);
  ASSERT_TRUE(signature);
  EXPECT_EQ(string_to_sign_of_version_2(*signature, request),
            "GET\n\ntext/plain\n7\nx-amz-acl:private\nx-amz-meta-b:2\n/b/k?acl&response-expires=a b&versionId=1");
}

}  // namespace
}  // namespace auth
