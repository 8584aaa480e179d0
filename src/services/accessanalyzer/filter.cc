// Criteria on findings: of lists and of archive rules.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-filter-keys.html
#include "services/accessanalyzer/analyzer.h"

namespace accessanalyzer {

namespace {

constexpr std::string_view kConditionPrefix = "condition.";

constexpr std::string_view kFilterKeys[] = {"createdAt",
                                            "error",
                                            "findingType",
                                            "id",
                                            "isPublic",
                                            "principal.AWS",
                                            "principal.CanonicalUser",
                                            "principal.Federated",
                                            "resource",
                                            "resourceOwnerAccount",
                                            "resourceType",
                                            "status",
                                            "updatedAt"};

// The property of a finding; nothing where it has none of that name.
std::optional<std::string> property(const Finding& finding, std::string_view name) {
  if (name == "id") return finding.id;
  if (name == "status") return std::string(name_of(finding.status));
  if (name == "resource") return finding.resource;
  if (name == "resourceType") return finding.resource_type;
  if (name == "resourceOwnerAccount") return finding.owner;
  if (name == "isPublic") return finding.is_public ? "true" : "false";
  if (name == "findingType") return "ExternalAccess";
  if (name == "createdAt") return std::to_string(finding.created_ms);
  if (name == "updatedAt") return std::to_string(finding.updated_ms);
  if (name == "principal." + finding.principal_type) return finding.principal;
  if (name.starts_with(kConditionPrefix)) {
    auto found = finding.conditions.find(std::string(name.substr(kConditionPrefix.size())));
    if (found != finding.conditions.end()) return found->second;
  }
  return std::nullopt;
}

bool meets(const Criterion& criterion, const std::optional<std::string>& value) {
  auto is = [&](const std::string& wanted) { return value && *value == wanted; };
  auto has = [&](const std::string& wanted) { return value && value->find(wanted) != value->npos; };
  if (criterion.exists && *criterion.exists != value.has_value()) return false;
  if (!criterion.equal.empty() && std::ranges::none_of(criterion.equal, is)) return false;
  if (std::ranges::any_of(criterion.not_equal, is)) return false;
  return criterion.contains.empty() || std::ranges::any_of(criterion.contains, has);
}

std::vector<std::string> texts_of(const Value& list) {
  std::vector<std::string> texts;
  for (const Value& text : list.list()) texts.push_back(text.str());
  return texts;
}

Value show_texts(const std::vector<std::string>& texts) { return Value::List(texts.begin(), texts.end()); }

}  // namespace

Result<Filter> read_filter(const Value& input) {
  Filter filter;
  for (const auto& [name, criterion] : input.map()) {
    if (!name.starts_with(kConditionPrefix) && std::ranges::find(kFilterKeys, name) == std::end(kFilterKeys))
      return invalid(fmt::format("The filter key {} is not valid.", name));
    Criterion read{.equal = texts_of(criterion.at("eq")),
                   .not_equal = texts_of(criterion.at("neq")),
                   .contains = texts_of(criterion.at("contains")),
                   .exists = {}};
    if (criterion.has("exists")) read.exists = criterion.at("exists").flag();
    if (read.equal.empty() && read.not_equal.empty() && read.contains.empty() && !read.exists)
      return invalid(fmt::format("The criterion of the filter key {} is empty.", name));
    filter.emplace(name, std::move(read));
  }
  return filter;
}

Value show_filter(const Filter& filter) {
  Value::Map shown;
  for (const auto& [name, criterion] : filter) {
    Out one;
    if (!criterion.equal.empty()) one.set("eq", show_texts(criterion.equal));
    if (!criterion.not_equal.empty()) one.set("neq", show_texts(criterion.not_equal));
    if (!criterion.contains.empty()) one.set("contains", show_texts(criterion.contains));
    if (criterion.exists) one.set("exists", *criterion.exists);
    shown.emplace_back(name, one);
  }
  return shown;
}

bool matches(const Filter& filter, const Finding& finding) {
  return std::ranges::all_of(filter,
                             [&](const auto& entry) { return meets(entry.second, property(finding, entry.first)); });
}

}  // namespace accessanalyzer
