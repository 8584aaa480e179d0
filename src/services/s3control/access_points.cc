// Access points: further names of a bucket.
#include <algorithm>

#include "base/bytes.h"
#include "base/strings.h"
#include "services/s3control/access_points.h"

namespace s3control {

namespace {

constexpr std::size_t kPointsPerPageMax = 1'000;
constexpr std::size_t kAliasNameMax = 20;  // of the name, so that an alias has 63 characters at most

// That a bucket is there, and in whose account: S3 keeps a row for each.
struct BucketMark {
  static void fields(auto&, auto&) {}
};
constexpr store::Table<BucketMark> kBucketMarks{"s3.bucket_names", store::Scope::kAccount};

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations-naming-rules.html
bool is_point_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 50 || name.ends_with("-s3alias")) return false;
  if (name.front() == '-' || name.back() == '-') return false;
  return std::ranges::all_of(name, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
  });
}

Value show_point(const aws::AccessPoint& point) {
  return Value::Map{{"Name", point.name},     {"NetworkOrigin", "Internet"},
                    {"Bucket", point.bucket}, {"AccessPointArn", point.arn()},
                    {"Alias", point.alias},   {"BucketAccountId", point.bucket_account}};
}

}  // namespace

Result<aws::AccessPoint> find_point(Call& call, const Value& input) {
  TRY_VOID(check_account(call, input));
  const std::string& name = input.at("Name").str();
  auto point = name.starts_with("arn:") ? aws::get_access_point(call.tx, name) : call.tx.get(aws::kAccessPoints, name);
  if (!point || point->account != call.caller.account)
    return error("NoSuchAccessPoint", "The specified accesspoint does not exist");
  return *std::move(point);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessPoint.html
Result<Out> CreateAccessPoint(Call& call, In in) {
  TRY_VOID(check_account(call, in.value()));
  const std::string& name = in.str("Name");
  if (!is_point_name(name))
    return error("InvalidAccessPoint", "The specified access point name or account is not valid.");
  // LIMIT: there are no VPCs yet, and no access points of directory buckets.
  if (in.has("VpcConfiguration") || in.has("Scope"))
    return error("NotImplemented", "Access points with a VPC or a scope are not implemented.");
  const std::string& given_account = in.str("BucketAccountId");
  const std::string bucket_account = given_account.empty() ? call.caller.account : given_account;
  if (!call.tx.at({bucket_account, call.place.region}).has(kBucketMarks, in.str("Bucket")))
    return error("NoSuchBucket", "The specified bucket does not exist");
  if (call.tx.has(aws::kAccessPoints, name))
    return error("AccessPointAlreadyOwnedByYou",
                 "Your previous request to create the named accesspoint succeeded and you already own it.");
  std::int64_t count = 0;
  call.tx.scan_keys(aws::kAccessPoints, store::Scan{}, [&](std::string_view) { ++count; });
  if (count >= call.limit(kAccessPointsMax))
    return error("TooManyAccessPoints", "You have attempted to create more access points than allowed.");

  aws::AccessPoint point{.name = name,
                         .account = call.caller.account,
                         .region = call.place.region,
                         .bucket = in.str("Bucket"),
                         .bucket_account = bucket_account,
                         .created_ms = call.now_ms(),
                         .block = {true, true, true, true}};
  if (in.has("PublicAccessBlockConfiguration")) point.block = read_block(in["PublicAccessBlockConfiguration"]);
  point.alias = std::string(base::trim(name.substr(0, kAliasNameMax))) + "-" +
                call.random_text(34, "abcdefghijklmnopqrstuvwxyz0123456789") + "-s3alias";
  for (const Value& tag : in.list("Tags")) point.tags[tag.at("Key").str()] = tag.at("Value").str();
  call.tx.put(aws::kAccessPoints, name, point);
  call.tx.put(aws::kAccessPointAliases, point.alias, {point.account, point.region, point.name});
  return Out{{"AccessPointArn", point.arn()}, {"Alias", point.alias}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPoint.html
Result<Out> GetAccessPoint(Call& call, In in) {
  const aws::AccessPoint point = TRY(find_point(call, in.value()));
  auto endpoint = [&](std::string_view dual) {
    return "s3-accesspoint" + std::string(dual) + "." + point.region + ".amazonaws.com";
  };
  Out out{{"Name", point.name},
          {"Bucket", point.bucket},
          {"NetworkOrigin", "Internet"},
          {"PublicAccessBlockConfiguration", show_block(point.block)},
          {"CreationDate", point.created_ms},
          {"Alias", point.alias},
          {"AccessPointArn", point.arn()},
          {"BucketAccountId", point.bucket_account}};
  out.set("Endpoints",
          Value::Map{{"ipv4", endpoint("")},
                     {"dualstack", endpoint(".dualstack")},
                     {"fips", "s3-accesspoint-fips." + point.region + ".amazonaws.com"},
                     {"fips_dualstack", "s3-accesspoint-fips.dualstack." + point.region + ".amazonaws.com"}});
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteAccessPoint.html
Result<Out> DeleteAccessPoint(Call& call, In in) {
  const aws::AccessPoint point = TRY(find_point(call, in.value()));
  call.tx.at({point.account, point.region}).erase(aws::kAccessPoints, point.name);
  call.tx.erase(aws::kAccessPointAliases, point.alias);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessPoints.html
Result<Out> ListAccessPoints(Call& call, In in) {
  TRY_VOID(check_account(call, in.value()));
  const std::int64_t given = in.num("MaxResults", static_cast<std::int64_t>(kPointsPerPageMax));
  const auto count_max = std::min(static_cast<std::size_t>(std::max<std::int64_t>(given, 0)), kPointsPerPageMax);
  store::Scan scan;
  if (in.has("NextToken")) {
    auto after = base::from_base64(in.str("NextToken"));
    if (!after) return error("InvalidRequest", "The continuation token is not valid.");
    scan.after = *after;
  }
  Value::List points;
  std::string last;
  bool is_more = false;
  call.tx.scan(aws::kAccessPoints, scan, [&](std::string_view name, aws::AccessPoint& point) {
    if (in.has("Bucket") && point.bucket != in.str("Bucket")) return true;
    is_more = points.size() == count_max;
    if (is_more) return false;
    last = name;
    points.push_back(show_point(point));
    return true;
  });
  Out out{{"AccessPointList", std::move(points)}};
  if (is_more) out.set("NextToken", base::to_base64(last));
  return out;
}

}  // namespace s3control
