// Tags of groups, destinations and destinations of deliveries, by both APIs.
#include "base/arn.h"
#include "base/strings.h"
#include "services/logs/group.h"

namespace logs {

namespace {

constexpr std::size_t kTagsMax = 50;

struct Tagged {
  std::optional<OpenGroup> group;
  std::optional<Destination> destination;
  std::optional<DeliveryDestination> delivery;
  std::optional<LookupTable> lookup;

  bool is_there() const { return group || destination || delivery || lookup; }
  std::map<std::string, std::string>& tags() {
    if (lookup) return lookup->tags;
    return group ? group->row.tags : destination ? destination->tags : delivery->tags;
  }
  void put(Call& call) const {
    if (group) return put_group(*group);
    if (lookup) return call.tx.put(kLookupTables, lookup->name, *lookup);
    if (delivery) return call.tx.put(kDeliveryDestinations, delivery->name, *delivery);
    call.tx.put(kDestinations, destination->name, *destination);
  }
};

Result<Tagged> find_tagged(Call& call, const std::string& text) {
  const base::Arn arn = base::Arn::parse(text);
  const bool is_own = arn.service == "logs" && arn.account == call.place.account && arn.region == call.place.region;
  Tagged tagged;
  if (is_own && arn.resource.starts_with("log-group:")) {
    tagged.group = get_group(call.tx, group_name_of(text));
  } else if (is_own && arn.resource.starts_with("destination:")) {
    tagged.destination = call.tx.get(kDestinations, arn.resource.substr(12));
  } else if (is_own && arn.resource.starts_with("delivery-destination:")) {
    tagged.delivery = call.tx.get(kDeliveryDestinations, arn.resource.substr(21));
  } else if (is_own && arn.resource.starts_with("lookup-table:")) {
    tagged.lookup = call.tx.get(kLookupTables, arn.resource.substr(13));
  }
  if (!tagged.is_there()) return error("ResourceNotFoundException", "The specified resource does not exist.");
  return tagged;
}

Value show_tags(const std::map<std::string, std::string>& tags) {
  Value shown{Value::Map{}};
  for (const auto& [key, value] : tags) shown.set(key, value);
  return shown;
}

}  // namespace

Result<void> add_tags(std::map<std::string, std::string>& tags, const Value::Map& given) {
  for (const auto& [key, value] : given) {
    if (base::to_lower(key).starts_with("aws:"))
      return error("InvalidParameterException", "Tag keys starting with 'aws:' are reserved for system use.");
    tags[key] = value.str();
  }
  if (tags.size() > kTagsMax)
    return error("TooManyTagsException", "The number of tags on the resource exceeds the limit of 50.");
  return {};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html
base::Result<Out> TagResource(Call& call, In in) {
  Tagged tagged = TRY(find_tagged(call, in.str("resourceArn")));
  TRY_VOID(add_tags(tagged.tags(), in.map("tags")));
  tagged.put(call);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html
base::Result<Out> UntagResource(Call& call, In in) {
  Tagged tagged = TRY(find_tagged(call, in.str("resourceArn")));
  for (const Value& key : in.list("tagKeys")) tagged.tags().erase(key.str());
  tagged.put(call);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html
base::Result<Out> ListTagsForResource(Call& call, In in) {
  return Out{{"tags", show_tags(TRY(find_tagged(call, in.str("resourceArn"))).tags())}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagLogGroup.html
base::Result<Out> TagLogGroup(Call& call, In in) {
  OpenGroup group = TRY(find_group(call, in.value()));
  TRY_VOID(add_tags(group.row.tags, in.map("tags")));
  put_group(group);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagLogGroup.html
base::Result<Out> UntagLogGroup(Call& call, In in) {
  OpenGroup group = TRY(find_group(call, in.value()));
  for (const Value& key : in.list("tags")) group.row.tags.erase(key.str());
  put_group(group);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsLogGroup.html
base::Result<Out> ListTagsLogGroup(Call& call, In in) {
  return Out{{"tags", show_tags(TRY(find_group(call, in.value())).row.tags)}};
}

}  // namespace logs
