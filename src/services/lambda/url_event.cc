// The event that a function is given for a request to its URL.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "services/lambda/url_requests.h"

namespace lambda {

namespace {

// Bodies of these types are handed over as texts, all others in base 64.
bool is_text(std::string_view content_type) {
  const std::string type = base::to_lower(base::trim(content_type.substr(0, content_type.find(';'))));
  return type.starts_with("text/") || type == "application/json" || type == "application/javascript" ||
         type == "application/xml" || type.ends_with("+json") || type.ends_with("+xml");
}

const std::string* find_header(const UrlRequest& request, std::string_view name) {
  for (const HttpHeader& header : request.headers)
    if (base::equal_ignoring_case(header.name, name)) return &header.value;
  return nullptr;
}

std::string header_or_empty(const UrlRequest& request, std::string_view name) {
  const std::string* found = find_header(request, name);
  return found ? *found : std::string();
}

// Values of one name are joined by commas.
void add_joined(Value& map, const std::string& name, std::string_view value) {
  const std::string before = map.at(name).str();
  map.set(name, map.has(name) ? before + "," + std::string(value) : std::string(value));
}

Value headers_of(const Call& call, const UrlRequest& request, const std::string& trace_id) {
  Value headers = Value::Map{};
  for (const HttpHeader& header : request.headers) {
    const std::string name = base::to_lower(header.name);
    if (name != "cookie") add_joined(headers, name, header.value);
  }
  if (!headers.has("x-amzn-trace-id")) headers.set("x-amzn-trace-id", trace_id);
  const std::string& base_url = call.request.base_url;
  const std::size_t colon = base_url.rfind(':');
  const std::string port = colon != std::string::npos && base::parse_number(base_url.substr(colon + 1))
                               ? base_url.substr(colon + 1)
                               : (call.request.secure ? "443" : "80");
  headers.set("x-forwarded-for", call.request.source_ip);
  headers.set("x-forwarded-port", port);
  headers.set("x-forwarded-proto", call.request.secure ? "https" : "http");
  return headers;
}

Value cookies_of(const UrlRequest& request) {
  Value cookies = Value::List{};
  for (const HttpHeader& header : request.headers) {
    if (!base::equal_ignoring_case(header.name, "cookie")) continue;
    for (std::string_view cookie : base::split(header.value, ';'))
      if (!base::trim(cookie).empty()) cookies.push(base::trim(cookie));
  }
  return cookies;
}

Value parameters_of(std::string_view query) {
  Value parameters = Value::Map{};
  for (std::string_view part : base::split(query, '&')) {
    if (part.empty()) continue;
    const std::size_t equal = part.find('=');
    auto decoded = [](std::string_view text) {
      return base::percent_decode(text, base::Plus::kSpace).value_or(std::string(text));
    };
    add_joined(parameters, decoded(part.substr(0, equal)),
               equal == part.npos ? std::string() : decoded(part.substr(equal + 1)));
  }
  return parameters;
}

// "12/Mar/2020:19:03:58 +0000"
std::string log_time(std::int64_t time_ms) {
  const std::string http = base::format_http_date(time_ms);  // "Thu, 12 Mar 2020 19:03:58 GMT"
  return fmt::format("{}/{}/{}:{} +0000", http.substr(5, 2), http.substr(8, 3), http.substr(12, 4), http.substr(17, 8));
}

Value authorizer_of(const kernel::Principal& caller) {
  return Value::Map{{"iam", Value::Map{{"accessKey", caller.access_key_id},
                                       {"accountId", caller.account},
                                       {"callerId", caller.user_id},
                                       {"cognitoIdentity", Value()},
                                       {"principalOrgId", Value()},
                                       {"userArn", caller.arn},
                                       {"userId", caller.user_id}}}};
}

Value context_of(const Call& call, const OpenUrl& url, const UrlRequest& request) {
  std::string domain = header_or_empty(request, "host");
  domain = domain.substr(0, domain.find(':'));
  Value context = Value::Map{{"accountId", url.is_signed() ? call.caller.account : std::string("anonymous")},
                             {"apiId", url.id},
                             {"domainName", domain},
                             {"domainPrefix", url.id},
                             {"http", Value::Map{{"method", request.method},
                                                 {"path", request.path},
                                                 {"protocol", request.protocol},
                                                 {"sourceIp", call.request.source_ip},
                                                 {"userAgent", call.request.user_agent}}},
                             {"requestId", call.request.id},
                             {"routeKey", "$default"},
                             {"stage", "$default"},
                             {"time", log_time(call.now_ms())},
                             {"timeEpoch", call.now_ms()}};
  if (url.is_signed()) context.set("authorizer", authorizer_of(call.caller));
  return context;
}

}  // namespace

std::string event_of_request(Call& call, const OpenUrl& url, const UrlRequest& request, const std::string& trace_id) {
  Value event = Value::Map{
      {"version", "2.0"}, {"routeKey", "$default"}, {"rawPath", request.path}, {"rawQueryString", request.query}};
  if (Value cookies = cookies_of(request); !cookies.list().empty()) event.set("cookies", std::move(cookies));
  event.set("headers", headers_of(call, request, trace_id));
  if (!request.query.empty()) event.set("queryStringParameters", parameters_of(request.query));
  event.set("requestContext", context_of(call, url, request));
  const bool is_whole_text =
      is_text(header_or_empty(request, "content-type")) && find_header(request, "content-encoding") == nullptr;
  if (!request.body.empty()) event.set("body", is_whole_text ? request.body : base::to_base64(request.body));
  event.set("isBase64Encoded", !request.body.empty() && !is_whole_text);
  return base::to_json(event);
}

}  // namespace lambda
