// Filters of DescribeParameters and GetParametersByPath.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
#include <set>

#include "base/strings.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

std::string option_of(const Value& filter) {
  if (filter.has("Option")) return filter.at("Option").str();
  return filter.at("Key").str() == "Path" ? "OneLevel" : "Equals";
}

std::unexpected<base::Error> invalid_key(std::string_view key, std::string_view valid) {
  return error("InvalidFilterKey",
               fmt::format("The following filter key is not valid: {}. Valid filter keys include: [{}].", key, valid));
}

Result<void> check_key(const std::string& key, FilterUse use) {
  const bool is_tag = key.starts_with("tag:");
  if (use == FilterUse::kPath) {
    if (key == "Type" || key == "KeyId" || key == "Label" || key == "DataType") return {};
    return invalid_key(key, "Type, KeyId");
  }
  if (is_tag || key != "Label") return {};
  return invalid_key(key, "Path, Name, Type, KeyId, Tier");
}

Result<void> check_option(const std::string& key, const std::string& option) {
  std::string_view valid = "BeginsWith, Equals";
  if (key == "Path") valid = "Recursive, OneLevel";
  if (key == "Name") valid = "BeginsWith, Contains, Equals";
  for (std::string_view each : base::split(valid, ','))
    if (base::trim(each) == option) return {};
  return error(
      "InvalidFilterOption",
      fmt::format("The following filter option is not valid: {}. Valid options include: [{}].", option, valid));
}

Result<void> check_path_value(const std::string& value) {
  const std::string lower = base::to_lower(value);
  if (lower.starts_with("/aws") || lower.starts_with("/ssm"))
    return error(
        "ValidationException",
        "Filters for common parameters can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). When using "
        "global parameters, please specify within a global namespace.");
  if (value.starts_with('/') && is_path(value) && !value.contains("//")) return {};
  return error("ValidationException",
               "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a "
               "forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only "
               "letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters "
               "are not allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: "
               "/get/parameters2-/by1./path0_.");
}

Result<void> check_filter_value(const std::string& key, const std::string& value) {
  auto check_one_of = [&](std::string_view valid) -> Result<void> {
    for (std::string_view each : base::split(valid, ','))
      if (base::trim(each) == value) return {};
    return error("InvalidFilterOption",
                 fmt::format("The following filter value is not valid: {}. Valid values include: [{}].", value, valid));
  };
  if (key == "Path") return check_path_value(value);
  if (key == "Tier") return check_one_of("Standard, Advanced, Intelligent-Tiering");
  if (key == "Type") return check_one_of("String, StringList, SecureString");
  return {};
}

bool is_below(std::string_view name, std::string_view path, const std::string& option) {
  std::string prefix(path);
  if (!prefix.ends_with('/')) prefix += '/';
  if (!name.starts_with(prefix)) return false;
  return option == "Recursive" || name.find('/', prefix.size()) == std::string_view::npos;
}

bool compares(std::string_view text, const std::string& option, std::string_view value) {
  if (option == "BeginsWith") return text.starts_with(value);
  if (option == "Contains") return text.contains(value);
  return text == value;
}

bool matches_value(const OpenParameter& parameter, const std::string& key, const std::string& option,
                   const std::string& value) {
  const Parameter& row = parameter.row;
  if (key == "Path") return is_below(parameter.key, value, option);
  if (key == "Name") {
    // "/db" and "db" name the same, and so do their beginnings.
    if (option == "Contains") return parameter.key.contains(value);
    return compares(parameter.key, option, key_of(value)) || compares(row.name, option, value);
  }
  if (key == "Type") return compares(row.current.type, option, value);
  if (key == "KeyId") return row.current.type == kSecure && compares(row.current.key_id, option, value);
  if (key == "Tier") return compares(row.current.tier, option, value);
  if (key == "DataType") return compares(row.current.data_type, option, value);
  if (key == "Label")
    return std::ranges::any_of(row.labels, [&](const auto& label) {
      return label.second == row.current.number && compares(label.first, option, value);
    });
  const std::string_view tag_key = std::string_view(key).substr(4);  // "tag:…"
  return std::ranges::any_of(row.tags,
                             [&](const Tag& tag) { return tag.key == tag_key && compares(tag.value, option, value); });
}

}  // namespace

Result<void> check_filters(const Value::List& filters, FilterUse use) {
  std::set<std::string> seen;
  for (const Value& filter : filters) {
    const std::string& key = filter.at("Key").str();
    TRY_VOID(check_key(key, use));
    const Value::List& values = filter.at("Values").list();
    if (values.empty() && !key.starts_with("tag:"))
      return error("InvalidFilterValue",
                   fmt::format("The following filter values are missing : null for filter key {}.", key));
    if (!seen.insert(key).second)
      return error("InvalidFilterKey",
                   fmt::format("The following filter is duplicated in the request: {}. A request can "
                               "contain only one occurrence of a specific filter.",
                               key));
    TRY_VOID(check_option(key, option_of(filter)));
    for (const Value& value : values) TRY_VOID(check_filter_value(key, value.str()));
  }
  return {};
}

bool matches(const OpenParameter& parameter, const Value::List& filters) {
  return std::ranges::all_of(filters, [&](const Value& filter) {
    const std::string& key = filter.at("Key").str();
    const Value::List& values = filter.at("Values").list();
    if (values.empty())
      return std::ranges::any_of(parameter.row.tags, [&](const Tag& tag) { return "tag:" + tag.key == key; });
    return std::ranges::any_of(
        values, [&](const Value& value) { return matches_value(parameter, key, option_of(filter), value.str()); });
  });
}

}  // namespace ssm
