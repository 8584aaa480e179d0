// Tags of accounts, roots, units, policies and the resource policy.
#include "services/organizations/organization.h"
#include "services/organizations/service_limits.h"

namespace organizations {

namespace {

base::Result<void> check_taggable(Call& call, const Organization& organization, std::string_view id) {
  bool exists = is_target(call, organization, id);
  if (id.starts_with("p-")) exists = call.tx.has(kPolicies, key(organization.id, id));
  if (id.starts_with("rp-")) {
    auto policy = call.tx.get(kResourcePolicies, organization.id);
    exists = policy && policy->id == id;
  }
  if (!exists) return error("TargetNotFoundException", "You specified a target that doesn't exist.");
  return {};
}

bool is_system_tag(std::string_view name) { return base::to_lower(name.substr(0, 4)) == "aws:"; }

std::unexpected<base::Error> system_tag() {
  return invalid_input("INVALID_SYSTEM_TAGS_PARAMETER",
                       "You specified a tag key that is a system tag. You can't add, edit, or delete system tag keys "
                       "because they're reserved for AWS use.");
}

}  // namespace

Result<TagMap> add_tags(const Value::List& list, TagMap tags) {
  std::set<std::string> seen;
  for (const Value& tag : list) {
    const std::string& name = tag.at("Key").str();
    if (!seen.insert(name).second)
      return invalid_input("DUPLICATE_TAG_KEY", "Tag keys must be unique among the tags attached to the same entity.");
    if (is_system_tag(name)) return system_tag();
    tags[name] = tag.at("Value").str();
  }
  if (tags.size() > kTagsMax)
    return constraint_violation("MAX_TAG_LIMIT_EXCEEDED",
                                "You have exceeded the number of tags allowed on this resource.");
  return tags;
}

void put_tags(Call& call, const Organization& organization, std::string_view id, const TagMap& tags) {
  if (tags.empty())
    call.tx.erase(kTags, key(organization.id, id));
  else
    call.tx.put(kTags, key(organization.id, id), {tags});
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_TagResource.html
base::Result<Out> TagResource(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kByPolicy));
  TRY_VOID(check_taggable(call, organization, in.str("ResourceId")));
  const TagSet set = call.tx.get(kTags, key(organization.id, in.str("ResourceId"))).value_or(TagSet{});
  put_tags(call, organization, in.str("ResourceId"), TRY(add_tags(in.list("Tags"), set.tags)));
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_UntagResource.html
base::Result<Out> UntagResource(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kByPolicy));
  TRY_VOID(check_taggable(call, organization, in.str("ResourceId")));
  TagSet set = call.tx.get(kTags, key(organization.id, in.str("ResourceId"))).value_or(TagSet{});
  for (const Value& name : in.list("TagKeys")) {
    if (is_system_tag(name.str())) return system_tag();
    set.tags.erase(name.str());
  }
  put_tags(call, organization, in.str("ResourceId"), set.tags);
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTagsForResource.html
base::Result<Out> ListTagsForResource(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  TRY_VOID(check_taggable(call, organization, in.str("ResourceId")));
  TRY(read_token(in, ""));
  Value::List tags;
  const TagSet set = call.tx.get(kTags, key(organization.id, in.str("ResourceId"))).value_or(TagSet{});
  for (const auto& [name, value] : set.tags) tags.push_back(Out{{"Key", name}, {"Value", value}});
  return Out{{"Tags", std::move(tags)}};
}

}  // namespace organizations
