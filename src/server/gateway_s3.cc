// What browsers say to S3: preflights, forms, visits of websites.
#include <fmt/format.h>

#include <algorithm>

#include "auth/signing_key.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/xml.h"
#include "server/gateway.h"
#include "server/respond.h"
#include "server/s3_form.h"
#include "services/s3/cors.h"
#include "wire/host.h"

namespace server {

namespace {

using base::Result;
using base::Value;

const std::string* find_label(const wire::Route& route, std::string_view name) {
  for (const auto& [each, value] : route.labels)
    if (each == name) return &value;
  return nullptr;
}

Value cors_configuration(kernel::Cloud& cloud, const std::string& bucket_name, bool& is_there) {
  auto contents = cloud.hold_contents();
  store::Transaction tx = cloud.store().begin({});
  auto bucket = s3::get_bucket(tx, bucket_name);
  is_there = bucket.has_value();
  return bucket ? s3::get_configured(tx, *bucket, s3::Configuration::kCors) : Value();
}

void add_cors_headers(const s3::CorsAnswer& answer, http::Headers& headers) {
  headers.add("Access-Control-Allow-Origin", answer.origin);
  headers.add("Access-Control-Allow-Methods", answer.methods);
  if (!answer.exposed_headers.empty()) headers.add("Access-Control-Expose-Headers", answer.exposed_headers);
  if (answer.max_age_seconds >= 0) headers.add("Access-Control-Max-Age", std::to_string(answer.max_age_seconds));
  if (answer.allows_credentials) headers.add("Access-Control-Allow-Credentials", "true");
  headers.add("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
Result<s3::CorsAnswer> judge_preflight(kernel::Cloud& cloud, const http::Request& request, const wire::Route& route,
                                       std::string& headers) {
  s3::CorsQuestion question{.origin = request.headers.value("Origin"),
                            .method = request.headers.value("Access-Control-Request-Method")};
  if (question.origin.empty())
    return base::fail("BadRequest", "Insufficient information. Origin request header needed.");
  if (question.method.empty()) return base::fail("BadRequest", "Invalid Access-Control-Request-Method: null");
  for (std::string_view each : base::split(request.headers.value("Access-Control-Request-Headers"), ',')) {
    if (base::trim(each).empty()) continue;
    question.headers.push_back(base::trim(each));
    headers += (headers.empty() ? "" : ", ") + base::to_lower(base::trim(each));
  }
  bool has_bucket = false;
  Value configuration = cors_configuration(cloud, *find_label(route, "Bucket"), has_bucket);
  auto refuse = [&](std::string message) {
    std::string_view type = find_label(route, "Key") ? "OBJECT" : "BUCKET";
    return std::unexpected(
        base::Error{"AccessForbidden", std::move(message),
                    std::make_shared<const Value>(Value::Map{{"Method", question.method}, {"ResourceType", type}})});
  };
  if (!has_bucket) return refuse("CORSResponse: Bucket not found");
  if (configuration.is_null()) return refuse("CORSResponse: CORS is not enabled for this bucket.");
  if (auto answer = s3::find_cors_answer(configuration, question)) return *std::move(answer);
  return refuse(
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request "
      "method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's "
      "CORS spec.");
}

// A checksum that a header may tell of the body.
struct HeaderChecksum {
  std::string_view header, name;
  std::string (*compute)(std::string_view body);
};

template <class Number>
std::string big_endian(Number number) {
  std::string bytes;
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8)
    bytes += static_cast<char>((number >> shift) & 0xFF);
  return bytes;
}

constexpr HeaderChecksum kHeaderChecksums[] = {
    {"x-amz-checksum-crc32", "CRC32", [](std::string_view body) { return big_endian(base::crc32(body)); }},
    {"x-amz-checksum-crc32c", "CRC32C", [](std::string_view body) { return big_endian(base::crc32c(body)); }},
    {"x-amz-checksum-crc64nvme", "CRC64NVME", [](std::string_view body) { return big_endian(base::crc64nvme(body)); }},
    {"x-amz-checksum-sha1", "SHA1", base::sha1},
    {"x-amz-checksum-sha256", "SHA256", base::sha256},
};

// "For these operations Content-MD5 or a checksum is required."
constexpr std::string_view kChecksumRequired[] = {"DeleteObjects",      "PutBucketCors",
                                                  "PutObjectLegalHold", "PutBucketLifecycleConfiguration",
                                                  "PutObjectRetention", "PutObjectLockConfiguration"};

Result<void> check_md5(std::string_view given, std::string_view body) {
  auto expected = base::from_base64(given);
  if (!expected || expected->size() != 16)
    return std::unexpected(base::Error{"InvalidDigest", "The Content-MD5 you specified was invalid.",
                                       std::make_shared<const Value>(Value::Map{{"Content-MD5", given}})});
  std::string found = base::md5(body);
  if (found == *expected) return {};
  return std::unexpected(base::Error{"BadDigest", "The Content-MD5 you specified did not match what we received.",
                                     std::make_shared<const Value>(Value::Map{
                                         {"ExpectedDigest", given}, {"CalculatedDigest", base::to_base64(found)}})});
}

// What a form says of its signature. Without a date it is one of Signature Version 2.
struct FormSignature {
  std::string access_key_id, date, region, service, timestamp;
};

std::unexpected<base::Error> field_missing(std::string_view name) {
  return std::unexpected(base::Error{
      "InvalidArgument",
      fmt::format("Bucket POST must contain a field named '{}'.  If it is specified, please check the order of the "
                  "fields.",
                  name),
      std::make_shared<const Value>(Value::Map{{"ArgumentName", name}, {"ArgumentValue", ""}})});
}

Result<std::optional<FormSignature>> read_form_signature(const S3Form& form) {
  if (form.has("awsaccesskeyid") || form.has("signature")) {
    for (std::string_view name : {"policy", "AWSAccessKeyId", "signature"})
      if (!form.has(base::to_lower(name))) return field_missing(name);
    return FormSignature{.access_key_id = std::string(form.field("awsaccesskeyid"))};
  }
  bool is_signed = form.has("x-amz-signature") || form.has("x-amz-credential") || form.has("policy");
  if (!is_signed) return std::nullopt;
  for (std::string_view name : {"policy", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"})
    if (!form.has(base::to_lower(name))) return field_missing(name);
  if (form.field("x-amz-algorithm") != "AWS4-HMAC-SHA256")
    return base::fail("InvalidRequest",
                      "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
  auto parts = base::split(form.field("x-amz-credential"), '/');
  if (parts.size() != 5 || parts[4] != "aws4_request")
    return base::fail("InvalidArgument",
                      "X-Amz-Credential must be of the form \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  return FormSignature{.access_key_id = std::string(parts[0]),
                       .date = std::string(parts[1]),
                       .region = std::string(parts[2]),
                       .service = std::string(parts[3]),
                       .timestamp = std::string(form.field("x-amz-date"))};
}

Result<void> verify_form(const FormSignature& signature, std::string_view secret, const S3Form& form) {
  const bool is_old = signature.date.empty();
  std::string expected;
  if (is_old)
    expected = base::to_base64(base::hmac_sha1(secret, form.field("policy")));
  else
    auth::append_hex(
        expected,
        auth::signing_key(secret, {signature.date, signature.region, signature.service}).sign(form.field("policy")));
  std::string_view given = form.field(is_old ? "signature" : "x-amz-signature");
  if (base::equal_in_constant_time(expected, given)) return {};
  return std::unexpected(base::Error{
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing "
      "method.",
      std::make_shared<const Value>(Value::Map{{"AWSAccessKeyId", signature.access_key_id},
                                               {"StringToSign", form.field("policy")},
                                               {"SignatureProvided", given}})});
}

// What answers a form that has been taken.
http::Response form_answer(const S3Form& form, const std::string& bucket, const std::string& base_url,
                           const std::string& etag, http::Response response) {
  std::string location = fmt::format("{}/{}/{}", base_url, bucket, base::percent_encode(form.key, "/"));
  std::string_view redirect = form.field(form.has("success_action_redirect") ? "success_action_redirect" : "redirect");
  response.body = std::string();
  if (redirect.starts_with("http://") || redirect.starts_with("https://")) {
    response.status = 303;
    response.headers.set(
        "Location",
        fmt::format("{}{}bucket={}&key={}&etag={}", redirect, redirect.find('?') == redirect.npos ? '?' : '&',
                    base::percent_encode(bucket), base::percent_encode(form.key), base::percent_encode(etag)));
    return response;
  }
  response.headers.set("Location", location);
  response.status = 204;
  if (form.field("success_action_status") == "200") response.status = 200;
  if (form.field("success_action_status") != "201") return response;
  response.status = 201;
  response.headers.set("Content-Type", "application/xml");
  std::string body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  base::XmlWriter out(body);
  out.open("PostResponse");
  out.element("Location", location);
  out.element("Bucket", bucket);
  out.element("Key", form.key);
  out.element("ETag", etag);
  out.close();
  response.body = std::move(body);
  return response;
}

}  // namespace

// "If you include the header in your GetObject requests for the object that uses these types of keys, you'll get an
// HTTP 400 Bad Request error." The API's model does not have it there.
Result<void> Gateway::check_sent_encryption(const wire::Route& route, const wire::Request& request) {
  constexpr std::string_view kName = "x-amz-server-side-encryption";
  if (!route.service || route.service->id != "s3") return {};
  if (route.operation->name != "GetObject" && route.operation->name != "HeadObject") return {};
  std::string_view given = request.header(kName);
  if (given.empty()) return {};
  return std::unexpected(
      base::Error{"InvalidArgument", "x-amz-server-side-encryption header is not supported for this operation.",
                  std::make_shared<const base::Value>(
                      base::Value::Map{{"ArgumentName", std::string(kName)}, {"ArgumentValue", std::string(given)}})});
}

// Of documents; bodies of objects are checked by who takes them.
Result<void> Gateway::check_digests(const wire::Route& route, const wire::Request& request) {
  if (!route.service || route.service->id != "s3") return {};
  const model::Member* payload = route.operation->input->find(route.operation->input->payload);
  if (payload && payload->shape->kind == model::Kind::kBlob) return {};
  bool is_checked = false;
  if (std::string_view given = request.header("Content-MD5"); !given.empty()) {
    TRY_VOID(check_md5(given, request.body));
    is_checked = true;
  }
  // The checksums of CompleteMultipartUpload are of the object that it makes.
  const bool are_of_body = route.operation->name != "CompleteMultipartUpload";
  for (const HeaderChecksum& each : kHeaderChecksums) {
    std::string_view given = request.header(each.header);
    if (given.empty() || !are_of_body) continue;
    is_checked = true;
    if (given != base::to_base64(each.compute(request.body)))
      return base::fail("BadDigest",
                        fmt::format("The {} you specified did not match the calculated checksum.", each.name));
  }
  is_checked = is_checked || !request.header("x-amz-sdk-checksum-algorithm").empty();
  bool is_required = std::ranges::find(kChecksumRequired, route.operation->name) != std::end(kChecksumRequired);
  if (is_checked || !is_required) return {};
  return base::fail("InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
}

bool Gateway::answer_browser(LoopState& state, const std::shared_ptr<http::Exchange>& exchange) {
  const http::Request& request = exchange->request();
  std::string_view host = request.headers.value("Host");
  bool may_be_website = host.find("s3-website") != host.npos;
  if (may_be_website && wire::parse_host(host, parts_.host_name).service == "s3-website") {
    visit_website(state, exchange);
    return true;
  }
  bool is_preflight = request.method == "OPTIONS";
  bool is_form = request.method == "POST" &&
                 base::to_lower(request.headers.value("Content-Type")).starts_with("multipart/form-data");
  if (!is_preflight && !is_form) return false;
  take_headers(state, request);
  wire::Request probe{.method = "GET", .path = request.path(), .headers = state.wire_headers};
  wire::Route route;
  bool is_routed = wire::find_route(probe, {.base_host = parts_.host_name}, route).has_value();
  if (!is_routed || route.service->id != "s3" || !find_label(route, "Bucket")) return false;
  std::string request_id = base::random_uuid(parts_.cloud.dice());
  if (is_form) {
    if (find_label(route, "Key")) return false;
    auto taken = take_form(state, exchange, *find_label(route, "Bucket"), request_id);
    if (!taken) respond_with(*exchange, route, wire::write_error(route, taken.error(), request_id));
    return true;
  }
  std::string headers;
  auto answer = judge_preflight(parts_.cloud, request, route, headers);
  if (!answer) {
    exchange->respond(to_response(wire::write_error(route, answer.error(), request_id)));
    return true;
  }
  http::Response response{.status = 200};
  add_cors_headers(*answer, response.headers);
  if (!headers.empty()) response.headers.add("Access-Control-Allow-Headers", headers);
  response.headers.add("x-amz-request-id", request_id);
  exchange->respond(std::move(response));
  return true;
}

void Gateway::add_cors(const http::Request& request, const wire::Route& route, http::Response& response) {
  std::string_view origin = request.headers.value("Origin");
  const std::string* bucket = find_label(route, "Bucket");
  if (origin.empty() || !bucket || !route.service || route.service->id != "s3") return;
  bool has_bucket = false;
  Value configuration = cors_configuration(parts_.cloud, *bucket, has_bucket);
  if (auto answer = s3::find_cors_answer(configuration, {.origin = origin, .method = request.method, .headers = {}}))
    add_cors_headers(*answer, response.headers);
}

// "To find out in which region a bucket is, make a HEAD request": who may not see the bucket is told, too.
void Gateway::add_bucket_region(const wire::Route& route, http::Response& response) {
  if (response.status != 403 || !route.service || route.service->id != "s3" || !route.operation) return;
  const std::string* name = find_label(route, "Bucket");
  if (route.operation->name != "HeadBucket" || !name || response.headers.has("x-amz-bucket-region")) return;
  auto contents = parts_.cloud.hold_contents();
  if (auto bucket = s3::get_bucket(parts_.cloud.store().begin({}), *name))
    response.headers.add("x-amz-bucket-region", bucket->region);
}

Result<void> Gateway::take_form(LoopState& state, const std::shared_ptr<http::Exchange>& exchange,
                                const std::string& bucket, const std::string& request_id) {
  const http::Request& request = exchange->request();
  auto parts = TRY(wire::parse_multipart(request.headers.value("Content-Type"), request.body));
  auto form = std::make_shared<S3Form>(TRY(read_s3_form(parts)));
  auto signature = TRY(read_form_signature(*form));
  Reading reading;
  reading.received = parts_.cloud.clock().now();
  reading.region = signature && !signature->region.empty() ? signature->region : parts_.default_region;
  kernel::Request described = describe(request, request_id, reading.received);
  if (signature) {
    TRY_VOID(authenticate_form(*form, signature->access_key_id, reading,
                               [&](std::string_view secret) { return verify_form(*signature, secret, *form); }));
    TRY_VOID(check_form_policy(*form, bucket, form->field("policy"), kernel::to_ms(reading.received)));
    described.signed_in = "POST";
    described.signed_ms = base::parse_basic_time(signature->timestamp).value_or(0);
  }
  // From here on it is a PutObject that had come with these headers.
  auto headers = TRY(headers_of_form(*form));
  std::vector<wire::Header> views{{"Host", "localhost"}};
  for (const auto& [name, value] : headers) views.push_back({name, value});
  std::string path = fmt::format("/{}/{}", bucket, base::percent_encode(form->key, "/"));
  wire::Request put{.method = "PUT", .path = path, .headers = views, .body = form->content};
  TRY_VOID(wire::find_route(put, {.signing_name = "s3", .base_host = parts_.host_name}, reading.route));
  kernel::Invocation invocation =
      make_invocation(request, reading, TRY(wire::parse_input(reading.route, put)), request_id);
  invocation.request = std::move(described);
  std::string base_url = invocation.request.base_url;
  submit(state, exchange, std::move(reading), std::move(invocation),
         {.retouch = [form, bucket, base_url](const Value& output, http::Response response) {
           return form_answer(*form, bucket, base_url, output.at("ETag").str(), std::move(response));
         }});
  return {};
}

}  // namespace server
