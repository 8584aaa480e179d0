#include "aws/access_points.h"

#include "aws/multi_region_points.h"
#include "base/arn.h"

namespace aws {

namespace {

constexpr std::string_view kKind = "accesspoint/";

std::string_view point_in(const base::Arn& arn) {
  if (!arn.resource.starts_with(kKind)) return {};
  std::string_view point = arn.resource.substr(kKind.size());
  return point.substr(0, point.find('/'));
}

// "photos-111122223333", as a label of a host.
std::optional<AccessPoint> get_hosted(const store::Transaction& tx, std::string_view label) {
  constexpr std::size_t kAccountDigits = 12;
  if (label.size() < kAccountDigits + 2 || label[label.size() - kAccountDigits - 1] != '-') return std::nullopt;
  const std::string_view account = label.substr(label.size() - kAccountDigits);
  if (!base::is_account_id(account)) return std::nullopt;
  return tx.at({std::string(account), tx.place().region})
      .get(kAccessPoints, label.substr(0, label.size() - kAccountDigits - 1));
}

// What one of many regions is from the region that `tx` stands in.
std::optional<AccessPoint> get_multi_region(const store::Transaction& tx, std::string_view alias) {
  auto point = get_multi_region_point(tx, alias);
  const MultiRegionBucket* bucket = point ? closest_bucket(*point, tx.place().region) : nullptr;
  if (!bucket || point->is_deleting) return std::nullopt;
  return AccessPoint{.name = point->alias,
                     .account = point->account,
                     .region = {},
                     .bucket = bucket->bucket,
                     .bucket_account = bucket->account,
                     .alias = point->alias,
                     .created_ms = point->created_ms,
                     .block = point->block,
                     .policy = point->policy,
                     .is_policy_public = point->is_policy_public};
}

}  // namespace

std::optional<AccessPoint> get_access_point(const store::Transaction& tx, std::string_view name) {
  if (name.ends_with("-s3alias")) {
    auto alias = tx.get(kAccessPointAliases, name);
    if (!alias) return std::nullopt;
    return tx.at({alias->account, alias->region}).get(kAccessPoints, alias->name);
  }
  if (auto point = get_object_lambda_point(tx, name)) return get_access_point(tx, point->supporting);
  if (!name.starts_with("arn:")) return name.ends_with(".mrap") ? get_multi_region(tx, name) : get_hosted(tx, name);
  const base::Arn arn = base::Arn::parse(name);
  const std::string_view point = point_in(arn);
  if (arn.service != "s3" || point.empty()) return std::nullopt;
  if (arn.region.empty()) return get_multi_region(tx, point);
  return tx.at({std::string(arn.account), std::string(arn.region)}).get(kAccessPoints, point);
}

std::optional<ObjectLambdaPoint> get_object_lambda_point(const store::Transaction& tx, std::string_view name) {
  if (name.ends_with("--ol-s3")) {
    auto alias = tx.get(kAccessPointAliases, name);
    if (!alias) return std::nullopt;
    return tx.at({alias->account, alias->region}).get(kObjectLambdaPoints, alias->name);
  }
  const base::Arn arn = base::Arn::parse(name);
  const std::string_view point = point_in(arn);
  if (arn.service != "s3-object-lambda" || point.empty()) return std::nullopt;
  return tx.at({std::string(arn.account), std::string(arn.region)}).get(kObjectLambdaPoints, point);
}

}  // namespace aws
