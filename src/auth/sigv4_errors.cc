#include "auth/sigv4_errors.h"

#include <fmt/format.h>

#include <memory>

#include "base/bytes.h"
#include "base/time_text.h"
#include "base/value.h"

namespace auth {

namespace {

constexpr std::string_view kCredentialForm = "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"";

// The name of an error in the services' two vocabularies.
std::string incomplete(ErrorStyle style) {
  return style == ErrorStyle::kJson ? "IncompleteSignatureException" : "IncompleteSignature";
}
std::string mismatch(ErrorStyle style) {
  return style == ErrorStyle::kJson ? "InvalidSignatureException" : "SignatureDoesNotMatch";
}

Refusal malformed_for_s3(SignatureForm form, std::string_view reason) {
  if (form == SignatureForm::kQuery)
    return base::fail("AuthorizationQueryParametersError",
                      fmt::format("Error parsing the X-Amz-Credential parameter; {}", reason));
  return base::fail("AuthorizationHeaderMalformed", fmt::format("The authorization header is malformed; {}", reason));
}

// Authorization headers may hold secrets pasted by mistake, so AWS shows only their hash.
std::string hash_shown(std::string_view authorization) { return base::to_base64(base::sha256(authorization)); }

Refusal with_details(std::string code, std::string message, base::Value::Map details) {
  return std::unexpected(
      base::Error{std::move(code), std::move(message), std::make_shared<const base::Value>(std::move(details))});
}

std::string bytes_as_hex(std::string_view text) {
  std::string result;
  for (char letter : text)
    result += fmt::format("{}{:02x}", result.empty() ? "" : " ", static_cast<unsigned char>(letter));
  return result;
}

}  // namespace

Refusal refuse_incomplete_header(std::string_view authorization, const HeaderParts& found, ErrorStyle style) {
  if (style == ErrorStyle::kS3) {
    if (found.credential && found.signed_headers && found.signature)
      return base::fail("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
    return base::fail("AuthorizationHeaderMalformed",
                      "The authorization header is malformed; the authorization header requires three components: "
                      "Credential, SignedHeaders, "
                      "and Signature.");
  }
  std::string message;
  if (!found.credential) message += "Authorization header requires 'Credential' parameter. ";
  if (!found.signature) message += "Authorization header requires 'Signature' parameter. ";
  if (!found.signed_headers) message += "Authorization header requires 'SignedHeaders' parameter. ";
  if (!found.date) message += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  message += fmt::format("(Hashed with SHA-256 and encoded with Base64) Authorization={}", hash_shown(authorization));
  return base::fail(incomplete(style), message);
}

Refusal refuse_part_without_equals(std::string_view authorization, std::string_view part, ErrorStyle style) {
  if (style == ErrorStyle::kS3) return refuse_incomplete_header(authorization, {}, style);
  return base::fail(incomplete(style), fmt::format("'{}' not a valid key=value pair (missing equal-sign) in "
                                                   "Authorization header (hashed with SHA-256 and encoded "
                                                   "with Base64): '{}'.",
                                                   part, hash_shown(authorization)));
}

Refusal refuse_malformed_credential(std::string_view credential, SignatureForm form, ErrorStyle style) {
  if (style == ErrorStyle::kS3)
    return malformed_for_s3(form, fmt::format("the Credential is mal-formed; expecting {}.", kCredentialForm));
  return base::fail(
      incomplete(style),
      fmt::format(
          "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{}'",
          credential));
}

Refusal refuse_terminator(std::string_view terminator, SignatureForm form, ErrorStyle style) {
  if (style == ErrorStyle::kS3)
    return malformed_for_s3(form,
                            fmt::format("incorrect terminal \"{}\". This endpoint uses \"aws4_request\".", terminator));
  return base::fail(
      mismatch(style),
      fmt::format("Credential should be scoped with a valid terminator: 'aws4_request', not '{}'.", terminator));
}

Refusal refuse_credential_date(const Signature& signature, ErrorStyle style) {
  std::string_view day = std::string_view(signature.timestamp).substr(0, 8);
  if (style == ErrorStyle::kS3 && signature.form == SignatureForm::kQuery)
    return refuse_query_parameter(
        fmt::format("Invalid credential date \"{}\". This date is not the same as X-Amz-Date: \"{}\".", signature.date,
                    day),
        style);
  if (style == ErrorStyle::kS3)
    return malformed_for_s3(
        signature.form, fmt::format("Invalid credential date \"{}\". This date is not the same as X-Amz-Date: \"{}\".",
                                    signature.date, day));
  return base::fail(mismatch(style), fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                                                 "version of date from HTTP: '{}' != '{}', from '{}'.",
                                                 signature.date, day, signature.timestamp));
}

Refusal refuse_bad_date(std::string_view date, SignatureForm form, ErrorStyle style) {
  if (style == ErrorStyle::kS3 && form == SignatureForm::kQuery)
    return refuse_query_parameter("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"", style);
  if (style == ErrorStyle::kS3)
    return base::fail("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
  return base::fail(
      incomplete(style),
      fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601",
                  date));
}

Refusal refuse_scheme(std::string_view scheme, ErrorStyle style) {
  if (scheme == "AWS4-ECDSA-P256-SHA256")
    return base::fail("NotImplemented",
                      "Signature Version 4A (AWS4-ECDSA-P256-SHA256) is not supported; sign with AWS4-HMAC-SHA256.");
  if (style == ErrorStyle::kS3 && scheme == "AWS")
    return base::fail("InvalidRequest",
                      "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
  if (style == ErrorStyle::kS3)
    return with_details("InvalidArgument", "Unsupported Authorization Type",
                        {{"ArgumentName", "Authorization"}, {"ArgumentValue", scheme}});
  return base::fail(incomplete(style), "Signature Version 2 is not supported. Please use AWS4-HMAC-SHA256.");
}

Refusal refuse_incomplete_query(std::string_view missing, ErrorStyle style) {
  if (style == ErrorStyle::kS3)
    return refuse_query_parameter(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
        "X-Amz-Date, "
        "X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        style);
  return base::fail(
      incomplete(style),
      fmt::format("AWS query-string parameters must include '{}'. Re-examine the query-string parameters.", missing));
}

Refusal refuse_query_parameter(std::string message, ErrorStyle style) {
  return base::fail(style == ErrorStyle::kS3 ? "AuthorizationQueryParametersError" : incomplete(style),
                    std::move(message));
}

Refusal refuse_unsigned_host(ErrorStyle style) {
  if (style == ErrorStyle::kS3) return refuse_unsigned_header("host");
  return base::fail(mismatch(style), "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
}

Refusal refuse_unsigned_header(std::string_view names) {
  return with_details("AccessDenied", "There were headers present in the request which were not signed",
                      {{"HeadersNotSigned", names}});
}

Refusal refuse_time(const Signature& signature, std::int64_t now_ms, std::int64_t valid_ms, ErrorStyle style) {
  bool early = signature.timestamp_ms > now_ms;
  if (style == ErrorStyle::kS3 && signature.form == SignatureForm::kQuery) {
    if (early) return base::fail("AccessDenied", "Request is not valid yet");
    return with_details("AccessDenied", "Request has expired",
                        {{"X-Amz-Expires", std::to_string(valid_ms / 1000)},
                         {"Expires", base::format_iso8601(signature.timestamp_ms + valid_ms)},
                         {"ServerTime", base::format_iso8601(now_ms / 1000 * 1000)}});
  }
  if (style == ErrorStyle::kS3)
    return with_details("RequestTimeTooSkewed",
                        "The difference between the request time and the current time is too large.",
                        {{"RequestTime", signature.timestamp},
                         {"ServerTime", base::format_iso8601(now_ms / 1000 * 1000)},
                         {"MaxAllowedSkewMilliseconds", std::to_string(kSkewMaxMs)}});
  std::string now = base::format_basic_time(now_ms);
  if (early)
    return base::fail(
        mismatch(style),
        fmt::format("Signature not yet current: {} is still later than {} ({} + {} min.)", signature.timestamp,
                    base::format_basic_time(now_ms + kSkewMaxMs), now, kSkewMaxMs / 60'000));
  return base::fail(mismatch(style),
                    fmt::format("Signature expired: {} is now earlier than {} ({} - {} min.)", signature.timestamp,
                                base::format_basic_time(now_ms - valid_ms), now, valid_ms / 60'000));
}

Refusal refuse_mismatch(const Signature& signature, std::string_view canonical_request, std::string_view string_to_sign,
                        ErrorStyle style) {
  if (style != ErrorStyle::kS3)
    return base::fail(mismatch(style),
                      "The request signature we calculated does not match the signature you provided. Check your AWS "
                      "Secret Access Key and "
                      "signing method. Consult the service documentation for details.");
  return with_details("SignatureDoesNotMatch",
                      "The request signature we calculated does not match the signature you provided. Check your key "
                      "and signing method.",
                      {{"AWSAccessKeyId", signature.access_key_id},
                       {"StringToSign", string_to_sign},
                       {"SignatureProvided", signature.signature},
                       {"StringToSignBytes", bytes_as_hex(string_to_sign)},
                       {"CanonicalRequest", canonical_request},
                       {"CanonicalRequestBytes", bytes_as_hex(canonical_request)}});
}

base::Error missing_authentication(ErrorStyle style) {
  switch (style) {
    case ErrorStyle::kS3: return {"AccessDenied", "Access Denied"};
    case ErrorStyle::kJson: return {"MissingAuthenticationTokenException", "Missing Authentication Token"};
    default: return {"MissingAuthenticationToken", "Request is missing Authentication Token"};
  }
}

}  // namespace auth
