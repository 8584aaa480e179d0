// Tags of parameters. Other resources of Systems Manager are not there, and so have none.
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

Result<OpenParameter> find_tagged(Call& call, In in) {
  if (in.str("ResourceType") != "Parameter") return error("InvalidResourceId", "Invalid Resource Id");
  const ParameterName name = read_name(call, in.str("ResourceId"));
  OpenParameter parameter{call.tx.at(name.place), name.place, name.key(), {}};
  auto row = parameter.tx.get(kParameters, parameter.key);
  if (!row || name.place.region != call.place.region)
    return error("InvalidResourceId",
                 "The resource ID is not valid. Verify that you entered the correct ID and try again.");
  parameter.row = *std::move(row);
  return parameter;
}

}  // namespace

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html
base::Result<Out> AddTagsToResource(Call& call, In in) {
  OpenParameter parameter = TRY(find_tagged(call, in));
  std::vector<Tag>& tags = parameter.row.tags;
  for (const Value& given : in.list("Tags")) {
    const std::string& key = given.at("Key").str();
    auto same = std::ranges::find(tags, key, &Tag::key);
    if (same == tags.end()) {
      tags.push_back({key, given.at("Value").str()});
    } else {
      same->value = given.at("Value").str();
    }
  }
  if (tags.size() > kTagsMax)
    return error("TooManyTagsError",
                 "The Targets parameter includes too many tags. Remove one or more tags and try the command again.");
  parameter.tx.put(kParameters, parameter.key, parameter.row);
  return Out{};
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html
base::Result<Out> RemoveTagsFromResource(Call& call, In in) {
  OpenParameter parameter = TRY(find_tagged(call, in));
  for (const Value& key : in.list("TagKeys"))
    std::erase_if(parameter.row.tags, [&](const Tag& tag) { return tag.key == key.str(); });
  parameter.tx.put(kParameters, parameter.key, parameter.row);
  return Out{};
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html
base::Result<Out> ListTagsForResource(Call& call, In in) {
  const OpenParameter parameter = TRY(find_tagged(call, in));
  Value::List shown;
  for (const Tag& tag : parameter.row.tags) shown.push_back(Out{{"Key", tag.key}, {"Value", tag.value}});
  return Out{{"TagList", std::move(shown)}};
}

}  // namespace ssm
