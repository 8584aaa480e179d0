// Tags of clusters.
#include <fmt/format.h>

#include "base/arn.h"
#include "services/dax/state.h"

namespace dax {

namespace {

constexpr std::size_t kClusterTagsMax = 50;

base::Result<Cluster> find_tagged_cluster(Call& call, const std::string& arn_text) {
  constexpr std::string_view kCachePart = "cache/";
  const base::Arn arn = base::Arn::parse(arn_text);
  if (arn.service != "dax" || !arn.resource.starts_with(kCachePart))
    return error("InvalidARNFault", fmt::format("Invalid ARN: {}", arn_text));
  if (arn.region != call.place.region || arn.account != call.place.account)
    return error("ClusterNotFoundFault", fmt::format("Cluster {} not found.", arn.resource.substr(kCachePart.size())));
  return find_cluster(call, std::string(arn.resource.substr(kCachePart.size())));
}

Value show_tags(const Cluster& cluster) {
  Value::List tags;
  for (const auto& [key, value] : cluster.tags) tags.push_back(Value::Map{{"Key", key}, {"Value", value}});
  return tags;
}

}  // namespace

base::Result<void> add_tags(const Value::List& given, std::map<std::string, std::string>& tags) {
  for (const Value& tag : given) {
    if (tag.at("Key").str().starts_with("aws:"))
      return error("InvalidParameterValueException", "Tag keys cannot begin with aws:");
    tags.insert_or_assign(tag.at("Key").str(), tag.at("Value").str());
  }
  if (tags.size() > kClusterTagsMax)
    return error("TagQuotaPerResourceExceeded",
                 fmt::format("A cluster cannot have more than {} tags.", kClusterTagsMax));
  return {};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_TagResource.html
base::Result<Out> TagResource(Call& call, In in) {
  Cluster cluster = TRY(find_tagged_cluster(call, in.str("ResourceName")));
  TRY_VOID(add_tags(in.list("Tags"), cluster.tags));
  call.tx.put(kClusters, cluster.name, cluster);
  return Out{{"Tags", show_tags(cluster)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_UntagResource.html
base::Result<Out> UntagResource(Call& call, In in) {
  Cluster cluster = TRY(find_tagged_cluster(call, in.str("ResourceName")));
  for (const Value& key : in.list("TagKeys"))
    if (cluster.tags.erase(key.str()) == 0)
      return error("TagNotFoundFault", fmt::format("Tag {} not found.", key.str()));
  call.tx.put(kClusters, cluster.name, cluster);
  return Out{{"Tags", show_tags(cluster)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_ListTags.html
base::Result<Out> ListTags(Call& call, In in) {
  return Out{{"Tags", show_tags(TRY(find_tagged_cluster(call, in.str("ResourceName"))))}};
}

}  // namespace dax
