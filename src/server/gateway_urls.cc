// Requests to the hosts of function URLs: "<id>.lambda-url.<region>.<our name>".
#include "base/bytes.h"
#include "base/json.h"
#include "server/gateway.h"
#include "services/lambda/url_requests.h"
#include "wire/host.h"

namespace server {

namespace {

using base::Result;
using base::Value;

constexpr std::string_view kLabel = ".lambda-url";
constexpr std::string_view kForbidden =
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

http::Response message(int status, const Value& text, const std::string& request_id) {
  http::Response response{.status = status};
  response.headers.add("Content-Type", "application/json");
  response.headers.add("x-amzn-RequestId", request_id);
  response.body = base::to_json(Value::Map{{"Message", text}});
  return response;
}

Value input_of(const http::Request& request, const std::string& url_id) {
  Value::List headers;
  for (http::Field field : request.headers) headers.push_back(Value::Map{{"Name", field.name}, {"Value", field.value}});
  Value input = Value::Map{{"FunctionUrl", url_id},
                           {"Method", request.method},
                           {"Path", request.path()},
                           {"QueryString", request.query()},
                           {"Protocol", fmt::format("HTTP/1.{}", request.minor_version)},
                           {"Headers", std::move(headers)}};
  if (!request.body.empty()) input.set("Body", request.body);
  return input;
}

http::Response answer_of(const Value& output, const std::string& request_id) {
  http::Response response{.status = static_cast<int>(output.at("StatusCode").num())};
  for (const Value& header : output.at("Headers").list())
    response.headers.add(header.at("Name").str(), header.at("Value").str());
  response.headers.set("x-amzn-RequestId", request_id);
  response.body = output.at("Body").str();
  return response;
}

http::Response preflight_of(const lambda::OpenUrl& url, const http::Request& request, const std::string& request_id) {
  http::Response response{.status = 200};
  response.headers.add("x-amzn-RequestId", request_id);
  auto headers = lambda::preflight_headers(url.row.cors, request.headers.value("Origin"),
                                           request.headers.value("Access-Control-Request-Method"),
                                           request.headers.value("Access-Control-Request-Headers"));
  for (const lambda::HttpHeader& header : headers) response.headers.add(header.name, header.value);
  return response;
}

}  // namespace

std::string Gateway::function_url_of(const http::Request& request) const {
  std::string_view host = request.headers.value("Host");
  if (host.find(kLabel) == host.npos) return {};
  std::string label = wire::parse_host(host, parts_.host_name).service;
  if (!label.ends_with(kLabel)) return {};
  label.resize(label.size() - kLabel.size());
  return label;
}

// Who signs is known by the signature; URLs without authentication know nobody.
Result<void> Gateway::identify_visitor(LoopState& state, const lambda::OpenUrl& url, const http::Request& request,
                                       Reading& reading) {
  if (!url.is_signed()) return {};
  take_headers(state, request);
  auth::SignedRequest signed_request{
      .method = request.method, .path = request.path(), .query = request.query(), .headers = state.auth_headers};
  reading.signature = TRY(auth::parse_authorization(signed_request, auth::ErrorStyle::kJson));
  if (!reading.signature) return base::fail("MissingAuthenticationTokenException", std::string(kForbidden));
  if (reading.signature->service != "lambda")
    return base::fail("InvalidSignatureException", "Credential should be scoped to correct service: 'lambda'. ");
  if (reading.signature->region != url.target.region)
    return base::fail("InvalidSignatureException", "Credential should be scoped to a valid region. ");
  reading.caller = TRY(authenticate(signed_request, request.body, reading)).principal;
  return {};
}

void Gateway::visit_function_url(LoopState& state, const std::shared_ptr<http::Exchange>& exchange,
                                 const std::string& id) {
  const http::Request& request = exchange->request();
  const std::string request_id = base::random_uuid(parts_.cloud.dice());
  std::optional<lambda::OpenUrl> url;
  {
    auto contents = parts_.cloud.hold_contents();
    url = lambda::get_url(parts_.cloud.store().begin({}), id);
  }
  if (!url) return exchange->respond(message(404, Value(), request_id));
  const bool is_preflight = request.method == "OPTIONS" && request.headers.has("Origin") &&
                            request.headers.has("Access-Control-Request-Method");
  if (is_preflight && url->row.cors.is_set) return exchange->respond(preflight_of(*url, request, request_id));

  Reading reading;
  reading.received = parts_.cloud.clock().now();
  reading.region = url->target.region;
  reading.route.service = model::find_service("lambda");
  reading.route.operation = reading.route.service->find_operation("InvokeFunctionUrl");
  reading.route.protocol = model::Protocol::kRestJson;
  if (auto identified = identify_visitor(state, *url, request, reading); !identified)
    return exchange->respond(message(403, identified.error().message, request_id));
  kernel::Invocation invocation = make_invocation(request, reading, input_of(request, id), request_id);
  invocation.place = url->place();
  submit(state, exchange, std::move(reading), std::move(invocation),
         {.retouch =
              [request_id](const Value& output, http::Response response) {
                http::Response answer = answer_of(output, request_id);
                if (std::holds_alternative<std::unique_ptr<http::BodySource>>(response.body))
                  answer.body = std::move(response.body);
                return answer;
              },
          .refuse =
              [request_id](const base::Error& error) {
                const bool is_denied = error.code.starts_with("AccessDenied");
                return is_denied ? message(403, Value(kForbidden), request_id)
                                 : message(502, "Internal Server Error", request_id);
              }});
}

}  // namespace server
