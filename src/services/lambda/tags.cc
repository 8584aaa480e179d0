// Tags of functions and code signing configurations.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
#include "base/arn.h"
#include "base/strings.h"
#include "services/lambda/functions.h"

namespace lambda {

namespace {

constexpr std::size_t kTagsMax = 50;
constexpr std::size_t kTagKeyMax = 128;
constexpr std::size_t kTagValueMax = 256;

using Tags = std::map<std::string, std::string>;
using ChangeTags = std::function<Result<void>(Tags& tags)>;

Result<void> change_function_tags(Call& call, const store::Place& place, const std::string& arn, std::string_view name,
                                  const ChangeTags& change) {
  auto function = get_function(call, place, name);
  if (!function) return refuse("ResourceNotFoundException", "Function not found: " + arn);
  const Tags before = function->row.tags;
  TRY_VOID(change(function->row.tags));
  if (before != function->row.tags) function->tx.put(kFunctions, function->row.name, function->row);
  return {};
}

// Hands the tags of what the ARN names to `change`, and keeps what that makes of them.
Result<void> with_tags(Call& call, const std::string& arn, const ChangeTags& change) {
  const base::Arn parts = base::Arn::parse(arn);
  const std::vector<std::string_view> words = base::split(parts.resource, ':');
  const store::Place place{std::string(parts.account), std::string(parts.region)};
  if (words[0] == "function" && words.size() == 3)
    return refuse("InvalidParameterValueException",
                  "Tags on function aliases and versions are not supported. Please specify a function ARN.");
  if (words[0] == "function" && words.size() == 2) return change_function_tags(call, place, arn, words[1], change);
  const store::Transaction tx = call.tx.at(place);
  auto config = words[0] == "code-signing-config" ? tx.get(kCodeSigningConfigs, words[1]) : std::nullopt;
  if (!config) return refuse("ResourceNotFoundException", "The resource you requested does not exist.");
  const Tags before = config->tags;
  TRY_VOID(change(config->tags));
  if (before != config->tags) tx.put(kCodeSigningConfigs, config->id, *config);
  return {};
}

}  // namespace

Result<void> check_tags(const Value::Map& given, std::size_t count) {
  for (const auto& [key, value] : given) {
    if (key.empty() || key.size() > kTagKeyMax || value.str().size() > kTagValueMax)
      return refuse("InvalidParameterValueException",
                    "Tag keys have 1 to 128 characters, and their values 256 at most.");
    if (base::to_lower(key).starts_with("aws:"))
      return refuse("InvalidParameterValueException", "System tags are not supported: keys must not start with aws:.");
  }
  if (count > kTagsMax) return refuse("InvalidParameterValueException", "Number of tags exceeds resource tag limit.");
  return {};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html
base::Result<Out> TagResource(Call& call, In in) {
  TRY_VOID(with_tags(call, in.str("Resource"), [&](Tags& tags) -> Result<void> {
    for (const auto& [key, value] : in.map("Tags")) tags[key] = value.str();
    return check_tags(in.map("Tags"), tags.size());
  }));
  return Out{};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html
base::Result<Out> UntagResource(Call& call, In in) {
  TRY_VOID(with_tags(call, in.str("Resource"), [&](Tags& tags) -> Result<void> {
    for (const Value& key : in.list("TagKeys")) tags.erase(key.str());
    return {};
  }));
  return Out{};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html
base::Result<Out> ListTags(Call& call, In in) {
  Value shown(Value::Map{});
  TRY_VOID(with_tags(call, in.str("Resource"), [&](Tags& tags) -> Result<void> {
    for (const auto& [key, value] : tags) shown.set(key, value);
    return {};
  }));
  return Out{{"Tags", std::move(shown)}};
}

}  // namespace lambda
