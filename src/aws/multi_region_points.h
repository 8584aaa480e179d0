// S3's multi-region access points: one name for buckets of several regions. Made by s3control, heeded by S3 as access
// points like others: see access_points.h.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPoints.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/access_points.h"

namespace aws {

struct MultiRegionBucket {
  std::string bucket, region;
  std::string account;
  std::int64_t dial = 100;  // "TrafficDialPercentage": 100 is active, 0 passive

  static void fields(auto& self, auto& field) {
    field("bucket", self.bucket);
    field("region", self.region);
    field("account", self.account);
    field("dial", self.dial);
  }
};

struct MultiRegionPoint {
  std::string name, alias;  // "mfzwi23gnjvgw.mrap"
  std::string account;
  std::int64_t created_ms = 0;
  PublicAccessBlock block;
  std::vector<MultiRegionBucket> buckets;
  std::string policy;    // established; empty: none
  std::string proposed;  // on its way
  bool is_policy_public = false;
  bool is_deleting = false;

  std::string arn() const { return "arn:aws:s3::" + account + ":accesspoint/" + alias; }
  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("alias", self.alias);
    field("account", self.account);
    field("created_ms", self.created_ms);
    field("block", self.block);
    field("buckets", self.buckets);
    field("policy", self.policy);
    field("proposed", self.proposed);
    field("is_policy_public", self.is_policy_public);
    field("is_deleting", self.is_deleting);
  }
};

// Key: account, name.
inline constexpr store::Table<MultiRegionPoint> kMultiRegionPoints{"s3.multi_region_points", store::Scope::kGlobal};

// The row of an alias.
std::optional<MultiRegionPoint> get_multi_region_point(const store::Transaction& tx, std::string_view alias);
// The bucket that serves requests from a region: the closest of those that take traffic. Null: none does.
const MultiRegionBucket* closest_bucket(const MultiRegionPoint& point, std::string_view region);

}  // namespace aws
