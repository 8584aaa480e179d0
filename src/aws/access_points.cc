#include "aws/access_points.h"

#include "base/arn.h"

namespace aws {

std::optional<AccessPoint> get_access_point(const store::Transaction& tx, std::string_view name) {
  if (name.ends_with("-s3alias")) {
    auto alias = tx.get(kAccessPointAliases, name);
    if (!alias) return std::nullopt;
    return tx.at({alias->account, alias->region}).get(kAccessPoints, alias->name);
  }
  constexpr std::string_view kKind = "accesspoint/";
  const base::Arn arn = base::Arn::parse(name);
  if (arn.service != "s3" || !arn.resource.starts_with(kKind)) return std::nullopt;
  std::string_view point = arn.resource.substr(kKind.size());
  point = point.substr(0, point.find('/'));
  return tx.at({std::string(arn.account), std::string(arn.region)}).get(kAccessPoints, point);
}

}  // namespace aws
