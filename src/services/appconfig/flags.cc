// Configurations of feature flags: their form, and the constraints that they set for their own attributes.
// https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html
#include <re2/re2.h>

#include "base/json.h"
#include "services/appconfig/config.h"

namespace appconfig {

namespace {

constexpr std::size_t kAttributesMax = 25;  // of a flag

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= 64 && std::islower(static_cast<unsigned char>(key.front())) &&
         std::ranges::all_of(
             key, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; });
}

bool is_attribute_of(const Value& value, const std::string& type) {
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_flag();
  if (type == "array") return value.is_list();
  return value.is_text();
}

// Why a value breaks the constraints of its attribute; empty: it does not.
std::string find_mistake_in_value(const Value& constraints, const Value& value, const std::string& at) {
  const std::string& type = constraints.at("type").str();
  if (!type.empty() && !is_attribute_of(value, type)) return fmt::format("{} must be of type {}", at, type);
  if (constraints.has("enum") &&
      std::ranges::none_of(constraints.at("enum").list(), [&](const Value& allowed) { return allowed == value; }))
    return fmt::format("{} must be one of {}", at, base::to_json(constraints.at("enum")));
  if (value.is_number() && constraints.has("minimum") && value.real() < constraints.at("minimum").real())
    return fmt::format("{} must not be less than {}", at, base::to_json(constraints.at("minimum")));
  if (value.is_number() && constraints.has("maximum") && value.real() > constraints.at("maximum").real())
    return fmt::format("{} must not be greater than {}", at, base::to_json(constraints.at("maximum")));
  if (value.is_text() && constraints.has("pattern")) {
    const RE2 pattern(constraints.at("pattern").str(), RE2::Quiet);
    if (!pattern.ok() || !RE2::PartialMatch(value.str(), pattern))
      return fmt::format("{} must match {}", at, constraints.at("pattern").str());
  }
  for (const Value& element : value.list())
    if (std::string mistake = find_mistake_in_value(constraints.at("elements"), element, at); !mistake.empty())
      return mistake;
  return "";
}

// `values` holds the attributes' values by name, of a flag or of one of its variants.
std::string find_mistake_in_values(const std::string& flag, const Value& definition, const Value& values) {
  if (!values.at("enabled").is_flag()) return fmt::format("{} must say whether it is enabled", flag);
  const Value& attributes = definition.at("attributes");
  for (const auto& [name, attribute] : attributes.map()) {
    const Value& value = values.at(name);
    const Value& constraints = attribute.at("constraints");
    const std::string at = fmt::format("{}.{}", flag, name);
    if (value.is_null()) {
      if (constraints.at("required").flag()) return fmt::format("{} is required", at);
      continue;
    }
    if (std::string mistake = find_mistake_in_value(constraints, value, at); !mistake.empty()) return mistake;
  }
  for (const auto& [name, value] : values.map())
    if (name != "enabled" && !name.starts_with('_') && !attributes.has(name))
      return fmt::format("{} has no attribute {}", flag, name);
  return "";
}

std::string find_mistake_in_flag(const std::string& flag, const Value& definition, const Value& values) {
  if (definition.at("attributes").map().size() > kAttributesMax)
    return fmt::format("{} has more than {} attributes", flag, kAttributesMax);
  if (!values.has("_variants")) return find_mistake_in_values(flag, definition, values);
  const Value::List& variants = values.at("_variants").list();
  if (variants.empty()) return fmt::format("{} has no variants", flag);
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const Value& variant = variants[i];
    if (variant.at("name").str().empty()) return fmt::format("a variant of {} has no name", flag);
    // "The last variant in the list must not have a rule": it is the default.
    const bool is_last = i + 1 == variants.size();
    if (variant.has("rule") == is_last) return fmt::format("all variants of {} but the last must have a rule", flag);
    Value merged = variant.at("attributeValues");
    merged.set("enabled", variant.at("enabled"));
    if (std::string mistake = find_mistake_in_values(flag, definition, merged); !mistake.empty()) return mistake;
  }
  return "";
}

}  // namespace

std::string find_flag_mistake(const std::string& content) {
  auto document = base::parse_json(content);
  if (!document) return document.error().message;
  if (document->at("version").str() != "1") return "version must be \"1\"";
  if (!document->at("flags").is_map()) return "flags must be an object";
  for (const auto& [flag, definition] : document->at("flags").map()) {
    if (!is_key(flag)) return fmt::format("{} is no valid key of a flag", flag);
    for (const auto& [name, attribute] : definition.at("attributes").map())
      if (!is_key(name) || name == "enabled") return fmt::format("{}.{} is no valid key of an attribute", flag, name);
  }
  for (const auto& [flag, values] : document->at("values").map()) {
    const Value& definition = document->at("flags").at(flag);
    if (!definition.is_map()) return fmt::format("there is no flag {}", flag);
    if (std::string mistake = find_mistake_in_flag(flag, definition, values); !mistake.empty()) return mistake;
  }
  return "";
}

}  // namespace appconfig
