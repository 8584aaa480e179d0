// Tags and resource policies.
#include <algorithm>

#include "base/json.h"
#include "base/strings.h"
#include "services/cloudtrail/event_data_stores.h"
#include "services/cloudtrail/trails.h"

namespace cloudtrail {

namespace {

constexpr std::size_t kTagsMax = 50;

// What has tags: a trail or an event data store.
struct Tagged {
  std::optional<Trail> trail;
  std::optional<EventDataStore> store;

  Tags& tags() { return trail ? trail->tags : store->tags; }
};

bool is_channel(std::string_view arn) { return arn.contains(":channel/"); }

base::Result<Tagged> find_tagged(Call& call, const std::string& id) {
  if (id.contains(":eventdatastore/")) return Tagged{.store = TRY(find_active_store(call, id))};
  if (is_channel(id)) return error("ChannelNotFoundException", "CloudTrail cannot find the specified channel.");
  if (!id.starts_with("arn:"))
    return error("CloudTrailARNInvalidException", fmt::format("The trail ARN {} is not valid.", id));
  auto trail = find_trail(call, id);
  if (trail) return Tagged{.trail = *std::move(trail)};
  if (trail.error().code != "TrailNotFoundException") return std::unexpected(trail.error());
  return error("ResourceNotFoundException", fmt::format("Unknown trail: {} for the user: {}", id, call.place.account));
}

void save_tags(Call& call, const Tagged& tagged) {
  if (tagged.trail) call.tx.put(kTrails, trail_key(*tagged.trail), *tagged.trail);
  if (tagged.store) call.tx.put(kStores, tagged.store->id, *tagged.store);
}

base::Result<EventDataStore> find_resource(Call& call, const std::string& arn) {
  if (is_channel(arn) || arn.contains(":dashboard/"))
    return error("ResourceNotFoundException", "The specified resource was not found.");
  if (!arn.contains(":eventdatastore/"))
    return error("ResourceARNNotValidException", "The provided resource ARN does not exist, or is not valid.");
  auto store = find_active_store(call, arn);
  if (store) return store;
  return error("ResourceNotFoundException", "The specified resource was not found.");
}

}  // namespace

base::Result<void> check_tags(const Tags& old, const Value& added) {
  Tags all = old;
  for (const Value& tag : added.list()) {
    const std::string& key = tag.at("Key").str();
    if (key.starts_with("aws:"))
      return error("InvalidTagParameterException", "Tag keys that begin with aws: are reserved for system use.");
    all[key] = tag.at("Value").str();
  }
  if (added.list().size() + old.size() > all.size() && old.empty())
    return error("InvalidTagParameterException", "Duplicate tag keys are not allowed.");
  if (all.size() > kTagsMax)
    return error("TagsLimitExceededException",
                 "The number of tags per trail, event data store, dashboard, or channel has exceeded the permitted "
                 "amount. Currently, the limit is 50.");
  return {};
}

Tags read_tags(const Value& list) {
  Tags tags;
  for (const Value& tag : list.list()) tags[tag.at("Key").str()] = tag.at("Value").str();
  return tags;
}

Value show_tags(const Tags& tags) {
  Value::List list;
  for (const auto& [key, value] : tags) {
    Out tag{{"Key", key}};
    if (!value.empty()) tag.set("Value", value);
    list.push_back(std::move(tag));
  }
  return Value(std::move(list));
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html
base::Result<Out> AddTags(Call& call, In in) {
  Tagged tagged = TRY(find_tagged(call, in.str("ResourceId")));
  TRY_VOID(check_tags(tagged.tags(), in["TagsList"]));
  for (auto& [key, value] : read_tags(in["TagsList"])) tagged.tags()[key] = value;
  save_tags(call, tagged);
  return Out{};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RemoveTags.html
base::Result<Out> RemoveTags(Call& call, In in) {
  Tagged tagged = TRY(find_tagged(call, in.str("ResourceId")));
  for (const Value& tag : in.list("TagsList")) tagged.tags().erase(tag.at("Key").str());
  save_tags(call, tagged);
  return Out{};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTags.html
base::Result<Out> ListTags(Call& call, In in) {
  Value::List resources;
  for (const Value& id : in.list("ResourceIdList")) {
    Tagged tagged = TRY(find_tagged(call, id.str()));
    resources.push_back(Out{{"ResourceId", id}, {"TagsList", show_tags(tagged.tags())}});
  }
  return Out{{"ResourceTagList", std::move(resources)}};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutResourcePolicy.html
base::Result<Out> PutResourcePolicy(Call& call, In in) {
  EventDataStore store = TRY(find_resource(call, in.str("ResourceArn")));
  auto parsed = base::parse_json(in.str("ResourcePolicy"));
  if (!parsed || !parsed->is_map() || !parsed->has("Statement"))
    return error("ResourcePolicyNotValidException", "The resource policy is not valid.");
  store.policy = in.str("ResourcePolicy");
  call.tx.put(kStores, store.id, store);
  return Out{{"ResourceArn", in["ResourceArn"]}, {"ResourcePolicy", store.policy}};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetResourcePolicy.html
base::Result<Out> GetResourcePolicy(Call& call, In in) {
  EventDataStore store = TRY(find_resource(call, in.str("ResourceArn")));
  if (store.policy.empty())
    return error("ResourcePolicyNotFoundException", "The specified resource policy was not found.");
  return Out{{"ResourceArn", in["ResourceArn"]}, {"ResourcePolicy", store.policy}};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteResourcePolicy.html
base::Result<Out> DeleteResourcePolicy(Call& call, In in) {
  EventDataStore store = TRY(find_resource(call, in.str("ResourceArn")));
  if (store.policy.empty())
    return error("ResourcePolicyNotFoundException", "The specified resource policy was not found.");
  store.policy.clear();
  call.tx.put(kStores, store.id, store);
  return Out{};
}

}  // namespace cloudtrail
