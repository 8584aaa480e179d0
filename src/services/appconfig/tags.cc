// Tags of AppConfig's resources.
#include "services/appconfig/config.h"

namespace appconfig {

namespace {

constexpr std::size_t kTagsMax = 50;

// Whether a resource with this ARN is there: application/…, its parts, deploymentstrategy/….
bool exists(Call& call, const std::string& arn) {
  const std::string prefix = arn_of(call, "");
  if (!arn.starts_with(prefix)) return false;
  const std::string resource = arn.substr(prefix.size());
  auto part = [&](std::string_view name) {
    const std::string wanted = fmt::format("{}/", name);
    const std::size_t at = resource.find(wanted);
    if (at == std::string::npos) return std::string();
    const std::size_t from = at + wanted.size();
    return resource.substr(from, resource.find('/', from) - from);
  };
  if (resource.starts_with("deploymentstrategy/")) return call.tx.has(kStrategies, part("deploymentstrategy"));
  const std::string application = part("application");
  const std::string environment = part("environment"), profile = part("configurationprofile");
  const std::string deployment = part("deployment");
  if (!deployment.empty())
    return call.tx.scan_keys(aws::kConfigDeployments, {.prefix = store::key(application, environment)},
                             [](std::string_view) {}) > 0;
  if (!environment.empty()) return call.tx.has(aws::kConfigEnvironments, store::key(application, environment));
  if (!profile.empty()) return call.tx.has(aws::kConfigProfiles, store::key(application, profile));
  return call.tx.has(aws::kConfigApplications, application);
}

Result<TagSet> find_tags(Call& call, const std::string& arn) {
  if (!exists(call, arn)) return not_found("Resource", arn);
  return call.tx.get(kTags, arn).value_or(TagSet{});
}

}  // namespace

kernel::Tags tags_of(Call& call, std::string_view arn) {
  auto row = call.tx.get(kTags, arn);
  return row ? kernel::Tags(row->tags) : kernel::Tags();
}

void put_tags(Call& call, const std::string& arn, const Value::Map& tags) {
  if (tags.empty()) return;
  TagSet row = call.tx.get(kTags, arn).value_or(TagSet{});
  for (const auto& [key, value] : tags) row.tags[key] = value.str();
  call.tx.put(kTags, arn, row);
}

void forget_tags(Call& call, const std::string& arn) { call.tx.erase(kTags, arn); }

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_TagResource.html
base::Result<Out> TagResource(Call& call, In in) {
  TagSet row = TRY(find_tags(call, in.str("ResourceArn")));
  for (const auto& [key, value] : in.map("Tags")) row.tags[key] = value.str();
  if (row.tags.size() > kTagsMax)
    return error("BadRequestException", fmt::format("A resource can't have more than {} tags.", kTagsMax));
  call.tx.put(kTags, in.str("ResourceArn"), row);
  return Out{};
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_UntagResource.html
base::Result<Out> UntagResource(Call& call, In in) {
  TagSet row = TRY(find_tags(call, in.str("ResourceArn")));
  for (const Value& key : in.list("TagKeys")) row.tags.erase(key.str());
  call.tx.put(kTags, in.str("ResourceArn"), row);
  return Out{};
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ListTagsForResource.html
base::Result<Out> ListTagsForResource(Call& call, In in) {
  const TagSet row = TRY(find_tags(call, in.str("ResourceArn")));
  Value tags{Value::Map{}};
  for (const auto& [key, value] : row.tags) tags.set(key, value);
  return Out{{"Tags", std::move(tags)}};
}

}  // namespace appconfig
