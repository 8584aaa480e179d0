// Multi-region access points: showing them, and where their requests go.
#include "services/s3control/multi_region.h"

#include <algorithm>

#include "base/bytes.h"
#include "store/key.h"

namespace s3control {

namespace {

constexpr std::size_t kMultiRegionPageMax = 1'000;

std::unexpected<base::Error> no_such_multi_region_point() {
  return error("NoSuchMultiRegionAccessPoint", "The specified Multi-Region Access Point does not exist");
}

Result<aws::MultiRegionPoint> find_named(Call& call, const Value& input) {
  TRY_VOID(check_account(call, input));
  auto point = get_own_point(call, input.at("Name").str());
  if (!point) return no_such_multi_region_point();
  return *std::move(point);
}

// By alias, or by ARN.
Result<aws::MultiRegionPoint> find_routed(Call& call, const Value& input) {
  TRY_VOID(check_account(call, input));
  std::string alias = input.at("Mrap").str();
  if (alias.starts_with("arn:")) alias = alias.substr(alias.rfind('/') + 1);
  auto point = aws::get_multi_region_point(call.tx, alias);
  if (!point || point->account != call.caller.account) return no_such_multi_region_point();
  return *std::move(point);
}

Value show_multi_region(const aws::MultiRegionPoint& point) {
  Value::List regions;
  for (const aws::MultiRegionBucket& bucket : point.buckets)
    regions.push_back(
        Value::Map{{"Bucket", bucket.bucket}, {"Region", bucket.region}, {"BucketAccountId", bucket.account}});
  return Value::Map{{"Name", point.name},
                    {"Alias", point.alias},
                    {"CreatedAt", point.created_ms},
                    {"PublicAccessBlock", show_block(point.block)},
                    {"Status", "READY"},
                    {"Regions", std::move(regions)}};
}

}  // namespace

std::optional<aws::MultiRegionPoint> get_own_point(Call& call, std::string_view name) {
  return call.tx.get(aws::kMultiRegionPoints, store::key(call.place.account, name));
}

void keep_point(Call& call, const aws::MultiRegionPoint& point) {
  call.tx.put(aws::kMultiRegionPoints, store::key(point.account, point.name), point);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetMultiRegionAccessPoint.html
Result<Out> GetMultiRegionAccessPoint(Call& call, In in) {
  return Out{{"AccessPoint", show_multi_region(TRY(find_named(call, in.value())))}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListMultiRegionAccessPoints.html
Result<Out> ListMultiRegionAccessPoints(Call& call, In in) {
  TRY_VOID(check_account(call, in.value()));
  const std::int64_t given = in.num("MaxResults", static_cast<std::int64_t>(kMultiRegionPageMax));
  const auto count_max = std::min(static_cast<std::size_t>(std::max<std::int64_t>(given, 0)), kMultiRegionPageMax);
  store::Scan scan{.prefix = store::key(call.caller.account)};
  if (in.has("NextToken")) {
    auto after = base::from_base64(in.str("NextToken"));
    if (!after || !after->starts_with(scan.prefix))
      return error("InvalidRequest", "The continuation token is not valid.");
    scan.after = *after;
  }
  Value::List points;
  std::string last;
  bool is_more = false;
  call.tx.scan(aws::kMultiRegionPoints, scan, [&](std::string_view row, aws::MultiRegionPoint& point) {
    is_more = points.size() == count_max;
    if (is_more) return false;
    last = row;
    points.push_back(show_multi_region(point));
    return true;
  });
  Out out{{"AccessPoints", std::move(points)}};
  if (is_more) out.set("NextToken", base::to_base64(last));
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetMultiRegionAccessPointPolicy.html
Result<Out> GetMultiRegionAccessPointPolicy(Call& call, In in) {
  const aws::MultiRegionPoint point = TRY(find_named(call, in.value()));
  Value policy(Value::Map{});
  if (!point.policy.empty()) policy.set("Established", Value::Map{{"Policy", point.policy}});
  if (!point.proposed.empty()) policy.set("Proposed", Value::Map{{"Policy", point.proposed}});
  return Out{{"Policy", std::move(policy)}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetMultiRegionAccessPointPolicyStatus.html
Result<Out> GetMultiRegionAccessPointPolicyStatus(Call& call, In in) {
  const aws::MultiRegionPoint point = TRY(find_named(call, in.value()));
  return Out{{"Established", Value::Map{{"IsPublic", point.is_policy_public}}}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetMultiRegionAccessPointRoutes.html
Result<Out> GetMultiRegionAccessPointRoutes(Call& call, In in) {
  const aws::MultiRegionPoint point = TRY(find_routed(call, in.value()));
  Value::List routes;
  for (const aws::MultiRegionBucket& bucket : point.buckets)
    routes.push_back(
        Value::Map{{"Bucket", bucket.bucket}, {"Region", bucket.region}, {"TrafficDialPercentage", bucket.dial}});
  return Out{{"Mrap", point.arn()}, {"Routes", std::move(routes)}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_SubmitMultiRegionAccessPointRoutes.html
Result<Out> SubmitMultiRegionAccessPointRoutes(Call& call, In in) {
  aws::MultiRegionPoint point = TRY(find_routed(call, in.value()));
  for (const Value& update : in.list("RouteUpdates")) {
    const std::int64_t dial = update.at("TrafficDialPercentage").num();
    if (dial != 0 && dial != 100) return error("InvalidRequest", "TrafficDialPercentage must be 0 or 100.");
    auto found = std::ranges::find_if(point.buckets, [&](const aws::MultiRegionBucket& bucket) {
      return update.has("Bucket") ? bucket.bucket == update.at("Bucket").str()
                                  : bucket.region == update.at("Region").str();
    });
    if (found == point.buckets.end())
      return error("InvalidRequest", "A route names a bucket or Region that the Multi-Region Access Point has not.");
    found->dial = dial;
  }
  // "At least one Region must be active."
  if (std::ranges::none_of(point.buckets, [](const aws::MultiRegionBucket& bucket) { return bucket.dial > 0; }))
    return error("InvalidRequest", "At least one Region must be active.");
  keep_point(call, point);
  return Out{};
}

}  // namespace s3control
