#include "aws/multi_region_points.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "store/key.h"

namespace aws {

namespace {

struct RegionPlace {
  std::string_view region;
  double latitude, longitude;  // degrees
};
constexpr RegionPlace kRegionPlaces[] = {
    {"af-south-1", -34, 18},     {"ap-east-1", 22, 114},       {"ap-northeast-1", 36, 140},
    {"ap-northeast-2", 38, 127}, {"ap-northeast-3", 35, 135},  {"ap-south-1", 19, 73},
    {"ap-south-2", 17, 78},      {"ap-southeast-1", 1, 104},   {"ap-southeast-2", -34, 151},
    {"ap-southeast-3", -6, 107}, {"ap-southeast-4", -38, 145}, {"ca-central-1", 45, -74},
    {"ca-west-1", 51, -114},     {"eu-central-1", 50, 9},      {"eu-central-2", 47, 9},
    {"eu-north-1", 59, 18},      {"eu-south-1", 45, 9},        {"eu-south-2", 42, -1},
    {"eu-west-1", 53, -6},       {"eu-west-2", 51, 0},         {"eu-west-3", 49, 2},
    {"il-central-1", 32, 35},    {"me-central-1", 24, 54},     {"me-south-1", 26, 51},
    {"sa-east-1", -24, -47},     {"us-east-1", 39, -77},       {"us-east-2", 40, -83},
    {"us-west-1", 37, -122},     {"us-west-2", 46, -120},
};

const RegionPlace* place_of(std::string_view region) {
  for (const RegionPlace& place : kRegionPlaces)
    if (place.region == region) return &place;
  return nullptr;
}

// As the angle between them; of regions that are not on the map as far as can be.
double distance(std::string_view from, std::string_view to) {
  if (from == to) return -1;
  const RegionPlace* here = place_of(from);
  const RegionPlace* there = place_of(to);
  if (!here || !there) return std::numbers::pi;
  auto radians = [](double degrees) { return degrees * std::numbers::pi / 180; };
  const double cosine = std::sin(radians(here->latitude)) * std::sin(radians(there->latitude)) +
                        std::cos(radians(here->latitude)) * std::cos(radians(there->latitude)) *
                            std::cos(radians(here->longitude - there->longitude));
  return std::acos(std::min(1.0, std::max(-1.0, cosine)));
}

}  // namespace

std::optional<MultiRegionPoint> get_multi_region_point(const store::Transaction& tx, std::string_view alias) {
  auto row = tx.get(kAccessPointAliases, alias);
  if (!row || !row->region.empty()) return std::nullopt;
  return tx.get(kMultiRegionPoints, store::key(row->account, row->name));
}

const MultiRegionBucket* closest_bucket(const MultiRegionPoint& point, std::string_view region) {
  const MultiRegionBucket* closest = nullptr;
  double least = std::numeric_limits<double>::max();
  for (const MultiRegionBucket& bucket : point.buckets) {
    const double away = distance(region, bucket.region);
    if (bucket.dial == 0 || away >= least) continue;
    closest = &bucket;
    least = away;
  }
  return closest;
}

}  // namespace aws
