// S3's access points: further names of a bucket, each with a policy of its own. Made by s3control, heeded by S3.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points.html
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  // Of directory buckets: what can be reached through it; nothing: everything.
  std::vector<std::string> scope_prefixes;
  std::vector<std::string> scope_permissions;  // "GetObject"

  // One of many regions has none of its own, and its alias for a name.
  bool is_multi_region() const { return region.empty(); }
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
    field("scope_prefixes", self.scope_prefixes);
    field("scope_permissions", self.scope_permissions);
  }
};

// An access point whose answers a function makes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/transforming-objects.html
struct ObjectLambdaPoint {
  std::string name;
  std::string account, region;
  std::string alias;
  std::int64_t created_ms = 0;
  std::string configuration;  // ObjectLambdaConfiguration, JSON
  std::string supporting;     // the ARN in it, of the access point that reaches the objects
  std::string policy;         // empty: none
  bool is_policy_public = false;
  std::map<std::string, std::string> tags;

  std::string arn() const { return "arn:aws:s3-object-lambda:" + region + ":" + account + ":accesspoint/" + name; }
  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("account", self.account);
    field("region", self.region);
    field("alias", self.alias);
    field("created_ms", self.created_ms);
    field("configuration", self.configuration);
    field("supporting", self.supporting);
    field("policy", self.policy);
    field("is_policy_public", self.is_policy_public);
    field("tags", self.tags);
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

inline constexpr store::Table<ObjectLambdaPoint> kObjectLambdaPoints{"s3.object_lambda_points"};  // key: name

// By its alias, by its ARN or that of something reached through it, or as hosts name those of the region that `tx`
// stands in ("photos-111122223333"); nothing for names of buckets. One of many regions is what its bucket closest to
// that region is. What is reached through an object lambda access
// point is what its supporting access point reaches.
std::optional<AccessPoint> get_access_point(const store::Transaction& tx, std::string_view name);
// By its alias, or its ARN.
std::optional<ObjectLambdaPoint> get_object_lambda_point(const store::Transaction& tx, std::string_view name);

}  // namespace aws
