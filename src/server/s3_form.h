#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "wire/multipart.h"

// Uploads by HTML forms: POST to a bucket with the object in a field. What the form says becomes the headers of a
// PutObject; its policy says what the form may say.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
namespace server {

struct S3Form {
  std::vector<std::pair<std::string, std::string>> fields;  // all before the file, names in lower case
  std::string key;
  std::string file_name;
  std::string_view content;

  // Empty where there is none.
  std::string_view field(std::string_view name) const;
  bool has(std::string_view name) const;
};

// Errors: InvalidArgument where key or file are missing.
base::Result<S3Form> read_s3_form(const std::vector<wire::FormPart>& parts);

// The headers that PutObject would have had. Errors: InvalidArgument (a tagging that is no XML of tags).
base::Result<std::vector<std::pair<std::string, std::string>>> headers_of_form(const S3Form& form);

// Whether the policy allows the form. `policy` as the form has it, base64. Errors: InvalidPolicyDocument, AccessDenied,
// EntityTooLarge, EntityTooSmall.
base::Result<void> check_form_policy(const S3Form& form, std::string_view bucket, std::string_view policy,
                                     std::int64_t now_ms);

}  // namespace server
