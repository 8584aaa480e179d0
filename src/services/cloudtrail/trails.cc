// Trails: made, changed, listed and deleted.
#include "services/cloudtrail/trails.h"

#include <algorithm>

#include "base/strings.h"

namespace cloudtrail {

namespace {

// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
constexpr kernel::Limit kTrailsMax{"cloudtrail", "L-DF2C8F44", 5};
constexpr std::size_t kTrailNameMin = 3, kTrailNameMax = 128;
constexpr std::size_t kPrefixMax = 200;

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string user_of(const Call& call) { return call.place.account; }

base::Result<void> check_trail_name(const std::string& name) {
  auto refuse = [](std::string message) { return error("InvalidTrailNameException", std::move(message)); };
  if (name.size() < kTrailNameMin)
    return refuse(
        fmt::format("Trail name too short. Minimum allowed length: 3 characters. Specified name length: {} "
                    "characters.",
                    name.size()));
  if (name.size() > kTrailNameMax)
    return refuse(
        fmt::format("Trail name too long. Maximum allowed length: 128 characters. Specified name length: {} "
                    "characters.",
                    name.size()));
  if (!is_alphanumeric(name.front())) return refuse("Trail name must starts with a letter or number.");
  if (!is_alphanumeric(name.back())) return refuse("Trail name must ends with a letter or number.");
  for (char c : name)
    if (!is_alphanumeric(c) && c != '.' && c != '-' && c != '_')
      return refuse(
          "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), "
          "hyphens (-), and underscores (_).");
  for (std::string_view pair : {"..", "--", "__", ".-", ".-", "._", "-.", "-_", "_.", "_-"})
    if (name.contains(pair)) return refuse("Trail name cannot have adjacent periods, hyphens or underscores.");
  return {};
}

base::Result<void> check_bucket(const std::string& bucket) {
  bool is_long_enough = bucket.size() >= 3 && bucket.size() <= 63;
  bool is_clean = std::ranges::all_of(
      bucket, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; });
  if (!is_long_enough || !is_clean || !is_alphanumeric(bucket.front()) || !is_alphanumeric(bucket.back()))
    return error("InvalidS3BucketNameException", fmt::format("Bucket name {} is not valid.", bucket));
  return {};
}

// The members that CreateTrail and UpdateTrail share.
base::Result<void> change(Trail& trail, const In& in) {
  if (in.has("S3BucketName")) {
    TRY_VOID(check_bucket(in.str("S3BucketName")));
    trail.bucket = in.str("S3BucketName");
  }
  if (in.has("S3KeyPrefix")) {
    if (in.str("S3KeyPrefix").size() > kPrefixMax)
      return error("InvalidS3PrefixException", "S3 prefix is longer than maximum length");
    trail.prefix = in.str("S3KeyPrefix");
  }
  if (in.has("SnsTopicName")) {
    if (in.str("SnsTopicName").size() > 256)
      return error("InvalidSnsTopicNameException", "SNS topic name is longer than maximum length");
    trail.topic = in.str("SnsTopicName");
  }
  if (in.has("IncludeGlobalServiceEvents")) trail.includes_global = in.flag("IncludeGlobalServiceEvents");
  if (in.has("IsMultiRegionTrail")) trail.is_multi_region = in.flag("IsMultiRegionTrail");
  if (in.has("EnableLogFileValidation")) trail.validates = in.flag("EnableLogFileValidation");
  if (in.has("IsOrganizationTrail")) trail.is_organization = in.flag("IsOrganizationTrail");
  if (in.has("KmsKeyId")) trail.kms_key_id = in.str("KmsKeyId");
  if (in.has("CloudWatchLogsLogGroupArn")) trail.log_group_arn = in.str("CloudWatchLogsLogGroupArn");
  if (in.has("CloudWatchLogsRoleArn")) trail.log_role_arn = in.str("CloudWatchLogsRoleArn");
  if (!trail.log_group_arn.empty() && !trail.log_group_arn.starts_with("arn:"))
    return error("InvalidCloudWatchLogsLogGroupArnException",
                 "CloudTrail cannot validate the specified log group ARN.");
  if (!trail.log_group_arn.empty() && trail.log_role_arn.empty())
    return error("InvalidCloudWatchLogsRoleArnException", "You must specify a role ARN as well as a log group ARN.");
  if (trail.log_group_arn.empty() && !trail.log_role_arn.empty())
    return error("InvalidCloudWatchLogsLogGroupArnException",
                 "You must specify a log group ARN as well as a role ARN.");
  if (trail.is_multi_region && !trail.includes_global)
    return error("InvalidParameterCombinationException", "Multi-Region trail must include global service events.");
  return {};
}

std::string topic_arn(const Call& call, const Trail& trail) {
  if (trail.topic.starts_with("arn:")) return trail.topic;
  return fmt::format("arn:aws:sns:{}:{}:{}", trail.home_region, call.place.account, trail.topic);
}

// What CreateTrail and UpdateTrail answer; DescribeTrails and GetTrail add to it.
Out show(const Call& call, const Trail& trail) {
  Out out{{"Name", trail.name}, {"S3BucketName", trail.bucket}};
  if (!trail.prefix.empty()) out.set("S3KeyPrefix", trail.prefix);
  if (!trail.topic.empty()) {
    std::string arn = topic_arn(call, trail);
    out.set("SnsTopicName", arn.substr(arn.rfind(':') + 1));
    out.set("SnsTopicARN", arn);
  }
  out.set("IncludeGlobalServiceEvents", trail.includes_global);
  out.set("IsMultiRegionTrail", trail.is_multi_region);
  out.set("TrailARN", trail_arn(call, trail));
  out.set("LogFileValidationEnabled", trail.validates);
  if (!trail.log_group_arn.empty()) {
    out.set("CloudWatchLogsLogGroupArn", trail.log_group_arn);
    out.set("CloudWatchLogsRoleArn", trail.log_role_arn);
  }
  if (!trail.kms_key_id.empty()) out.set("KmsKeyId", trail.kms_key_id);
  out.set("IsOrganizationTrail", trail.is_organization);
  return out;
}

Out show_whole(const Call& call, const Trail& trail) {
  Out out = show(call, trail);
  out.set("HomeRegion", trail.home_region);
  out.set("HasCustomEventSelectors", !trail.event_selectors.empty() || !trail.advanced_selectors.empty());
  out.set("HasInsightSelectors", !trail.insights.empty());
  return out;
}

base::Result<void> check_organization(Call& call, const Trail& trail) {
  if (!trail.is_organization) return {};
  // Only the management account of an organization has trails for all of it, which Organizations knows.
  auto organization =
      call.as_caller("cloudtrail.amazonaws.com").invoke({"organizations", "DescribeOrganization"}, Value::Map{});
  if (!organization)
    return error("OrganizationsNotInUseException",
                 "The account making the request is not a member of an organization in AWS Organizations.");
  if (organization->at("Organization").at("MasterAccountId").str() != call.place.account)
    return error("NotOrganizationMasterAccountException",
                 "The AWS account making the request to create or update an organization trail is not the management "
                 "account for an organization in AWS Organizations.");
  return {};
}

}  // namespace

std::string trail_arn(const Call& call, const Trail& trail) {
  return fmt::format("arn:aws:cloudtrail:{}:{}:trail/{}", trail.home_region, call.place.account, trail.name);
}

std::string trail_key(const Trail& trail) {
  return store::key(std::string_view(trail.home_region), std::string_view(trail.name));
}

base::Result<NamedTrail> read_trail_name(Call& call, const std::string& text) {
  if (!text.starts_with("arn:")) {
    TRY_VOID(check_trail_name(text));
    return NamedTrail{call.place.region, text};
  }
  std::vector<std::string_view> parts = base::split(text, ':');
  bool is_trail = parts.size() == 6 && parts[1] == "aws" && parts[2] == "cloudtrail" && parts[5].starts_with("trail/");
  if (!is_trail || parts[4] != call.place.account)
    return error("CloudTrailARNInvalidException", fmt::format("The trail ARN {} is not valid.", text));
  return NamedTrail{std::string(parts[3]), std::string(parts[5].substr(6))};
}

base::Result<Trail> find_trail(Call& call, const std::string& name_or_arn) {
  NamedTrail named = TRY(read_trail_name(call, name_or_arn));
  auto trail = call.tx.get(kTrails, store::key(std::string_view(named.region), std::string_view(named.name)));
  if (trail) return *std::move(trail);
  return error("TrailNotFoundException", fmt::format("Unknown trail: {} for the user: {}", name_or_arn, user_of(call)));
}

base::Result<Trail> find_trail_at_home(Call& call, const std::string& name_or_arn) {
  Trail trail = TRY(find_trail(call, name_or_arn));
  if (trail.home_region == call.place.region) return trail;
  return error("InvalidHomeRegionException",
               fmt::format("Trail {} must be updated from its home region {}.", trail.name, trail.home_region));
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
base::Result<Out> CreateTrail(Call& call, In in) {
  Trail trail{.name = in.str("Name"), .home_region = call.place.region};
  TRY_VOID(check_trail_name(trail.name));
  TRY_VOID(change(trail, in));
  TRY_VOID(check_organization(call, trail));
  TRY_VOID(check_tags({}, in["TagsList"]));
  trail.tags = read_tags(in["TagsList"]);
  std::int64_t count = 0;
  bool is_taken = call.tx.has(kTrails, trail_key(trail));
  call.tx.scan(kTrails, "", [&](std::string_view, Trail& other) {
    count += other.home_region == call.place.region || other.is_multi_region;
  });
  if (is_taken)
    return error("TrailAlreadyExistsException",
                 fmt::format("Trail {} already exists for customer: {}", trail.name, user_of(call)));
  if (std::int64_t limit = call.limit(kTrailsMax); count >= limit)
    return error("MaximumNumberOfTrailsExceededException",
                 fmt::format("User: {} already has {} trails in {}.", user_of(call), limit, call.place.region));
  call.tx.put(kTrails, trail_key(trail), trail);
  return show(call, trail);
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
base::Result<Out> UpdateTrail(Call& call, In in) {
  Trail trail = TRY(find_trail_at_home(call, in.str("Name")));
  TRY_VOID(change(trail, in));
  TRY_VOID(check_organization(call, trail));
  call.tx.put(kTrails, trail_key(trail), trail);
  update_selection(call, trail);
  return show(call, trail);
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html
base::Result<Out> DeleteTrail(Call& call, In in) {
  Trail trail = TRY(find_trail_at_home(call, in.str("Name")));
  call.tx.erase(kTrails, trail_key(trail));
  trail.insights.clear();
  update_selection(call, trail);
  return Out{};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrail.html
base::Result<Out> GetTrail(Call& call, In in) {
  Trail trail = TRY(find_trail(call, in.str("Name")));
  return Out{{"Trail", show_whole(call, trail)}};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
base::Result<Out> DescribeTrails(Call& call, In in) {
  bool with_shadows = !in.has("includeShadowTrails") || in.flag("includeShadowTrails");
  std::vector<NamedTrail> named;
  for (const Value& name : in.list("trailNameList")) named.push_back(TRY(read_trail_name(call, name.str())));
  Value::List trails;
  call.tx.scan(kTrails, "", [&](std::string_view, Trail& trail) {
    bool is_here = trail.home_region == call.place.region;
    if (named.empty()) {
      if (!is_here && !(with_shadows && trail.is_multi_region)) return;
    } else {
      bool is_named = std::ranges::any_of(
          named, [&](const NamedTrail& name) { return name.name == trail.name && name.region == trail.home_region; });
      if (!is_named) return;
    }
    trails.push_back(show_whole(call, trail));
  });
  return Out{{"trailList", std::move(trails)}};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTrails.html
base::Result<Out> ListTrails(Call& call, In) {
  Value::List trails;
  call.tx.scan(kTrails, "", [&](std::string_view, Trail& trail) {
    trails.push_back(
        Out{{"TrailARN", trail_arn(call, trail)}, {"Name", trail.name}, {"HomeRegion", trail.home_region}});
  });
  return Out{{"Trails", std::move(trails)}};
}

}  // namespace cloudtrail
