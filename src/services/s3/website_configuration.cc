// The configuration of a static website; website.cc serves it.
#include <algorithm>

#include "base/json.h"
#include "base/strings.h"
#include "services/s3/bucket_checks.h"

namespace s3 {

namespace {

constexpr std::size_t kRoutingRulesMax = 50;

Result<void> check_protocol(const Value& node) {
  if (!node.has("Protocol") || node.at("Protocol").str() == "http" || node.at("Protocol").str() == "https") return {};
  return invalid_request(
      "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.");
}

Result<void> check_routing_rule(const Value& rule) {
  const Value& condition = rule.at("Condition");
  const Value& redirect = rule.at("Redirect");
  if (!redirect.is_map()) return malformed_xml();
  if (condition.is_map() && !condition.has("HttpErrorCodeReturnedEquals") && !condition.has("KeyPrefixEquals"))
    return invalid_request(
        "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be "
        "present.");
  if (condition.has("HttpErrorCodeReturnedEquals")) {
    const std::string& code = condition.at("HttpErrorCodeReturnedEquals").str();
    std::int64_t number = base::parse_number(code).value_or(0);
    if (number < 400 || number > 599)
      return invalid_request(
          fmt::format("The provided HTTP error code ({}) is not valid. Valid codes are 4XX or 5XX.", code));
  }
  if (redirect.map().empty()) return invalid_request("Redirect cannot be empty.");
  if (redirect.has("HttpRedirectCode")) {
    const std::string& code = redirect.at("HttpRedirectCode").str();
    std::int64_t number = base::parse_number(code).value_or(0);
    if (number <= 300 || number > 399)
      return invalid_request(
          fmt::format("The provided HTTP redirect code ({}) is not valid. Valid codes are 3XX except 300.", code));
  }
  if (redirect.has("ReplaceKeyWith") && redirect.has("ReplaceKeyPrefixWith"))
    return invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
  return check_protocol(redirect);
}

Result<void> check_website(const Value& body) {
  const Value& redirect_all = body.at("RedirectAllRequestsTo");
  if (redirect_all.is_map()) {
    if (body.has("IndexDocument") || body.has("ErrorDocument") || body.has("RoutingRules")) return malformed_xml();
    if (redirect_all.at("HostName").str().empty()) return malformed_xml();
    return check_protocol(redirect_all);
  }
  if (!body.has("IndexDocument"))
    return invalid_argument("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
                            "IndexDocument", "null");
  const std::string& suffix = body.at("IndexDocument").at("Suffix").str();
  if (suffix.empty() || suffix.find('/') != std::string::npos)
    return invalid_argument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix);
  if (body.has("ErrorDocument") && body.at("ErrorDocument").at("Key").str().empty())
    return invalid_argument("The ErrorDocument Key is not well formed", "ErrorDocument", "");
  const Value::List& rules = body.at("RoutingRules").list();
  if (rules.size() > kRoutingRulesMax)
    return invalid_request(
        fmt::format("{} routing rules provided, the number of routing rules in a website configuration is limited to "
                    "{}.",
                    rules.size(), kRoutingRulesMax));
  for (const Value& rule : rules) TRY_VOID(check_routing_rule(rule));
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
Result<Out> PutBucketWebsite(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "WebsiteConfiguration"));
  TRY_VOID(check_website(body));
  put_configuration(call, bucket, Configuration::kWebsite, "", base::to_json(body));
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html
Result<Out> GetBucketWebsite(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value configured = get_configured(call.tx, bucket, Configuration::kWebsite);
  if (configured.is_null())
    return error("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration",
                 Value::Map{{"BucketName", bucket.name}});
  Out out;
  if (configured.has("RedirectAllRequestsTo")) out.set("RedirectAllRequestsTo", configured.at("RedirectAllRequestsTo"));
  if (configured.has("IndexDocument")) out.set("IndexDocument", configured.at("IndexDocument"));
  if (configured.has("ErrorDocument")) out.set("ErrorDocument", configured.at("ErrorDocument"));
  if (configured.has("RoutingRules")) out.set("RoutingRules", configured.at("RoutingRules"));
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html
Result<Out> DeleteBucketWebsite(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  erase_configuration(call, bucket, Configuration::kWebsite);
  return Out{};
}

}  // namespace s3
