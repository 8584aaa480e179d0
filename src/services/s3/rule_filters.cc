// Which objects a rule of a bucket is for.
#include <algorithm>

#include "services/s3/over_time.h"

namespace s3 {

namespace {

// What the filter of a rule says, however it is written: in Filter, in Filter.And, or in the rule itself.
const Value& conditions_of(const Value& rule) {
  const Value& filter = rule.at("Filter");
  if (filter.has("And")) return filter.at("And");
  return filter.is_null() ? rule : filter;
}

bool has_tag(const ObjectVersion& version, const Value& tag) {
  auto found = version.tags.find(tag.at("Key").str());
  return found != version.tags.end() && found->second == tag.at("Value").str();
}

}  // namespace

std::string_view prefix_of(const Value& rule) { return conditions_of(rule).at("Prefix").str(); }

bool has_size_filter(const Value& rule) {
  const Value& conditions = conditions_of(rule);
  return conditions.has("ObjectSizeGreaterThan") || conditions.has("ObjectSizeLessThan");
}

bool is_for(const Value& rule, std::string_view key, const ObjectVersion& version) {
  const Value& conditions = conditions_of(rule);
  if (!key.starts_with(conditions.at("Prefix").str())) return false;
  if (conditions.has("Tag") && !has_tag(version, conditions.at("Tag"))) return false;
  const Value::List& tags = conditions.at("Tags").list();
  if (!std::ranges::all_of(tags, [&](const Value& tag) { return has_tag(version, tag); })) return false;
  const auto size = static_cast<std::int64_t>(version.body.size);
  if (conditions.has("ObjectSizeGreaterThan") && size <= conditions.at("ObjectSizeGreaterThan").num()) return false;
  return !conditions.has("ObjectSizeLessThan") || size < conditions.at("ObjectSizeLessThan").num();
}

std::int64_t midnight_after(std::int64_t time_ms) { return (time_ms + kDayMs - 1) / kDayMs * kDayMs; }

}  // namespace s3
