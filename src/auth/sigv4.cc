#include "auth/sigv4.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "auth/canonical.h"
#include "auth/signing_key.h"
#include "auth/sigv2.h"
#include "auth/sigv4_errors.h"
#include "auth/sigv4a.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/value.h"

namespace auth {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// The header fields that signing is about, trimmed; absent ones are empty.
struct SigningHeaders {
  std::string_view authorization, amz_date, date, security_token, payload_hash, region_set;
};

SigningHeaders find_headers(std::span<const Header> headers) {
  SigningHeaders found;
  const std::pair<std::string_view, std::string_view*> wanted[] = {{"authorization", &found.authorization},
                                                                   {"x-amz-date", &found.amz_date},
                                                                   {"date", &found.date},
                                                                   {"x-amz-security-token", &found.security_token},
                                                                   {"x-amz-s3session-token", &found.security_token},
                                                                   {"x-amz-region-set", &found.region_set},
                                                                   {"x-amz-content-sha256", &found.payload_hash}};
  for (const Header& header : headers)
    for (auto& [name, value] : wanted)
      if (is_named(header, name) && value->empty()) *value = base::trim(header.value);
  return found;
}

// AKID/20230102/us-east-1/sqs/aws4_request; of version 4A without the region, which stands elsewhere.
base::Result<void> parse_credential(Signature& signature, std::string_view credential, ErrorStyle style) {
  std::array<std::string_view, 5> parts;
  std::string_view rest = credential;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i == 2 && signature.is_asymmetric) continue;
    auto slash = rest.find('/');
    bool last = i + 1 == parts.size();
    if ((slash == std::string_view::npos) != last)
      return refuse_malformed_credential(credential, signature.form, style);
    parts[i] = rest.substr(0, slash);
    if (!last) rest.remove_prefix(slash + 1);
  }
  if (parts[0].empty() || parts[3].empty()) return refuse_malformed_credential(credential, signature.form, style);
  if (parts[4] != "aws4_request") return refuse_terminator(parts[4], signature.form, style);
  signature.access_key_id = parts[0];
  signature.date = parts[1];
  if (!signature.is_asymmetric) signature.region = parts[2];
  signature.service = parts[3];
  return {};
}

base::Result<void> parse_date(Signature& signature, std::string_view date, ErrorStyle style) {
  auto time_ms = base::parse_basic_time(date);
  bool is_basic = time_ms.has_value();
  if (!is_basic && signature.form == SignatureForm::kHeader) time_ms = base::parse_http_date(date);
  if (!time_ms) return refuse_bad_date(date, signature.form, style);
  signature.timestamp_ms = *time_ms;
  signature.timestamp = is_basic ? std::string(date) : base::format_basic_time(*time_ms);
  if (signature.date != std::string_view(signature.timestamp).substr(0, 8))
    return refuse_credential_date(signature, style);
  return {};
}

bool is_signed(const Signature& signature, std::string_view name) {
  std::string_view names = signature.signed_headers;
  for (;;) {
    auto end = names.find(';');
    if (base::equal_ignoring_case(names.substr(0, end), name)) return true;
    if (end == std::string_view::npos) return false;
    names.remove_prefix(end + 1);
  }
}

// The host must be signed, and for S3 all that steers the request.
base::Result<void> check_signed_headers(const Signature& signature, const SignedRequest& request, ErrorStyle style) {
  if (!is_signed(signature, "host") && !is_signed(signature, ":authority")) return refuse_unsigned_host(style);
  if (style != ErrorStyle::kS3) return {};
  std::string missing;
  for (const Header& header : request.headers) {
    if (!base::equal_ignoring_case(header.name.substr(0, 6), "x-amz-") || is_signed(signature, header.name)) continue;
    if (!missing.empty()) missing += ", ";
    missing += base::to_lower(header.name);
  }
  if (!missing.empty()) return refuse_unsigned_header(missing);
  return {};
}

base::Result<void> parse_header(Signature& signature, const SigningHeaders& headers, ErrorStyle style) {
  std::string_view authorization = headers.authorization, credential;
  std::string_view rest = authorization.substr((signature.is_asymmetric ? kAlgorithm4A : kAlgorithm).size());
  if (signature.is_asymmetric) signature.region = region_of_set(headers.region_set);
  while (!rest.empty()) {
    auto end = std::min(rest.find(','), rest.size());
    std::string_view part = base::trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (part.empty()) continue;
    auto equals = part.find('=');
    if (equals == std::string_view::npos) return refuse_part_without_equals(authorization, part, style);
    std::string_view name = part.substr(0, equals), value = part.substr(equals + 1);
    if (name == "Credential")
      credential = value;
    else if (name == "SignedHeaders")
      signature.signed_headers = value;
    else if (name == "Signature")
      signature.signature = value;
  }
  std::string_view date = headers.amz_date.empty() ? headers.date : headers.amz_date;
  HeaderParts found{.credential = !credential.empty(),
                    .signed_headers = !signature.signed_headers.empty(),
                    .signature = !signature.signature.empty(),
                    .date = !date.empty()};
  if (!found.credential || !found.signed_headers || !found.signature || !found.date)
    return refuse_incomplete_header(authorization, found, style);
  TRY_VOID(parse_credential(signature, credential, style));
  TRY_VOID(parse_date(signature, date, style));
  signature.security_token = headers.security_token;
  signature.payload_hash = headers.payload_hash;
  if (style == ErrorStyle::kS3 && signature.payload_hash.empty())
    return base::fail("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
  return {};
}

// The parameters of a presigned URL, decoded; absent ones are empty.
struct QueryParameters {
  std::string algorithm, credential, date, expires, signed_headers, signature, security_token, payload_hash, region_set;
  bool version_2 = false;
};

QueryParameters find_parameters(std::string_view query) {
  QueryParameters found;
  const std::pair<std::string_view, std::string*> wanted[] = {{"X-Amz-Algorithm", &found.algorithm},
                                                              {"X-Amz-Credential", &found.credential},
                                                              {"X-Amz-Date", &found.date},
                                                              {"X-Amz-Expires", &found.expires},
                                                              {"X-Amz-Region-Set", &found.region_set},
                                                              {"X-Amz-Signature", &found.signature},
                                                              {"X-Amz-SignedHeaders", &found.signed_headers},
                                                              {"X-Amz-Security-Token", &found.security_token},
                                                              {"X-Amz-S3session-Token", &found.security_token},
                                                              {"X-Amz-Content-Sha256", &found.payload_hash}};
  bool key = false, signature = false;
  while (!query.empty()) {
    auto end = std::min(query.find('&'), query.size());
    std::string_view piece = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    auto equals = piece.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view name = piece.substr(0, equals);
    key |= name == "AWSAccessKeyId";
    signature |= name == "Signature";
    for (auto& [wanted_name, value] : wanted)
      if (base::equal_ignoring_case(name, wanted_name))
        *value = base::percent_decode(piece.substr(equals + 1)).value_or("");
  }
  found.version_2 = key && signature;
  return found;
}

base::Result<std::optional<std::int64_t>> parse_expires(std::string_view text, ErrorStyle style) {
  if (text.empty()) return std::nullopt;
  auto seconds = base::parse_number(text);
  if (!seconds) return refuse_query_parameter("X-Amz-Expires should be a number", style);
  if (*seconds < 0) return refuse_query_parameter("X-Amz-Expires must be non-negative", style);
  if (*seconds > kPresignedSecondsMax)
    return refuse_query_parameter(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
        "604800 seconds",
        style);
  return seconds;
}

base::Result<std::optional<Signature>> parse_query(const SignedRequest& request, const SigningHeaders& headers,
                                                   ErrorStyle style) {
  if (request.query.empty()) return std::nullopt;
  QueryParameters parameters = find_parameters(request.query);
  if (parameters.algorithm.empty() && parameters.signature.empty()) {
    if (parameters.version_2) return refuse_scheme("AWS", style);
    return std::nullopt;
  }
  const bool is_asymmetric = parameters.algorithm == kAlgorithm4A;
  if (!parameters.algorithm.empty() && parameters.algorithm != kAlgorithm && !is_asymmetric)
    return refuse_query_parameter("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
                                  style);
  const std::pair<std::string_view, const std::string&> required[] = {
      {"X-Amz-Algorithm", parameters.algorithm},
      {"X-Amz-Credential", parameters.credential},
      {"X-Amz-Signature", parameters.signature},
      {"X-Amz-SignedHeaders", parameters.signed_headers},
      {"X-Amz-Date", parameters.date}};
  for (auto& [name, value] : required)
    if (value.empty()) return refuse_incomplete_query(name, style);
  if (style == ErrorStyle::kS3 && parameters.expires.empty()) return refuse_incomplete_query("X-Amz-Expires", style);
  Signature signature{.form = SignatureForm::kQuery, .is_asymmetric = is_asymmetric};
  if (is_asymmetric) signature.region = region_of_set(parameters.region_set);
  TRY_VOID(parse_credential(signature, parameters.credential, style));
  if (is_asymmetric && !signs_like_s3(signature.service)) return refuse_scheme(kAlgorithm4A, style);
  TRY_VOID(parse_date(signature, parameters.date, style));
  signature.expires_s = TRY(parse_expires(parameters.expires, style));
  signature.signed_headers = std::move(parameters.signed_headers);
  signature.signature = std::move(parameters.signature);
  signature.security_token = std::move(parameters.security_token);
  signature.payload_hash = std::move(parameters.payload_hash);
  if (signature.payload_hash.empty()) signature.payload_hash = headers.payload_hash;
  if (signature.payload_hash.empty() && signs_like_s3(signature.service)) signature.payload_hash = kUnsignedPayload;
  return signature;
}

void append_string_to_sign(std::string& out, const Signature& signature, std::string_view canonical_request) {
  out += signature.is_asymmetric ? kAlgorithm4A : kAlgorithm;
  out += '\n';
  out += signature.timestamp;
  out += '\n';
  if (signature.is_asymmetric)
    out += signature.date + "/" + signature.service + "/aws4_request";
  else
    append_scope(out, {signature.date, signature.region, signature.service});
  out += '\n';
  Sha256 hash;
  hash.add(canonical_request);
  append_hex(out, hash.finish());
}

}  // namespace

base::Result<std::optional<Signature>> parse_authorization(const SignedRequest& request, ErrorStyle style) {
  if (auto version_2 = parse_version_2(request)) return version_2;
  SigningHeaders headers = find_headers(request.headers);
  if (headers.authorization.empty()) return parse_query(request, headers, style);
  std::string_view scheme = headers.authorization.substr(0, headers.authorization.find(' '));
  if (scheme == kAlgorithm) {
    std::optional<Signature> signature(std::in_place);
    TRY_VOID(parse_header(*signature, headers, style));
    return signature;
  }
  if (scheme == kAlgorithm4A) {
    Signature signature{.is_asymmetric = true};
    TRY_VOID(parse_header(signature, headers, style));
    if (!signs_like_s3(signature.service)) return refuse_scheme(scheme, style);
    return signature;
  }
  if (scheme == "AWS" || scheme == "AWS3-HTTPS" || style == ErrorStyle::kS3) return refuse_scheme(scheme, style);
  return std::nullopt;
}

base::Result<void> verify_time(const Signature& signature, std::int64_t now_ms, ErrorStyle style) {
  if (signature.is_version_2) return verify_time_of_version_2(signature, now_ms);
  std::int64_t valid_ms = kSkewMaxMs;
  if (signature.form == SignatureForm::kQuery && signature.expires_s) {
    std::int64_t expires_ms = *signature.expires_s * 1000;
    // S3 takes the time it is told; the other services give every signature a quarter of an hour at least.
    valid_ms = style == ErrorStyle::kS3 ? expires_ms : std::max(expires_ms, kSkewMaxMs);
  }
  bool early = signature.timestamp_ms > now_ms + kSkewMaxMs;
  bool late = now_ms > signature.timestamp_ms + valid_ms;
  if (early || late) return refuse_time(signature, now_ms, valid_ms, style);
  return {};
}

base::Result<void> verify(const Signature& signature, const SignedRequest& request, std::string_view secret,
                          std::int64_t now_ms, std::string_view body_hash, ErrorStyle style) {
  if (signature.is_version_2) return verify_version_2(signature, request, secret, now_ms);
  TRY_VOID(verify_time(signature, now_ms, style));
  TRY_VOID(check_signed_headers(signature, request, style));
  std::string_view payload_hash = !signature.payload_hash.empty() ? std::string_view(signature.payload_hash)
                                  : !body_hash.empty()            ? body_hash
                                                                  : kEmptyHash;
  const HmacKey* key =
      signature.is_asymmetric ? nullptr : &signing_key(secret, {signature.date, signature.region, signature.service});
  thread_local std::string canonical, text, expected;
  auto matches = [&](QueryForm form) {
    canonical.clear();
    text.clear();
    expected.clear();
    append_canonical_request(canonical, signature, request, payload_hash, form);
    append_string_to_sign(text, signature, canonical);
    if (!key) return is_signed_asymmetrically(signature, secret, text);
    append_hex(expected, key->sign(text));
    return base::equal_in_constant_time(expected, signature.signature);
  };
  bool plain = is_canonical_as_sent(request);
  if (plain && matches(QueryForm::kAsSent)) return {};
  if (!plain && (matches(QueryForm::kAsSent) || matches(QueryForm::kCanonical))) return {};
  return refuse_mismatch(signature, canonical, text, style);
}

base::Result<void> verify_payload(const Signature& signature, std::string_view body_hash) {
  if (signature.payload_hash.empty() || signature.payload_hash == kUnsignedPayload || signature.is_streaming())
    return {};
  if (base::equal_ignoring_case(signature.payload_hash, body_hash)) return {};
  return std::unexpected(base::Error{
      "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.",
      std::make_shared<const base::Value>(base::Value::Map{{"ClientComputedContentSHA256", signature.payload_hash},
                                                           {"S3ComputedContentSHA256", body_hash}})});
}

std::string canonical_request(const Signature& signature, const SignedRequest& request, std::string_view payload_hash) {
  std::string text;
  append_canonical_request(text, signature, request, payload_hash, QueryForm::kCanonical);
  return text;
}

std::string string_to_sign(const Signature& signature, std::string_view canonical_request) {
  std::string text;
  append_string_to_sign(text, signature, canonical_request);
  return text;
}

bool signs_like_s3(std::string_view service) {
  return service == "s3" || service == "s3express" || service == "s3-outposts" || service == "s3-object-lambda";
}

}  // namespace auth
