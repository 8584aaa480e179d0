// Object lambda access points: whose reads a function answers. S3 does that; here they are made.
#include "aws/access_points.h"
#include "base/arn.h"
#include "base/bytes.h"
#include "base/json.h"
#include "services/s3control/access_points.h"

namespace s3control {

namespace {

constexpr std::size_t kTransformingPageMax = 1'000;
constexpr std::size_t kTransformingNameMax = 45;
constexpr std::size_t kTransformingAliasNameMax = 20;
constexpr std::string_view kTransformable[] = {"GetObject", "HeadObject", "ListObjects", "ListObjectsV2"};
constexpr std::string_view kFeatures[] = {"GetObject-Range", "GetObject-PartNumber", "HeadObject-Range",
                                          "HeadObject-PartNumber"};

std::unexpected<base::Error> invalid_configuration(std::string message) {
  return error("InvalidRequest", std::move(message));
}

template <std::size_t Count>
bool is_among(const std::string_view (&words)[Count], const std::string& word) {
  return std::ranges::find(words, word) != std::end(words);
}

Result<void> check_transformations(const Call& call, const Value& configuration) {
  const Value::List& transformations = configuration.at("TransformationConfigurations").list();
  if (transformations.empty()) return invalid_configuration("At least one transformation configuration is required.");
  std::vector<std::string> seen;
  for (const Value& each : transformations) {
    if (each.at("Actions").list().empty())
      return invalid_configuration("A transformation configuration needs at least one action.");
    for (const Value& action : each.at("Actions").list()) {
      if (!is_among(kTransformable, action.str()))
        return error("MalformedXML",
                     "The XML you provided was not well-formed or did not validate against our published schema");
      if (std::ranges::find(seen, action.str()) != seen.end())
        return invalid_configuration("An action can be in one transformation configuration only: " + action.str());
      seen.push_back(action.str());
    }
    const base::Arn function =
        base::Arn::parse(each.at("ContentTransformation").at("AwsLambda").at("FunctionArn").str());
    if (function.service != "lambda" || !function.resource.starts_with("function:"))
      return invalid_configuration("The Lambda function ARN is not valid.");
    // "The AWS Lambda function that you use must be in the same AWS account and Region."
    if (function.account != call.caller.account || function.region != call.place.region)
      return invalid_configuration(
          "The Lambda function must be in the same account and Region as the Object Lambda Access Point.");
  }
  return {};
}

Result<void> check_configuration(const Call& call, const Value& configuration) {
  const std::string& supporting = configuration.at("SupportingAccessPoint").str();
  const base::Arn arn = base::Arn::parse(supporting);
  const bool is_own = arn.account == call.caller.account && arn.region == call.place.region;
  if (arn.service != "s3" || !arn.resource.starts_with("accesspoint/") || !is_own)
    return invalid_configuration("The supporting access point ARN is not valid.");
  if (!aws::get_access_point(call.tx, supporting))
    return error("NoSuchAccessPoint", "The specified accesspoint does not exist");
  for (const Value& feature : configuration.at("AllowedFeatures").list())
    if (!is_among(kFeatures, feature.str()))
      return error("MalformedXML",
                   "The XML you provided was not well-formed or did not validate against our published schema");
  return check_transformations(call, configuration);
}

bool is_transforming_name(std::string_view name) {
  if (name.size() < 3 || name.size() > kTransformingNameMax) return false;
  if (name.front() == '-' || name.back() == '-' || name.ends_with("--ol-s3")) return false;
  return std::ranges::all_of(name, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
  });
}

Value show_alias(const aws::ObjectLambdaPoint& point) {
  return Value::Map{{"Value", point.alias}, {"Status", "READY"}};
}

Result<aws::ObjectLambdaPoint> find_transforming(Call& call, const Value& input) {
  TRY_VOID(check_account(call, input));
  auto point = call.tx.get(aws::kObjectLambdaPoints, input.at("Name").str());
  if (!point) return error("NoSuchAccessPoint", "The specified accesspoint does not exist");
  return *std::move(point);
}

void keep(Call& call, const aws::ObjectLambdaPoint& point) { call.tx.put(aws::kObjectLambdaPoints, point.name, point); }

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessPointForObjectLambda.html
Result<Out> CreateAccessPointForObjectLambda(Call& call, In in) {
  TRY_VOID(check_account(call, in.value()));
  const std::string& name = in.str("Name");
  if (!is_transforming_name(name))
    return error("InvalidAccessPoint", "The specified access point name or account is not valid.");
  TRY_VOID(check_configuration(call, in["Configuration"]));
  if (call.tx.has(aws::kObjectLambdaPoints, name))
    return error("AccessPointAlreadyOwnedByYou",
                 "Your previous request to create the named accesspoint succeeded and you already own it.");
  std::int64_t count = 0;
  call.tx.scan_keys(aws::kObjectLambdaPoints, store::Scan{}, [&](std::string_view) { ++count; });
  if (count >= call.limit(kObjectLambdaPointsMax))
    return error("TooManyAccessPoints", "You have attempted to create more access points than allowed.");
  aws::ObjectLambdaPoint point{.name = name,
                               .account = call.caller.account,
                               .region = call.place.region,
                               .created_ms = call.now_ms(),
                               .configuration = base::to_json(in["Configuration"]),
                               .supporting = in["Configuration"].at("SupportingAccessPoint").str()};
  point.alias = name.substr(0, kTransformingAliasNameMax) + "-" +
                call.random_text(34, "abcdefghijklmnopqrstuvwxyz0123456789") + "--ol-s3";
  keep(call, point);
  call.tx.put(aws::kAccessPointAliases, point.alias, {point.account, point.region, point.name});
  return Out{{"ObjectLambdaAccessPointArn", point.arn()}, {"Alias", show_alias(point)}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointForObjectLambda.html
Result<Out> GetAccessPointForObjectLambda(Call& call, In in) {
  const aws::ObjectLambdaPoint point = TRY(find_transforming(call, in.value()));
  return Out{{"Name", point.name},
             {"PublicAccessBlockConfiguration", show_block({true, true, true, true})},
             {"CreationDate", point.created_ms},
             {"Alias", show_alias(point)}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPointForObjectLambda.html
Result<Out> DeleteAccessPointForObjectLambda(Call& call, In in) {
  const aws::ObjectLambdaPoint point = TRY(find_transforming(call, in.value()));
  call.tx.erase(aws::kObjectLambdaPoints, point.name);
  call.tx.erase(aws::kAccessPointAliases, point.alias);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessPointsForObjectLambda.html
Result<Out> ListAccessPointsForObjectLambda(Call& call, In in) {
  TRY_VOID(check_account(call, in.value()));
  const std::int64_t given = in.num("MaxResults", static_cast<std::int64_t>(kTransformingPageMax));
  const auto count_max = std::min(static_cast<std::size_t>(std::max<std::int64_t>(given, 0)), kTransformingPageMax);
  store::Scan scan;
  if (in.has("NextToken")) {
    auto after = base::from_base64(in.str("NextToken"));
    if (!after) return error("InvalidRequest", "The continuation token is not valid.");
    scan.after = *after;
  }
  Value::List points;
  std::string last;
  bool is_more = false;
  call.tx.scan(aws::kObjectLambdaPoints, scan, [&](std::string_view name, aws::ObjectLambdaPoint& point) {
    is_more = points.size() == count_max;
    if (is_more) return false;
    last = name;
    points.push_back(
        Value::Map{{"Name", point.name}, {"ObjectLambdaAccessPointArn", point.arn()}, {"Alias", show_alias(point)}});
    return true;
  });
  Out out{{"ObjectLambdaAccessPointList", std::move(points)}};
  if (is_more) out.set("NextToken", base::to_base64(last));
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointConfigurationForObjectLambda.html
Result<Out> GetAccessPointConfigurationForObjectLambda(Call& call, In in) {
  const aws::ObjectLambdaPoint point = TRY(find_transforming(call, in.value()));
  return Out{{"Configuration", base::parse_json(point.configuration).value_or(Value())}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutAccessPointConfigurationForObjectLambda.html
Result<Out> PutAccessPointConfigurationForObjectLambda(Call& call, In in) {
  aws::ObjectLambdaPoint point = TRY(find_transforming(call, in.value()));
  TRY_VOID(check_configuration(call, in["Configuration"]));
  point.configuration = base::to_json(in["Configuration"]);
  point.supporting = in["Configuration"].at("SupportingAccessPoint").str();
  keep(call, point);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutAccessPointPolicyForObjectLambda.html
Result<Out> PutAccessPointPolicyForObjectLambda(Call& call, In in) {
  aws::ObjectLambdaPoint point = TRY(find_transforming(call, in.value()));
  point.is_policy_public = TRY(check_point_policy(call, in.str("Policy"), point.account));
  // All public access of these is blocked, always.
  if (point.is_policy_public) return error("AccessDenied", "Access Denied");
  point.policy = in.str("Policy");
  keep(call, point);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicyForObjectLambda.html
Result<Out> GetAccessPointPolicyForObjectLambda(Call& call, In in) {
  const aws::ObjectLambdaPoint point = TRY(find_transforming(call, in.value()));
  if (point.policy.empty()) return no_point_policy();
  return Out{{"Policy", point.policy}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicyStatusForObjectLambda.html
Result<Out> GetAccessPointPolicyStatusForObjectLambda(Call& call, In in) {
  const aws::ObjectLambdaPoint point = TRY(find_transforming(call, in.value()));
  if (point.policy.empty()) return no_point_policy();
  return Out{{"PolicyStatus", Value::Map{{"IsPublic", point.is_policy_public}}}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPointPolicyForObjectLambda.html
Result<Out> DeleteAccessPointPolicyForObjectLambda(Call& call, In in) {
  aws::ObjectLambdaPoint point = TRY(find_transforming(call, in.value()));
  point.policy.clear();
  point.is_policy_public = false;
  keep(call, point);
  return Out{};
}

}  // namespace s3control
