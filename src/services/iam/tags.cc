// Tags of whatever in IAM has them. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
#include "base/strings.h"
#include "services/iam/iam.h"

namespace iam {

namespace {

// "Tag key names are not case sensitive."
Tags::iterator find_tag(Tags& tags, std::string_view key) {
  return std::ranges::find_if(tags, [&](const auto& tag) { return base::equal_ignoring_case(tag.first, key); });
}

}  // namespace

base::Result<void> set_tags(const Value::List& given, Tags& tags) {
  Tags seen;
  for (const Value& tag : given) {
    const std::string& key = tag.at("Key").str();
    if (base::to_lower(key).starts_with("aws:"))
      return error("InvalidInput", "Caller is an end user and not allowed to mutate system tags");
    if (!seen.emplace(base::to_lower(key), "").second)
      return error("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    if (auto known = find_tag(tags, key); known != tags.end()) tags.erase(known);
    tags[key] = tag.at("Value").str();
  }
  if (static_cast<std::int64_t>(tags.size()) > kTagsMax)
    return error("LimitExceeded", "The number of tags has reached the maximum limit.");
  return {};
}

void remove_tags(const Value::List& keys, Tags& tags) {
  for (const Value& key : keys)
    if (auto known = find_tag(tags, key.str()); known != tags.end()) tags.erase(known);
}

Value::List show_tags(const Tags& tags) {
  Value::List shown;
  for (const auto& [key, value] : tags) shown.push_back(Out{{"Key", key}, {"Value", value}});
  return shown;
}

base::Result<Out> list_tags(In in, const Tags& tags) {
  Listing listing = TRY(Listing::begin(in));
  for (const auto& [key, value] : tags)
    if (listing.wants(key)) listing.add(Out{{"Key", key}, {"Value", value}});
  return listing.answer("Tags");
}

}  // namespace iam
