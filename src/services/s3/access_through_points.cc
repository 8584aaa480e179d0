#include "services/s3/access_through_points.h"

#include <algorithm>
#include <array>

#include "base/arn.h"
#include "model/authorization.h"
#include "services/s3/object_lambda.h"

namespace s3 {

namespace {

struct PointAction {
  std::string_view operation, action;
};
// What access points take besides the operations whose needs are known. In alphabetical order.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-service-api-support.html
constexpr std::array<PointAction, 17> kPointActions{{
    {"AbortMultipartUpload", "s3:AbortMultipartUpload"},
    {"CompleteMultipartUpload", "s3:PutObject"},
    {"GetBucketLocation", "s3:GetBucketLocation"},
    {"GetBucketNotificationConfiguration", "s3:GetBucketNotification"},
    {"GetObjectLegalHold", "s3:GetObjectLegalHold"},
    {"GetObjectRetention", "s3:GetObjectRetention"},
    {"HeadBucket", "s3:ListBucket"},
    {"ListMultipartUploads", "s3:ListBucketMultipartUploads"},
    {"ListObjectVersions", "s3:ListBucketVersions"},
    {"ListObjects", "s3:ListBucket"},
    {"ListObjectsV2", "s3:ListBucket"},
    {"ListParts", "s3:ListMultipartUploadParts"},
    {"PutObjectLegalHold", "s3:PutObjectLegalHold"},
    {"PutObjectRetention", "s3:PutObjectRetention"},
    {"RestoreObject", "s3:RestoreObject"},
    {"SelectObjectContent", "s3:GetObject"},
    {"UploadPart", "s3:PutObject"},
}};
constexpr std::array<std::string_view, 17> kOthers{
    "CopyObject",     "CreateMultipartUpload", "DeleteObject",     "DeleteObjectTagging",
    "DeleteObjects",  "GetBucketAcl",          "GetBucketCors",    "GetObject",
    "GetObjectAcl",   "GetObjectAttributes",   "GetObjectTagging", "HeadObject",
    "PutObject",      "PutObjectAcl",          "PutObjectTagging", "UploadPartCopy",
    "GetBucketPolicy"};

std::string_view action_of(std::string_view operation) {
  auto found = std::ranges::find(kPointActions, operation, &PointAction::operation);
  return found == kPointActions.end() ? std::string_view() : found->action;
}

}  // namespace

std::optional<aws::AccessPoint> access_point_in(const Call& call, const Value& input) {
  const std::string& name = input.at("Bucket").str();
  if (name.starts_with("arn:") || name.ends_with("-s3alias") || name.ends_with("--ol-s3") || name.ends_with(".mrap"))
    return aws::get_access_point(call.tx, name);
  // "photos-111122223333" may be a bucket's name, too.
  const bool may_be_hosted = name.size() > 13 && base::is_account_id(std::string_view(name).substr(name.size() - 12));
  if (!may_be_hosted || get_bucket(call.tx, name)) return std::nullopt;
  return aws::get_access_point(call.tx, name);
}

std::vector<kernel::Need> needs_of_transformed(Call& call, std::string_view operation, const Value& input,
                                               const aws::ObjectLambdaPoint& point) {
  std::vector<kernel::Need> needs;
  // What the function reads, it reads in the caller's name: that is decided then.
  const bool is_transformed = find_transformation(call, operation, input).has_value();
  auto supporting = aws::get_access_point(call.tx, point.supporting);
  if (supporting) needs = needs_through(call, operation, input, *supporting);
  std::vector<kernel::Need> all;
  for (const kernel::Need& need : needs) {
    std::string own = object_lambda_action(need.action);
    if (own.empty() || !need.resource.starts_with(supporting->arn())) continue;
    // Known to IAM, so its name stands where actions stand.
    all.push_back({model::find_action(own)->name, point.arn()});
  }
  if (!is_transformed) all.insert(all.end(), needs.begin(), needs.end());
  return all;
}

std::vector<kernel::Need> needs_through(Call& call, std::string_view operation, const Value& input,
                                        const aws::AccessPoint& point) {
  Value direct = input;
  direct.set("Bucket", point.bucket);
  std::vector<kernel::Need> needs = needs_of(call, operation, direct);
  if (needs.empty()) {
    // Each object of a bulk delete is asked for by itself, and of the bucket.
    const std::string_view action = action_of(operation);
    if (action.empty()) return {};
    needs.push_back({action, resource_of(call, operation, direct)});
  }
  const std::string bucket_arn = "arn:aws:s3:::" + point.bucket;
  std::vector<kernel::Need> all;
  for (kernel::Need& need : needs) {
    if (need.resource == bucket_arn) all.push_back({need.action, point.arn()});
    if (need.resource.starts_with(bucket_arn + "/"))
      all.push_back({need.action, point.arn() + "/object" + need.resource.substr(bucket_arn.size())});
    all.push_back(std::move(need));
  }
  return all;
}

Result<void> check_through_point(std::string_view operation) {
  if (!action_of(operation).empty() || std::ranges::find(kOthers, operation) != kOthers.end()) return {};
  return error("MethodNotAllowed", "The specified method is not allowed against this resource.");
}

std::string policy_of_point(const Call& call, const aws::AccessPoint& point) {
  const bool is_outsider =
      call.caller.account != point.account && call.caller.type != kernel::Principal::Type::kService;
  return is_outsider && point.is_policy_public && point.block.restricts_buckets ? std::string() : point.policy;
}

bool find_point_key(const Call& call, std::string_view key, policy::Values& values) {
  if (!call.input ||
      (key != "s3:dataaccesspointarn" && key != "s3:dataaccesspointaccount" && key != "s3:accesspointnetworkorigin"))
    return false;
  auto point = access_point_in(call, *call.input);
  if (!point) return false;
  values = {key == "s3:dataaccesspointarn" ? point->arn()
                                           : (key == "s3:dataaccesspointaccount" ? point->account : "Internet")};
  return true;
}

}  // namespace s3
