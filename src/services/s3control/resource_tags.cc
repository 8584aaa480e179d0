// Tags of buckets and access points, by ARN.
#include "api/s3.h"
#include "base/arn.h"
#include "services/s3control/access_points.h"

namespace s3control {

namespace {

using PointTags = std::map<std::string, std::string>;

constexpr std::size_t kTagsMax = 50;

// One of these. Tags of buckets are S3's own; this is a way to them that only adds or only takes away.
struct TaggedResource {
  std::optional<std::string> bucket;
  std::optional<aws::AccessPoint> point;
  std::optional<aws::ObjectLambdaPoint> transforming;
};

std::unexpected<base::Error> no_such_resource() {
  return error("NoSuchResource", "The specified resource doesn't exist.");
}

Result<TaggedResource> find_tagged(Call& call, const Value& input) {
  TRY_VOID(check_account(call, input));
  const std::string& text = input.at("ResourceArn").str();
  const base::Arn arn = base::Arn::parse(text);
  TaggedResource found;
  if (arn.service == "s3" && arn.account.empty() && arn.resource.find('/') == arn.resource.npos) {
    found.bucket = std::string(arn.resource);
    return found;
  }
  if (arn.account != call.caller.account || arn.region != call.place.region) return no_such_resource();
  if (arn.service == "s3") found.point = aws::get_access_point(call.tx, text);
  if (arn.service == "s3-object-lambda") found.transforming = aws::get_object_lambda_point(call.tx, text);
  if (!found.point && !found.transforming) return no_such_resource();
  return found;
}

Result<PointTags> tags_of_resource(Call& call, const TaggedResource& resource) {
  if (resource.point) return resource.point->tags;
  if (resource.transforming) return resource.transforming->tags;
  auto answer = call.as_caller("s3-control.amazonaws.com")
                    .invoke(kernel::operation<s3::Model>("GetBucketTagging"), Value::Map{{"Bucket", *resource.bucket}});
  PointTags tags;
  if (!answer && answer.error().code == "NoSuchTagSet") return tags;
  if (!answer) return std::unexpected(answer.error());
  for (const Value& tag : answer->at("TagSet").list()) tags[tag.at("Key").str()] = tag.at("Value").str();
  return tags;
}

Value show_tags(const PointTags& tags) {
  Value::List list;
  for (const auto& [key, value] : tags) list.push_back(Value::Map{{"Key", key}, {"Value", value}});
  return list;
}

Result<void> keep_tags(Call& call, TaggedResource& resource, PointTags tags) {
  if (resource.point) {
    resource.point->tags = std::move(tags);
    call.tx.put(aws::kAccessPoints, resource.point->name, *resource.point);
    return {};
  }
  if (resource.transforming) {
    resource.transforming->tags = std::move(tags);
    call.tx.put(aws::kObjectLambdaPoints, resource.transforming->name, *resource.transforming);
    return {};
  }
  const kernel::Client s3 = call.as_caller("s3-control.amazonaws.com");
  auto done =
      tags.empty()
          ? s3.invoke(kernel::operation<s3::Model>("DeleteBucketTagging"), Value::Map{{"Bucket", *resource.bucket}})
          : s3.invoke(kernel::operation<s3::Model>("PutBucketTagging"),
                      Value::Map{{"Bucket", *resource.bucket}, {"Tagging", Value::Map{{"TagSet", show_tags(tags)}}}});
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html
Result<Out> TagResource(Call& call, In in) {
  TaggedResource resource = TRY(find_tagged(call, in.value()));
  PointTags tags = TRY(tags_of_resource(call, resource));
  for (const Value& tag : in.list("Tags")) {
    const std::string& key = tag.at("Key").str();
    if (key.empty() || key.size() > 128 || key.starts_with("aws:"))
      return error("InvalidTag", "The TagKey you have provided is invalid");
    if (tag.at("Value").str().size() > 256) return error("InvalidTag", "The TagValue you have provided is invalid");
    tags[key] = tag.at("Value").str();
  }
  if (tags.size() > kTagsMax)
    return error("TooManyTagsException",
                 "The number of tags exceeds the limit of 50 tags. Remove some tags and try again.");
  TRY_VOID(keep_tags(call, resource, std::move(tags)));
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UntagResource.html
Result<Out> UntagResource(Call& call, In in) {
  TaggedResource resource = TRY(find_tagged(call, in.value()));
  PointTags tags = TRY(tags_of_resource(call, resource));
  for (const Value& key : in.list("TagKeys")) tags.erase(key.str());
  TRY_VOID(keep_tags(call, resource, std::move(tags)));
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListTagsForResource.html
Result<Out> ListTagsForResource(Call& call, In in) {
  const TaggedResource resource = TRY(find_tagged(call, in.value()));
  return Out{{"Tags", show_tags(TRY(tags_of_resource(call, resource)))}};
}

}  // namespace s3control
