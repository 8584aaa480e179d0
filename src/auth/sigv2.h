#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "auth/sigv4.h"

// Signature Version 2 in S3's form, which SDKs still presign URLs with in us-east-1.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
namespace auth {

// Of "Authorization: AWS key:signature", or of the parameters AWSAccessKeyId, Signature and Expires; nothing where a
// request has neither.
std::optional<Signature> parse_version_2(const SignedRequest& request);

// As verify and verify_time of version 4, always in S3's words.
base::Result<void> verify_version_2(const Signature& signature, const SignedRequest& request, std::string_view secret,
                                    std::int64_t now_ms);
base::Result<void> verify_time_of_version_2(const Signature& signature, std::int64_t now_ms);

// The text that is signed.
std::string string_to_sign_of_version_2(const Signature& signature, const SignedRequest& request);

}  // namespace auth
