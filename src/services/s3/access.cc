// What each request needs to be allowed.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
#include "services/s3/access.h"

#include <algorithm>

#include "base/arn.h"
#include "base/bytes.h"
#include "services/s3/directory_buckets.h"
#include "services/s3/object_lambda.h"

namespace s3 {

namespace {

using kernel::Need;

constexpr std::string_view kBucketArn = "arn:aws:s3:::";

// Operations that are another action when they name a version.
struct VersionAction {
  std::string_view operation, action, action_of_version;
};
constexpr VersionAction kVersionActions[] = {
    {"DeleteObject", "s3:DeleteObject", "s3:DeleteObjectVersion"},
    {"DeleteObjectTagging", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"},
    {"GetObject", "s3:GetObject", "s3:GetObjectVersion"},
    {"GetObjectAcl", "s3:GetObjectAcl", "s3:GetObjectVersionAcl"},
    {"GetObjectTagging", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"},
    {"GetObjectTorrent", "s3:GetObject", "s3:GetObjectVersion"},
    {"HeadObject", "s3:GetObject", "s3:GetObjectVersion"},
    {"PutObjectAcl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"},
    {"PutObjectTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"},
};

bool is_any(std::string_view operation, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, operation) != names.end();
}

bool asks_for_acl(const Value& input) {
  return input.has("ACL") || input.has("GrantFullControl") || input.has("GrantRead") || input.has("GrantReadACP") ||
         input.has("GrantWrite") || input.has("GrantWriteACP");
}

std::string arn_in(const Value& input) {
  const std::string& bucket = input.at("Bucket").str();
  std::string arn = bucket.starts_with("arn:") ? bucket : fmt::format("{}{}", kBucketArn, bucket);
  if (input.has("Key")) arn += (bucket.starts_with("arn:") ? "/object/" : "/") + input.at("Key").str();
  return arn;
}

// An object is written, with what its headers set besides.
std::vector<Need> needs_of_write(const Call& call, std::string_view operation, const Value& input) {
  std::string arn = arn_in(input);
  std::vector<Need> needs;
  if (is_any(operation, {"CopyObject", "UploadPartCopy"})) {
    if (auto source = parse_copy_source(input.at("CopySource").str()))
      needs.push_back({source->version_id.empty() ? "s3:GetObject" : "s3:GetObjectVersion",
                       fmt::format("{}{}/{}", kBucketArn, source->bucket, source->key)});
  }
  needs.push_back({"s3:PutObject", arn});
  // AWS: services that deliver (logs, inventories, trails) give the object to the bucket's owner by an ACL, for which
  // the policies AWS recommends allow s3:PutObject alone.
  if (asks_for_acl(input) && call.caller.type != kernel::Principal::Type::kService)
    needs.push_back({"s3:PutObjectAcl", arn});
  if (input.has("Tagging") && !input.at("Tagging").str().empty()) needs.push_back({"s3:PutObjectTagging", arn});
  if (input.has("ObjectLockMode") || input.has("ObjectLockRetainUntilDate"))
    needs.push_back({"s3:PutObjectRetention", arn});
  if (input.has("ObjectLockLegalHoldStatus")) needs.push_back({"s3:PutObjectLegalHold", arn});
  return needs;
}

std::vector<Need> needs_of_create(const Value& input) {
  std::string arn = arn_in(input);
  std::vector<Need> needs{{"s3:CreateBucket", arn}};
  if (asks_for_acl(input)) needs.push_back({"s3:PutBucketAcl", arn});
  if (input.at("ObjectLockEnabledForBucket").flag()) {
    needs.push_back({"s3:PutBucketObjectLockConfiguration", arn});
    needs.push_back({"s3:PutBucketVersioning", arn});
  }
  if (input.has("ObjectOwnership")) needs.push_back({"s3:PutBucketOwnershipControls", arn});
  if (!input.at("CreateBucketConfiguration").at("Tags").list().empty()) needs.push_back({"s3:TagResource", arn});
  return needs;
}

Tags tags_of(Call& call, std::string_view arn) {
  auto name = parse_resource(arn);
  auto bucket = name ? get_bucket(call.tx, name->bucket) : std::nullopt;
  // "You must enable ABAC for the bucket" before its tags count in conditions; those of objects have keys of their own.
  if (!bucket || !bucket->has_abac || !name->key.empty()) return {};
  return Tags(bucket->tags.begin(), bucket->tags.end());
}

void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit) {
  store::Transaction tx = call.tx.at(place);
  std::vector<std::string> names;
  tx.scan(kBucketNames, store::Scan{}, [&](std::string_view name, BucketName&) { names.emplace_back(name); });
  for (const std::string& name : names) {
    auto bucket = get_bucket(tx, name);
    if (!bucket || bucket->region != place.region) continue;
    visit({.arn = bucket->arn(), .type = "AWS::S3::Bucket", .policy = policy_of(call, bucket->arn())});
  }
}

}  // namespace

std::optional<CopySource> parse_copy_source(std::string_view text) {
  if (text.starts_with('/')) text.remove_prefix(1);
  CopySource source;
  std::size_t mark = text.rfind("?versionId=");
  if (mark != text.npos) {
    auto version_id = base::percent_decode(text.substr(mark + 11));
    if (!version_id) return std::nullopt;
    source.version_id = *std::move(version_id);
    text = text.substr(0, mark);
  }
  auto decoded = base::percent_decode(text);
  if (!decoded) return std::nullopt;
  const std::string& path = *decoded;
  // An access point: "arn:aws:s3:eu-west-1:111122223333:accesspoint/photos/object/a.jpg".
  std::size_t from = path.starts_with("arn:") ? path.find("/object/") : path.find('/');
  if (from == path.npos) return std::nullopt;
  source.bucket = path.substr(0, from);
  source.key = path.substr(from + (path.starts_with("arn:") ? 8 : 1));
  if (source.bucket.empty() || source.key.empty()) return std::nullopt;
  return source;
}

std::optional<ResourceName> parse_resource(std::string_view arn) {
  base::Arn parts = base::Arn::parse(arn);
  constexpr std::string_view kDirectoryKind = "bucket/";
  if (parts.service == "s3express" && parts.resource.starts_with(kDirectoryKind))
    return ResourceName{.bucket = std::string(parts.resource.substr(kDirectoryKind.size())), .key = {}};
  if (parts.service != "s3" || !parts.account.empty()) return std::nullopt;
  std::size_t slash = parts.resource.find('/');
  ResourceName name{.bucket = std::string(parts.resource.substr(0, slash)), .key = {}};
  if (slash != parts.resource.npos) name.key = parts.resource.substr(slash + 1);
  return name;
}

std::string resource_of(Call&, std::string_view, const Value& input) {
  return input.has("Bucket") ? arn_in(input) : "*";
}

std::vector<Need> needs_of(Call& call, std::string_view operation, const Value& input) {
  if (auto needs = needs_of_directory(call, operation, input)) return *std::move(needs);
  if (auto point = object_lambda_point_in(call, input)) return needs_of_transformed(call, operation, input, *point);
  if (auto point = access_point_in(call, input)) return needs_through(call, operation, input, *point);
  for (const VersionAction& each : kVersionActions)
    if (each.operation == operation) {
      bool names_version = !input.at("VersionId").str().empty();
      return {{names_version ? each.action_of_version : each.action, arn_in(input)}};
    }
  if (operation == "GetObjectAttributes") {
    bool names_version = !input.at("VersionId").str().empty();
    return {{names_version ? "s3:GetObjectVersion" : "s3:GetObject", arn_in(input)},
            {names_version ? "s3:GetObjectVersionAttributes" : "s3:GetObjectAttributes", arn_in(input)}};
  }
  if (is_any(operation, {"PutObject", "CopyObject", "CreateMultipartUpload", "UploadPartCopy"}))
    return needs_of_write(call, operation, input);
  if (operation == "CreateBucket") return needs_of_create(input);
  return {};
}

std::unexpected<base::Error> missing_object(Call& call, const Bucket& bucket, std::string_view key) {
  // Of directory buckets a session may see everything.
  if (bucket.kind != BucketKind::kDirectory) TRY_VOID(call.authorize("s3:ListBucket", bucket.arn()));
  return error("NoSuchKey", "The specified key does not exist.", Value::Map{{"Key", key}});
}

kernel::AccessHooks access_hooks() {
  return {.admit = admit,
          .policy_of = policy_of,
          .each_policy = each_policy,
          .tags_of = tags_of,
          .account_of = account_of,
          .find_key = find_condition_key};
}

}  // namespace s3
