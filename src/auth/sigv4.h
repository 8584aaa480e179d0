#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

// Signature Version 4: who signed a request, and whether they did.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
namespace auth {

struct Header {
  std::string_view name, value;
};

// A request as it came off the wire, nothing decoded.
struct SignedRequest {
  std::string_view method;
  std::string_view path;   // without the query
  std::string_view query;  // without the question mark
  std::span<const Header> headers;
};

// Whose words errors are put in: codes and messages differ between S3, the services with XML answers (SQS's query
// protocol, IAM, EC2: "SignatureDoesNotMatch") and those with JSON answers ("InvalidSignatureException").
enum class ErrorStyle : std::uint8_t { kS3, kOther, kJson };

enum class SignatureForm : std::uint8_t { kHeader, kQuery };  // Authorization header; presigned URL

// What x-amz-content-sha256 may say instead of a hash. The body of the streaming forms is aws-chunked (see chunked.h).
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view kStreamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
inline constexpr std::string_view kStreamingSigned = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
inline constexpr std::string_view kStreamingSignedTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
inline constexpr std::string_view kStreamingEvents = "STREAMING-AWS4-HMAC-SHA256-EVENTS";

inline constexpr std::int64_t kSkewMaxMs = 15 * 60 * 1000;
inline constexpr std::int64_t kPresignedSecondsMax = 7 * 24 * 60 * 60;

// What a request says about its signature. Nothing in here is proven until `verify` has succeeded.
struct Signature {
  SignatureForm form = SignatureForm::kHeader;
  bool is_asymmetric = false;  // version 4A, see sigv4a.h; the region is then the first of its set, or empty for any
  bool is_version_2 = false;   // see sigv2.h; `expires_s` is then a time, and the date, scope and headers are empty
  std::string access_key_id;
  std::string date, region, service;  // the credential scope; the date as YYYYMMDD
  std::string signed_headers;         // names, lower case, ";" between them
  std::string signature;              // 64 hexadecimal digits if all is well
  std::string timestamp;              // 20230102T030405Z, as signed
  std::int64_t timestamp_ms = 0;
  std::optional<std::int64_t> expires_s;  // of presigned URLs
  std::string security_token;             // of temporary credentials, else empty
  // x-amz-content-sha256: a hash in hexadecimal digits or one of the words above; empty where the request has none. For
  // S3's presigned URLs it is UNSIGNED-PAYLOAD unless the request says otherwise.
  std::string payload_hash;

  bool is_streaming() const { return payload_hash.starts_with("STREAMING-"); }
};

// The signature of a request; none for a request that carries none (anonymous, or with a scheme of authorization that
// is not AWS's). Errors are what AWS answers to what is incomplete or malformed. Version 2 is taken in S3's form only,
// and 4A of S3 only; others are recognised and refused.
base::Result<std::optional<Signature>> parse_authorization(const SignedRequest& request, ErrorStyle style);

// Whether the request was signed with this secret, lately enough. `body_hash`, the SHA-256 of the body in lower-case
// hexadecimal digits, counts where the request claims no payload hash; empty means an empty body. A claimed hash is
// what is verified: whether the body has it is for `verify_payload` to say.
base::Result<void> verify(const Signature& signature, const SignedRequest& request, std::string_view secret,
                          std::int64_t now_ms, std::string_view body_hash, ErrorStyle style);

// Whether the time alone is right: for keys whose signature is not checked.
base::Result<void> verify_time(const Signature& signature, std::int64_t now_ms, ErrorStyle style);

// Whether a body of this SHA-256 is the one that was signed; always, where no hash was claimed or the body is streamed.
base::Result<void> verify_payload(const Signature& signature, std::string_view body_hash);

// What AWS answers to an anonymous request that is not allowed.
base::Error missing_authentication(ErrorStyle style);

// The text whose hash is signed, and the text that is signed; for signers and for explaining a mismatch.
std::string canonical_request(const Signature& signature, const SignedRequest& request, std::string_view payload_hash);
std::string string_to_sign(const Signature& signature, std::string_view canonical_request);

// Whether paths of this service are signed in S3's way: encoded once and never normalised.
bool signs_like_s3(std::string_view service);

}  // namespace auth
