// Visits of static websites: a page is looked up, then what stands for it where it is not there.
#include <fmt/format.h>

#include "base/bytes.h"
#include "server/gateway.h"
#include "server/respond.h"
#include "server/s3_website.h"
#include "services/s3/buckets.h"
#include "wire/host.h"

namespace server {

namespace {

using base::Value;

constexpr std::string_view kPassedOn[] = {"If-Match", "If-Modified-Since", "If-None-Match", "If-Unmodified-Since",
                                          "Range"};

std::string host_id_of(std::string_view request_id) { return base::to_base64(base::sha256(request_id)); }

}  // namespace

// One visit, alive until it is answered.
struct Gateway::WebsiteVisit {
  std::shared_ptr<http::Exchange> exchange;
  std::string request_id;
  std::string bucket, region;
  Value configuration;
  WebsiteRequest asked;
};

void Gateway::visit_website(LoopState& state, const std::shared_ptr<http::Exchange>& exchange) {
  const http::Request& request = exchange->request();
  auto visit = std::make_shared<WebsiteVisit>();
  visit->exchange = exchange;
  visit->request_id = base::random_uuid(parts_.cloud.dice());
  visit->bucket = wire::parse_host(request.headers.value("Host"), parts_.host_name).bucket;
  auto refuse = [&](int status, base::Error error) {
    exchange->respond(error_page(status, error, visit->request_id, host_id_of(visit->request_id), nullptr));
  };
  auto details = [](std::string_view name, std::string_view value) {
    return std::make_shared<const Value>(Value::Map{{std::string(name), value}});
  };
  if (request.method != "GET" && request.method != "HEAD")
    return refuse(405, {"MethodNotAllowed", "The specified method is not allowed against this resource.",
                        details("Method", request.method)});
  {
    auto contents = parts_.cloud.hold_contents();
    store::Transaction tx = parts_.cloud.store().begin({});
    auto bucket = s3::get_bucket(tx, visit->bucket);
    if (!bucket)
      return refuse(404, {"NoSuchBucket", "The specified bucket does not exist", details("BucketName", visit->bucket)});
    visit->region = bucket->region;
    visit->configuration = s3::get_configured(tx, *bucket, s3::Configuration::kWebsite);
  }
  if (visit->configuration.is_null())
    return refuse(404, {"NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration",
                        details("BucketName", visit->bucket)});
  auto key = base::percent_decode(request.path().substr(1));
  if (!key) return refuse(400, {"InvalidURI", "Couldn't parse the specified URI."});
  visit->asked = {.host = request.headers.value("Host"), .scheme = request.secure ? "https" : "http", .key = *key};
  if (auto redirect = redirect_all(visit->configuration, visit->asked)) return exchange->respond(*std::move(redirect));
  if (auto redirect = redirect_by_rules(visit->configuration, visit->asked, 0))
    return exchange->respond(*std::move(redirect));
  fetch_page(state, visit, key_of_page(visit->configuration, *key), [this, &state, visit](Page page) {
    if (page.error) return miss_page(state, visit, std::move(page));
    visit->exchange->respond(std::move(page.response));
  });
}

void Gateway::fetch_page(LoopState& state, const std::shared_ptr<WebsiteVisit>& visit, const std::string& key,
                         std::function<void(Page)> done) {
  const http::Request& request = visit->exchange->request();
  std::vector<wire::Header> headers{{"Host", "localhost"}};
  for (std::string_view name : kPassedOn)
    if (request.headers.has(name)) headers.push_back({name, request.headers.value(name)});
  std::string path = fmt::format("/{}/{}", visit->bucket, base::percent_encode(key, "/"));
  wire::Request get{.method = request.method, .path = path, .headers = headers};
  Reading reading;
  reading.received = parts_.cloud.clock().now();
  reading.region = visit->region;
  auto fail = [&](const base::Error& error) {
    done({.response = {}, .error = error, .status = wire::status_of(reading.route, error)});
  };
  if (auto routed = wire::find_route(get, {.signing_name = "s3"}, reading.route); !routed) return fail(routed.error());
  auto input = wire::parse_input(reading.route, get);
  if (!input) return fail(input.error());
  kernel::Invocation invocation = make_invocation(request, reading, *std::move(input), visit->request_id);
  state.lane->submit(
      std::move(invocation), [visit, route = reading.route, done = std::move(done)](kernel::Answer answer) {
        if (!answer.result) {
          int status = wire::status_of(route, answer.result.error());
          if (status == 304)
            return done({.response = to_response(wire::write_error(route, answer.result.error(), visit->request_id))});
          return done({.response = {}, .error = answer.result.error(), .status = status});
        }
        const std::string& redirect = answer.result->at("WebsiteRedirectLocation").str();
        if (!redirect.empty()) return done({.response = redirect_to(301, redirect)});
        http::Response response = to_response(wire::write_output(route, *answer.result, visit->request_id));
        if (answer.body) response.body = std::move(answer.body);
        done({.response = std::move(response)});
      });
}

void Gateway::miss_page(LoopState& state, const std::shared_ptr<WebsiteVisit>& visit, Page missed) {
  if (auto redirect = redirect_by_rules(visit->configuration, visit->asked, missed.status))
    return visit->exchange->respond(*std::move(redirect));
  const std::string& key = visit->asked.key;
  bool is_folder = key.empty() || key.ends_with('/');
  if (is_folder) return show_error(state, visit, std::move(missed));
  // "If the object is not found, Amazon S3 (…) redirects the request by adding a slash at the end."
  std::string index = key_of_page(visit->configuration, key + "/");
  auto shared = std::make_shared<Page>(std::move(missed));
  fetch_page(state, visit, index, [this, &state, visit, shared](Page page) {
    if (page.error) return show_error(state, visit, std::move(*shared));
    visit->exchange->respond(redirect_to(302, "/" + base::percent_encode(visit->asked.key, "/") + "/"));
  });
}

void Gateway::show_error(LoopState& state, const std::shared_ptr<WebsiteVisit>& visit, Page missed) {
  std::string host_id = host_id_of(visit->request_id);
  const std::string& document = visit->configuration.at("ErrorDocument").at("Key").str();
  if (document.empty())
    return visit->exchange->respond(error_page(missed.status, *missed.error, visit->request_id, host_id, nullptr));
  auto shared = std::make_shared<Page>(std::move(missed));
  fetch_page(state, visit, document, [visit, shared, host_id](Page page) {
    if (page.error)
      return visit->exchange->respond(
          error_page(shared->status, *shared->error, visit->request_id, host_id, &*page.error));
    page.response.status = shared->status;
    visit->exchange->respond(std::move(page.response));
  });
}

}  // namespace server
