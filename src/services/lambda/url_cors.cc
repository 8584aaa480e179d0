// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
#include <algorithm>

#include "base/strings.h"
#include "services/lambda/url_requests.h"

namespace lambda {

namespace {

bool has_wildcard(const std::vector<std::string>& allowed) { return std::ranges::find(allowed, "*") != allowed.end(); }

bool allows_name(const std::vector<std::string>& allowed, std::string_view name) {
  return has_wildcard(allowed) ||
         std::ranges::any_of(allowed, [&](const std::string& each) { return base::equal_ignoring_case(each, name); });
}

std::string joined(const std::vector<std::string>& texts) { return fmt::format("{}", fmt::join(texts, ",")); }

}  // namespace

std::vector<HttpHeader> cors_headers(const Cors& cors, std::string_view origin) {
  if (!cors.is_set || origin.empty() || !allows_name(cors.origins, origin)) return {};
  // Browsers take no wildcard together with credentials.
  const bool is_any = has_wildcard(cors.origins) && !cors.allows_credentials;
  std::vector<HttpHeader> headers{{"Access-Control-Allow-Origin", is_any ? "*" : std::string(origin)}};
  if (!is_any) headers.push_back({"Vary", "Origin"});
  if (cors.allows_credentials) headers.push_back({"Access-Control-Allow-Credentials", "true"});
  if (!cors.exposed_headers.empty()) headers.push_back({"Access-Control-Expose-Headers", joined(cors.exposed_headers)});
  return headers;
}

std::vector<HttpHeader> preflight_headers(const Cors& cors, std::string_view origin, std::string_view method,
                                          std::string_view wanted) {
  std::vector<HttpHeader> headers = cors_headers(cors, origin);
  if (headers.empty() || !allows_name(cors.methods, method)) return {};
  for (std::string_view name : base::split(wanted, ','))
    if (!base::trim(name).empty() && !allows_name(cors.headers, base::trim(name))) return {};
  headers.push_back(
      {"Access-Control-Allow-Methods", has_wildcard(cors.methods) ? std::string(method) : joined(cors.methods)});
  if (!wanted.empty()) headers.push_back({"Access-Control-Allow-Headers", std::string(wanted)});
  if (cors.age_seconds_max) headers.push_back({"Access-Control-Max-Age", fmt::format("{}", *cors.age_seconds_max)});
  return headers;
}

}  // namespace lambda
