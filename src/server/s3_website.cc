#include "server/s3_website.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/strings.h"

namespace server {

namespace {

using base::Value;

std::string path_of(std::string_view key) { return "/" + base::percent_encode(key, "/"); }

std::string escape_html(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

void add_items(std::string& page, const base::Error& error) {
  page += fmt::format("<li>Code: {}</li>\n<li>Message: {}</li>\n", escape_html(error.code), escape_html(error.message));
  if (!error.details) return;
  for (const auto& [name, value] : error.details->map())
    if (value.is_text()) page += fmt::format("<li>{}: {}</li>\n", escape_html(name), escape_html(value.str()));
}

bool rule_fits(const Value& rule, std::string_view key, int status) {
  const Value& condition = rule.at("Condition");
  bool wants_error = condition.has("HttpErrorCodeReturnedEquals");
  // Rules about errors wait for one; the others are asked before anything is looked up.
  if (wants_error != (status != 0)) return false;
  if (wants_error && base::parse_number(condition.at("HttpErrorCodeReturnedEquals").str()) != std::int64_t{status})
    return false;
  return key.starts_with(condition.at("KeyPrefixEquals").str());
}

}  // namespace

std::string key_of_page(const Value& configuration, std::string_view key) {
  if (!key.empty() && !key.ends_with('/')) return std::string(key);
  return std::string(key) + configuration.at("IndexDocument").at("Suffix").str();
}

std::optional<http::Response> redirect_by_rules(const Value& configuration, const WebsiteRequest& request, int status) {
  for (const Value& rule : configuration.at("RoutingRules").list()) {
    if (!rule_fits(rule, request.key, status)) continue;
    const Value& redirect = rule.at("Redirect");
    std::string key = request.key;
    if (redirect.has("ReplaceKeyWith")) {
      key = redirect.at("ReplaceKeyWith").str();
    } else if (redirect.has("ReplaceKeyPrefixWith")) {
      std::size_t prefix = rule.at("Condition").at("KeyPrefixEquals").str().size();
      key = redirect.at("ReplaceKeyPrefixWith").str() + key.substr(prefix);
    }
    std::string_view scheme = redirect.has("Protocol") ? redirect.at("Protocol").str() : request.scheme;
    std::string_view host = redirect.has("HostName") ? redirect.at("HostName").str() : request.host;
    std::int64_t code = base::parse_number(redirect.at("HttpRedirectCode").str()).value_or(301);
    return redirect_to(static_cast<int>(code), fmt::format("{}://{}{}", scheme, host, path_of(key)));
  }
  return std::nullopt;
}

std::optional<http::Response> redirect_all(const Value& configuration, const WebsiteRequest& request) {
  const Value& target = configuration.at("RedirectAllRequestsTo");
  if (!target.is_map()) return std::nullopt;
  std::string_view scheme = target.has("Protocol") ? target.at("Protocol").str() : request.scheme;
  return redirect_to(301, fmt::format("{}://{}{}", scheme, target.at("HostName").str(), path_of(request.key)));
}

http::Response redirect_to(int status, std::string_view location) {
  http::Response response{.status = status};
  response.headers.add("Location", location);
  return response;
}

http::Response error_page(int status, const base::Error& error, std::string_view request_id, std::string_view host_id,
                          const base::Error* why_no_document) {
  http::Response response{.status = status};
  response.headers.add("x-amz-error-code", error.code);
  response.headers.add("x-amz-error-message", error.message);
  if (error.details)
    for (const auto& [name, value] : error.details->map())
      if (value.is_text()) response.headers.add("x-amz-error-detail-" + name, value.str());
  response.headers.add("x-amz-request-id", request_id);
  response.headers.add("x-amz-id-2", host_id);
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  std::string title = fmt::format("{} {}", status, http::reason_phrase(status));
  std::string page =
      fmt::format("<html>\n<head><title>{0}</title></head>\n<body>\n<h1>{0}</h1>\n<ul>\n", escape_html(title));
  add_items(page, error);
  page += fmt::format("<li>RequestId: {}</li>\n<li>HostId: {}</li>\n</ul>\n", request_id, host_id);
  if (why_no_document) {
    page += "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n";
    add_items(page, *why_no_document);
    page += "</ul>\n";
  }
  page += "<hr/>\n</body>\n</html>\n";
  response.body = std::move(page);
  return response;
}

}  // namespace server
