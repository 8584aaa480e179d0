// Cross-origin resource sharing: the configuration, and what it says to a browser.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
#include "services/s3/cors.h"

#include <algorithm>

#include "base/json.h"
#include "base/strings.h"
#include "services/s3/bucket_checks.h"

namespace s3 {

namespace {

constexpr std::size_t kCorsRulesMax = 100;
constexpr std::string_view kCorsMethods[] = {"GET", "PUT", "POST", "DELETE", "HEAD"};

std::unexpected<base::Error> too_many_wildcards(std::string_view what, std::string_view text) {
  return invalid_request(fmt::format("{} \"{}\" can not have more than one wildcard.", what, text));
}

Result<void> check_cors_rule(const Value& rule) {
  if (rule.at("AllowedMethods").list().empty() || rule.at("AllowedOrigins").list().empty()) return malformed_xml();
  if (rule.at("ID").str().size() > 255) return malformed_xml();
  for (const Value& method : rule.at("AllowedMethods").list())
    if (std::ranges::find(kCorsMethods, method.str()) == std::end(kCorsMethods))
      return invalid_request("Found unsupported HTTP method in CORS config. Unsupported method is " + method.str());
  for (const Value& origin : rule.at("AllowedOrigins").list())
    if (std::ranges::count(origin.str(), '*') > 1) return too_many_wildcards("AllowedOrigin", origin.str());
  for (const Value& header : rule.at("AllowedHeaders").list())
    if (std::ranges::count(header.str(), '*') > 1) return too_many_wildcards("AllowedHeader", header.str());
  for (const Value& header : rule.at("ExposeHeaders").list())
    if (header.str().find('*') != std::string::npos)
      return invalid_request(
          fmt::format("ExposeHeader \"{}\" contains wildcard. We currently do not support wildcard for ExposeHeader.",
                      header.str()));
  return {};
}

// With one "*" at most.
bool matches_cors(std::string_view pattern, std::string_view text) {
  std::size_t star = pattern.find('*');
  if (star == pattern.npos) return pattern == text;
  std::string_view before = pattern.substr(0, star), after = pattern.substr(star + 1);
  return text.size() + 1 >= pattern.size() && text.starts_with(before) && text.ends_with(after);
}

bool allows_header(const Value& rule, std::string_view header) {
  std::string name = base::to_lower(header);
  return std::ranges::any_of(rule.at("AllowedHeaders").list(),
                             [&](const Value& allowed) { return matches_cors(base::to_lower(allowed.str()), name); });
}

std::string joined_texts(const Value& list) {
  std::string joined;
  for (const Value& each : list.list()) joined += (joined.empty() ? "" : ", ") + each.str();
  return joined;
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
Result<Out> PutBucketCors(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "CORSConfiguration"));
  const Value::List& rules = body.at("CORSRules").list();
  if (rules.empty() || rules.size() > kCorsRulesMax) return malformed_xml();
  for (const Value& rule : rules) TRY_VOID(check_cors_rule(rule));
  put_configuration(call, bucket, Configuration::kCors, "", base::to_json(body));
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html
Result<Out> GetBucketCors(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value configured = get_configured(call.tx, bucket, Configuration::kCors);
  if (configured.is_null())
    return error("NoSuchCORSConfiguration", "The CORS configuration does not exist",
                 Value::Map{{"BucketName", bucket.name}});
  return Out{{"CORSRules", configured.at("CORSRules")}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html
Result<Out> DeleteBucketCors(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  erase_configuration(call, bucket, Configuration::kCors);
  return Out{};
}

std::optional<CorsAnswer> find_cors_answer(const Value& configuration, const CorsQuestion& question) {
  for (const Value& rule : configuration.at("CORSRules").list()) {
    const Value::List& origins = rule.at("AllowedOrigins").list();
    auto origin = std::ranges::find_if(
        origins, [&](const Value& pattern) { return matches_cors(pattern.str(), question.origin); });
    if (origin == origins.end()) continue;
    const Value::List& methods = rule.at("AllowedMethods").list();
    if (std::ranges::none_of(methods, [&](const Value& method) { return method.str() == question.method; })) continue;
    if (!std::ranges::all_of(question.headers, [&](std::string_view header) { return allows_header(rule, header); }))
      continue;
    bool is_anybody = origin->str() == "*";
    return CorsAnswer{.origin = is_anybody ? "*" : std::string(question.origin),
                      .methods = joined_texts(rule.at("AllowedMethods")),
                      .exposed_headers = joined_texts(rule.at("ExposeHeaders")),
                      .max_age_seconds = rule.has("MaxAgeSeconds") ? rule.at("MaxAgeSeconds").num() : -1,
                      .allows_credentials = !is_anybody};
  }
  return std::nullopt;
}

}  // namespace s3
