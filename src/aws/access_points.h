// S3's access points: further names of a bucket, each with a policy of its own. Made by s3control, heeded by S3.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points.html
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/public_access_block.h"
#include "store/store.h"

namespace aws {

struct AccessPoint {
  std::string name;
  std::string account, region;
  std::string bucket;
  std::string bucket_account;
  std::string alias;
  std::int64_t created_ms = 0;
  PublicAccessBlock block;
  std::string policy;  // empty: none
  std::map<std::string, std::string> tags;
  bool is_policy_public = false;

  std::string arn() const { return "arn:aws:s3:" + region + ":" + account + ":accesspoint/" + name; }
  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("account", self.account);
    field("region", self.region);
    field("bucket", self.bucket);
    field("bucket_account", self.bucket_account);
    field("alias", self.alias);
    field("created_ms", self.created_ms);
    field("block", self.block);
    field("policy", self.policy);
    field("tags", self.tags);
    field("is_policy_public", self.is_policy_public);
  }
};

struct AccessPointAlias {
  std::string account, region, name;

  static void fields(auto& self, auto& field) {
    field("account", self.account);
    field("region", self.region);
    field("name", self.name);
  }
};

inline constexpr store::Table<AccessPoint> kAccessPoints{"s3.access_points"};  // key: name
// Key: alias.
inline constexpr store::Table<AccessPointAlias> kAccessPointAliases{"s3.access_point_aliases", store::Scope::kGlobal};

// By its alias, or by its ARN or that of something reached through it; nothing for names of buckets.
std::optional<AccessPoint> get_access_point(const store::Transaction& tx, std::string_view name);

}  // namespace aws
