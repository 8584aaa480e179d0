#include "auth/sigv2.h"

#include <algorithm>
#include <map>

#include "auth/sigv4_errors.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/value.h"

namespace auth {

namespace {

// The parameters that name what a request is about, or change the answer's headers: they are signed.
constexpr std::string_view kSignedParameters[] = {"accelerate",
                                                  "acl",
                                                  "analytics",
                                                  "cors",
                                                  "defaultObjectAcl",
                                                  "delete",
                                                  "inventory",
                                                  "lifecycle",
                                                  "location",
                                                  "logging",
                                                  "metrics",
                                                  "notification",
                                                  "object-lock",
                                                  "partNumber",
                                                  "policy",
                                                  "replication",
                                                  "requestPayment",
                                                  "response-cache-control",
                                                  "response-content-disposition",
                                                  "response-content-encoding",
                                                  "response-content-language",
                                                  "response-content-type",
                                                  "response-expires",
                                                  "restore",
                                                  "select",
                                                  "select-type",
                                                  "storageClass",
                                                  "tagging",
                                                  "torrent",
                                                  "uploadId",
                                                  "uploads",
                                                  "versionId",
                                                  "versioning",
                                                  "versions",
                                                  "website"};

struct QueryPart {
  std::string_view name;
  std::optional<std::string> value;  // decoded; nothing: there is no '='
};

std::vector<QueryPart> query_parts(std::string_view query) {
  std::vector<QueryPart> found;
  if (query.empty()) return found;
  for (std::string_view piece : base::split(query, '&')) {
    const std::size_t equals = piece.find('=');
    QueryPart parameter{.name = piece.substr(0, equals), .value = std::nullopt};
    if (equals != piece.npos) parameter.value = base::percent_decode(piece.substr(equals + 1)).value_or("");
    found.push_back(std::move(parameter));
  }
  return found;
}

// Parameters that stand for headers count where the header itself is not there.
std::string header_or_parameter(const SignedRequest& request, std::string_view name) {
  for (const Header& header : request.headers)
    if (base::equal_ignoring_case(header.name, name)) return std::string(base::trim(header.value));
  for (const QueryPart& parameter : query_parts(request.query))
    if (base::equal_ignoring_case(parameter.name, name)) return parameter.value.value_or("");
  return "";
}

std::string signed_amazon_headers(const SignedRequest& request) {
  std::map<std::string, std::string> found;
  for (const Header& header : request.headers) {
    std::string name = base::to_lower(header.name);
    if (!name.starts_with("x-amz-")) continue;
    std::string& value = found[name];
    if (!value.empty()) value += ',';
    value += base::trim(header.value);
  }
  for (const QueryPart& parameter : query_parts(request.query)) {
    std::string name = base::to_lower(parameter.name);
    if (name.starts_with("x-amz-")) found.try_emplace(name, parameter.value.value_or(""));
  }
  std::string text;
  for (const auto& [name, value] : found) text.append(name).append(":").append(value).append("\n");
  return text;
}

// "/bucket/key?acl", whether the bucket stands in the path or in the host.
std::string signed_resource(const SignedRequest& request) {
  std::string text;
  std::string host = header_or_parameter(request, "host");
  host.resize(std::min(host.find(':'), host.size()));
  const std::size_t s3 = std::min(host.find(".s3."), host.find(".s3-"));
  if (s3 != std::string::npos) text = "/" + host.substr(0, s3);
  text += request.path;

  std::vector<QueryPart> parameters = query_parts(request.query);
  std::erase_if(parameters, [](const QueryPart& each) {
    return std::ranges::find(kSignedParameters, each.name) == std::end(kSignedParameters);
  });
  std::ranges::stable_sort(parameters, {}, &QueryPart::name);
  char separator = '?';
  for (const QueryPart& each : parameters) {
    text += separator;
    text += each.name;
    if (each.value) text.append("=").append(*each.value);
    separator = '&';
  }
  return text;
}

bool has_amazon_date(const SignedRequest& request) {
  return std::ranges::any_of(request.headers,
                             [](const Header& each) { return base::equal_ignoring_case(each.name, "x-amz-date"); });
}

std::optional<Signature> parse_version_2_header(const SignedRequest& request, std::string_view authorization) {
  std::string_view credentials = base::trim(authorization.substr(authorization.find(' ') + 1));
  const std::size_t colon = credentials.find(':');
  if (colon == credentials.npos) return std::nullopt;
  Signature signature{.form = SignatureForm::kHeader};
  signature.access_key_id = credentials.substr(0, colon);
  signature.signature = credentials.substr(colon + 1);
  // "If you include the x-amz-date header", an empty one, too, the Date header does not count.
  signature.timestamp = header_or_parameter(request, has_amazon_date(request) ? "x-amz-date" : "date");
  // A date that is none is as far from now as can be.
  signature.timestamp_ms = base::parse_http_date(signature.timestamp).value_or(0);
  return signature;
}

std::optional<Signature> parse_version_2_parameters(const SignedRequest& request) {
  Signature signature{.form = SignatureForm::kQuery};
  std::string expires;
  for (const QueryPart& each : query_parts(request.query)) {
    if (each.name == "AWSAccessKeyId") signature.access_key_id = each.value.value_or("");
    if (each.name == "Signature") signature.signature = each.value.value_or("");
    if (each.name == "Expires") expires = each.value.value_or("");
    // The query protocol had a version 2 of its own.
    if (each.name == "SignatureVersion") return std::nullopt;
  }
  if (signature.access_key_id.empty() || signature.signature.empty() || expires.empty()) return std::nullopt;
  signature.timestamp = expires;
  signature.expires_s = base::parse_number(expires).value_or(0);
  return signature;
}

}  // namespace

std::optional<Signature> parse_version_2(const SignedRequest& request) {
  std::string_view authorization;
  for (const Header& header : request.headers)
    if (base::equal_ignoring_case(header.name, "authorization")) authorization = base::trim(header.value);
  std::optional<Signature> signature;
  if (authorization.starts_with("AWS "))
    signature = parse_version_2_header(request, authorization);
  else if (authorization.empty() && request.query.find("AWSAccessKeyId=") != std::string_view::npos)
    signature = parse_version_2_parameters(request);
  if (!signature) return std::nullopt;
  signature->is_version_2 = true;
  signature->region = "us-east-1";
  signature->service = "s3";
  signature->security_token = header_or_parameter(request, "x-amz-security-token");
  signature->payload_hash = kUnsignedPayload;
  return signature;
}

base::Result<void> verify_time_of_version_2(const Signature& signature, std::int64_t now_ms) {
  if (signature.form == SignatureForm::kQuery) {
    if (now_ms / 1000 <= *signature.expires_s) return {};
    return std::unexpected(base::Error{"AccessDenied", "Request has expired",
                                       std::make_shared<const base::Value>(base::Value::Map{
                                           {"Expires", base::format_iso8601(*signature.expires_s * 1000)},
                                           {"ServerTime", base::format_iso8601(now_ms / 1000 * 1000)}})});
  }
  if (signature.timestamp.empty() || signature.timestamp_ms <= 0)
    return base::fail("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
  const bool is_near = signature.timestamp_ms <= now_ms + kSkewMaxMs && now_ms <= signature.timestamp_ms + kSkewMaxMs;
  if (is_near) return {};
  return refuse_time(signature, now_ms, kSkewMaxMs, ErrorStyle::kS3);
}

std::string string_to_sign_of_version_2(const Signature& signature, const SignedRequest& request) {
  std::string date =
      signature.form == SignatureForm::kQuery ? signature.timestamp : header_or_parameter(request, "date");
  // "If you include the x-amz-date header, use the empty string for the Date."
  if (signature.form == SignatureForm::kHeader && !header_or_parameter(request, "x-amz-date").empty()) date.clear();
  std::string text(request.method);
  text.append("\n").append(header_or_parameter(request, "content-md5"));
  text.append("\n").append(header_or_parameter(request, "content-type"));
  text.append("\n").append(date).append("\n");
  return text + signed_amazon_headers(request) + signed_resource(request);
}

base::Result<void> verify_version_2(const Signature& signature, const SignedRequest& request, std::string_view secret,
                                    std::int64_t now_ms) {
  TRY_VOID(verify_time_of_version_2(signature, now_ms));
  const std::string text = string_to_sign_of_version_2(signature, request);
  const std::string expected = base::to_base64(base::hmac_sha1(secret, text));
  if (base::equal_in_constant_time(expected, signature.signature)) return {};
  // Clients that put the bucket into the host where they can sign "/bucket/" when it stands in the path, too.
  if (request.path.size() > 1 && request.path.find('/', 1) == request.path.npos) {
    const std::string slashed = std::string(request.path) + "/";
    SignedRequest with_slash = request;
    with_slash.path = slashed;
    const std::string other = string_to_sign_of_version_2(signature, with_slash);
    if (base::equal_in_constant_time(base::to_base64(base::hmac_sha1(secret, other)), signature.signature)) return {};
  }
  return refuse_mismatch(signature, "", text, ErrorStyle::kS3);
}

}  // namespace auth
