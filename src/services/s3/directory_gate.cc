// What directory buckets take, and from whom.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html
#include <algorithm>

#include "services/s3/directory_buckets.h"

namespace s3 {

namespace {

// Operations of the bucket, in the region; each is an action of its own.
struct RegionalAction {
  std::string_view operation, action;
};
constexpr RegionalAction kRegionalActions[] = {
    {"DeleteBucket", "s3express:DeleteBucket"},
    {"DeleteBucketEncryption", "s3express:PutEncryptionConfiguration"},
    {"DeleteBucketInventoryConfiguration", "s3express:PutInventoryConfiguration"},
    {"DeleteBucketLifecycle", "s3express:PutLifecycleConfiguration"},
    {"DeleteBucketMetricsConfiguration", "s3express:PutMetricsConfiguration"},
    {"DeleteBucketPolicy", "s3express:DeleteBucketPolicy"},
    {"GetBucketEncryption", "s3express:GetEncryptionConfiguration"},
    {"GetBucketInventoryConfiguration", "s3express:GetInventoryConfiguration"},
    {"GetBucketLifecycleConfiguration", "s3express:GetLifecycleConfiguration"},
    {"GetBucketMetricsConfiguration", "s3express:GetMetricsConfiguration"},
    {"GetBucketPolicy", "s3express:GetBucketPolicy"},
    {"ListBucketInventoryConfigurations", "s3express:GetInventoryConfiguration"},
    {"ListBucketMetricsConfigurations", "s3express:GetMetricsConfiguration"},
    {"PutBucketEncryption", "s3express:PutEncryptionConfiguration"},
    {"PutBucketInventoryConfiguration", "s3express:PutInventoryConfiguration"},
    {"PutBucketLifecycleConfiguration", "s3express:PutLifecycleConfiguration"},
    {"PutBucketMetricsConfiguration", "s3express:PutMetricsConfiguration"},
    {"PutBucketPolicy", "s3express:PutBucketPolicy"},
    // By s3control alone, which has actions of its own for them.
    {"DeleteBucketTagging", "s3express:UntagResource"},
    {"GetBucketTagging", "s3express:ListTagsForResource"},
    {"PutBucketTagging", "s3express:TagResource"},
};
// Those of what is in it, in the zone.
constexpr std::string_view kZonalReads[] = {"CreateSession", "GetObject", "GetObjectAttributes",  "HeadBucket",
                                            "HeadObject",    "ListParts", "ListMultipartUploads", "ListObjectsV2"};
constexpr std::string_view kZonalWrites[] = {
    "AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload",
    "DeleteObject",         "DeleteObjects",           "PutObject",  "RenameObject",
    "UploadPart",           "UploadPartCopy"};

// Members of requests that ask for what directory buckets have not.
constexpr std::string_view kNotForDirectories[] = {"ACL",
                                                   "BypassGovernanceRetention",
                                                   "ExpectedBucketOwner",
                                                   "GrantFullControl",
                                                   "GrantRead",
                                                   "GrantReadACP",
                                                   "GrantWrite",
                                                   "GrantWriteACP",
                                                   "MFA",
                                                   "ObjectLockLegalHoldStatus",
                                                   "ObjectLockMode",
                                                   "ObjectLockRetainUntilDate",
                                                   "RequestPayer",
                                                   "SSECustomerAlgorithm",
                                                   "SSECustomerKey",
                                                   "StartAfter",
                                                   "WebsiteRedirectLocation"};

constexpr std::string_view kCreateSession = "s3express:CreateSession";

std::string_view regional_action(std::string_view operation) {
  auto found = std::ranges::find(kRegionalActions, operation, &RegionalAction::operation);
  return found == std::end(kRegionalActions) ? std::string_view() : found->action;
}

template <std::size_t Count>
bool names(const std::string_view (&list)[Count], std::string_view name) {
  return std::ranges::find(list, name) != std::end(list);
}

std::unexpected<base::Error> not_for_directories(std::string_view name) {
  return error("NotImplemented", "A header you provided implies functionality that is not implemented",
               Value::Map{{"Header", name}});
}

Result<void> check_directory_list(std::string_view operation, const Value& input) {
  if (operation != "ListObjectsV2" && operation != "ListMultipartUploads") return {};
  auto invalid = [](std::string message, const char* name, const std::string& value) {
    return error("InvalidArgument", std::move(message), Value::Map{{"ArgumentName", name}, {"ArgumentValue", value}});
  };
  // "For directory buckets, / is the only supported delimiter", "only prefixes that end in a delimiter are supported."
  const std::string& delimiter = input.at("Delimiter").str();
  if (!delimiter.empty() && delimiter != "/")
    return invalid("This bucket does not support a delimiter other than /.", "delimiter", delimiter);
  const std::string& prefix = input.at("Prefix").str();
  if (!prefix.empty() && !prefix.ends_with('/'))
    return invalid("This bucket does not support a prefix that does not end in a delimiter.", "prefix", prefix);
  return {};
}

const std::string* session_claim(const Call& call, const char* name) {
  if (!call.caller.session) return nullptr;
  auto found = call.caller.session->claims.find(name);
  return found == call.caller.session->claims.end() || found->second.empty() ? nullptr : &found->second.front();
}

}  // namespace

Result<void> check_directory(const Call& call, std::string_view operation, const Value& input) {
  const bool is_read = names(kZonalReads, operation), is_write = names(kZonalWrites, operation);
  const bool is_tagging = operation.ends_with("BucketTagging");
  if ((!is_read && !is_write && regional_action(operation).empty()) || (is_tagging && call.is_from_outside()))
    return error("MethodNotAllowed", "The specified method is not allowed against this resource.");
  for (std::string_view name : kNotForDirectories)
    if (input.has(name)) return not_for_directories(name);
  // "The value of this header for directory buckets is an empty tag set."
  if (!input.at("Tagging").str().empty()) return not_for_directories("Tagging");
  // "For this API operation, only the null value of the version ID is supported by directory buckets."
  const std::string& version = input.at("VersionId").str();
  if (!version.empty() && version != "null")
    return error("InvalidArgument", "This bucket does not support Object Versioning",
                 Value::Map{{"ArgumentName", "versionId"}, {"ArgumentValue", version}});
  TRY_VOID(check_directory_list(operation, input));
  const std::string* mode = session_claim(call, "s3express:sessionmode");
  if (mode && *mode == "ReadOnly" && is_write) return error("AccessDenied", "Access Denied");
  return {};
}

std::optional<std::vector<kernel::Need>> needs_of_directory(Call& call, std::string_view operation,
                                                            const Value& input) {
  const std::string& name = input.at("Bucket").str();
  if (operation == "CreateBucket") {
    if (!makes_directory_bucket(input)) return std::nullopt;
    return std::vector<kernel::Need>{
        {"s3express:CreateBucket",
         fmt::format("arn:aws:s3express:{}:{}:bucket/{}", call.place.region, call.caller.account, name)}};
  }
  auto bucket = zone_of_name(name).empty() ? std::nullopt : get_bucket(call.tx, name);
  auto source = input.has("CopySource") ? parse_copy_source(input.at("CopySource").str()) : std::nullopt;
  auto from = source ? get_bucket(call.tx, source->bucket) : std::nullopt;
  const bool comes_from_directory = from && from->kind == BucketKind::kDirectory;
  if (!bucket && !comes_from_directory) return std::nullopt;
  std::vector<kernel::Need> needs;
  if (comes_from_directory)
    needs.push_back({kCreateSession, from->arn()});
  else if (from)
    needs.push_back({"s3:GetObject", from->arn_of(source->key)});
  if (!bucket) {
    needs.push_back({"s3:PutObject", fmt::format("arn:aws:s3:::{}/{}", name, input.at("Key").str())});
    return needs;
  }
  const std::string_view action = regional_action(operation);
  needs.push_back({action.empty() ? kCreateSession : action, bucket->arn()});
  return needs;
}

bool find_directory_key(const Call& call, std::string_view key, policy::Values& values) {
  if (key != "s3express:sessionmode" || !call.input || !call.operation) return false;
  const std::string* mode = session_claim(call, "s3express:sessionmode");
  const std::string& asked = call.input->at("SessionMode").str();
  values = {mode ? *mode : asked.empty() ? std::string("ReadWrite") : asked};
  return true;
}

}  // namespace s3
