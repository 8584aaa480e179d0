#include "services/cloudtrail/selectors.h"

#include <algorithm>

#include "base/strings.h"

namespace cloudtrail {

namespace {

// "You can configure up to five event selectors for a trail." / "Advanced event selectors: 500 values over all
// selectors."
constexpr std::size_t kEventSelectorsMax = 5;
constexpr std::size_t kDataResourcesMax = 250;
constexpr std::size_t kConditionsMax = 500;

constexpr std::string_view kManagement = "Management", kData = "Data", kInsight = "Insight",
                           kNetwork = "NetworkActivity";
constexpr std::string_view kManagementFields[] = {"errorCode",
                                                  "eventCategory",
                                                  "eventName",
                                                  "eventSource",
                                                  "eventType",
                                                  "readOnly",
                                                  "sessionCredentialFromConsole",
                                                  "userIdentity.arn"};
constexpr std::string_view kDataFields[] = {"errorCode",       "eventCategory",  "eventName",
                                            "eventSource",     "eventType",      "readOnly",
                                            "resources.ARN",   "resources.type", "sessionCredentialFromConsole",
                                            "userIdentity.arn"};
constexpr std::string_view kNetworkFields[] = {"errorCode", "eventCategory",    "eventName",    "eventSource",
                                               "eventType", "userIdentity.arn", "vpcEndpointId"};
// Fields that take only Equals (eventCategory, readOnly, resources.type, …).
constexpr std::string_view kEqualsOnly[] = {"eventCategory", "readOnly", "resources.type",
                                            "sessionCredentialFromConsole"};
constexpr std::string_view kBasicDataTypes[] = {"AWS::DynamoDB::Table", "AWS::Lambda::Function", "AWS::S3::Object"};

std::unexpected<base::Error> invalid(std::string message) {
  return error("InvalidEventSelectorsException", std::move(message));
}

std::vector<std::string> texts(const Value& list) {
  std::vector<std::string> read;
  for (const Value& text : list.list()) read.push_back(text.str());
  return read;
}

Value show_texts(const std::vector<std::string>& texts) {
  Value::List list;
  for (const std::string& text : texts) list.emplace_back(text);
  return Value(std::move(list));
}

const FieldSelector* find_field(const AdvancedSelector& selector, std::string_view field) {
  auto found = std::ranges::find(selector.fields_selected, field, &FieldSelector::field);
  return found == selector.fields_selected.end() ? nullptr : &*found;
}

std::size_t count_conditions(const FieldSelector& field) {
  return field.equals.size() + field.starts_with.size() + field.ends_with.size() + field.not_equals.size() +
         field.not_starts_with.size() + field.not_ends_with.size();
}

base::Result<void> check_field(const FieldSelector& field, std::string_view category) {
  auto allows = [&](std::span<const std::string_view> fields) {
    return std::ranges::find(fields, field.field) != fields.end();
  };
  bool is_known = category == kManagement ? allows(kManagementFields)
                  : category == kData     ? allows(kDataFields)
                  : category == kNetwork  ? allows(kNetworkFields)
                                          : field.field == "eventCategory";
  if (!is_known)
    return invalid(fmt::format("The field {} is not valid for the event category {}.", field.field, category));
  if (count_conditions(field) == 0)
    return invalid(fmt::format("The field {} must have at least one operator.", field.field));
  bool is_equals_only = std::ranges::find(kEqualsOnly, field.field) != std::end(kEqualsOnly);
  if (is_equals_only && count_conditions(field) != field.equals.size())
    return invalid(fmt::format("The field {} can only be used with the Equals operator.", field.field));
  bool is_single = field.field != "resources.ARN" && is_equals_only && field.equals.size() > 1;
  if (is_single) return invalid(fmt::format("The field {} can only have one value.", field.field));
  if (field.field == "readOnly" && field.equals[0] != "true" && field.equals[0] != "false")
    return invalid("The field readOnly must be true or false.");
  return {};
}

bool fits(const FieldSelector& field, const std::string& value) {
  auto any = [&](const std::vector<std::string>& texts, auto&& fits_text) {
    return std::ranges::any_of(texts, fits_text);
  };
  auto equal = [&](const std::string& text) { return value == text; };
  auto starts = [&](const std::string& text) { return value.starts_with(text); };
  auto ends = [&](const std::string& text) { return value.ends_with(text); };
  bool has_positive = !field.equals.empty() || !field.starts_with.empty() || !field.ends_with.empty();
  bool is_chosen = any(field.equals, equal) || any(field.starts_with, starts) || any(field.ends_with, ends);
  if (has_positive && !is_chosen) return false;
  return !any(field.not_equals, equal) && !any(field.not_starts_with, starts) && !any(field.not_ends_with, ends);
}

// The values a record has for a field; none where it is absent.
std::vector<std::string> field_values(const Value& record, std::string_view field) {
  if (field == "resources.type" || field == "resources.ARN") {
    std::vector<std::string> values;
    for (const Value& resource : record.at("resources").list())
      values.push_back(resource.at(field == "resources.type" ? "type" : "ARN").str());
    return values;
  }
  const Value& value = field == "userIdentity.arn" ? record.at("userIdentity").at("arn") : record.at(field);
  if (value.is_flag()) return {value.flag() ? "true" : "false"};
  if (value.is_null()) return {""};
  return {value.str()};
}

}  // namespace

std::vector<AdvancedSelector> read_advanced_selectors(const Value& list) {
  std::vector<AdvancedSelector> selectors;
  for (const Value& item : list.list()) {
    AdvancedSelector selector{.name = item.at("Name").str(), .fields_selected = {}};
    for (const Value& field : item.at("FieldSelectors").list())
      selector.fields_selected.push_back({.field = field.at("Field").str(),
                                          .equals = texts(field.at("Equals")),
                                          .starts_with = texts(field.at("StartsWith")),
                                          .ends_with = texts(field.at("EndsWith")),
                                          .not_equals = texts(field.at("NotEquals")),
                                          .not_starts_with = texts(field.at("NotStartsWith")),
                                          .not_ends_with = texts(field.at("NotEndsWith"))});
    selectors.push_back(std::move(selector));
  }
  return selectors;
}

Value show_advanced_selectors(const std::vector<AdvancedSelector>& selectors) {
  Value::List list;
  for (const AdvancedSelector& selector : selectors) {
    Value::List fields;
    for (const FieldSelector& field : selector.fields_selected) {
      Value shown(Value::Map{{"Field", field.field}});
      auto add = [&](const char* name, const std::vector<std::string>& values) {
        if (!values.empty()) shown.set(name, show_texts(values));
      };
      add("Equals", field.equals);
      add("StartsWith", field.starts_with);
      add("EndsWith", field.ends_with);
      add("NotEquals", field.not_equals);
      add("NotStartsWith", field.not_starts_with);
      add("NotEndsWith", field.not_ends_with);
      fields.push_back(std::move(shown));
    }
    Value shown(Value::Map{});
    if (!selector.name.empty()) shown.set("Name", selector.name);
    shown.set("FieldSelectors", std::move(fields));
    list.push_back(std::move(shown));
  }
  return Value(std::move(list));
}

base::Result<void> check_advanced_selectors(const std::vector<AdvancedSelector>& selectors, SelectorUse use) {
  std::size_t conditions = 0;
  for (const AdvancedSelector& selector : selectors) {
    const FieldSelector* category = find_field(selector, "eventCategory");
    if (!category || category->equals.empty())
      return invalid("Advanced event selectors must include the eventCategory field with the Equals operator.");
    const std::string& name = category->equals[0];
    bool is_known =
        name == kManagement || name == kData || name == kNetwork || (use == SelectorUse::kStore && name == kInsight);
    if (!is_known) return invalid(fmt::format("The event category {} is not valid.", name));
    if (name == kData && !find_field(selector, "resources.type"))
      return invalid("Advanced event selectors for data events must include the resources.type field.");
    if (name == kNetwork && !find_field(selector, "eventSource"))
      return invalid("Advanced event selectors for network activity events must include the eventSource field.");
    for (const FieldSelector& field : selector.fields_selected) {
      if (find_field(selector, field.field) != &field)
        return invalid(fmt::format("The field {} appears more than once.", field.field));
      TRY_VOID(check_field(field, name));
      conditions += count_conditions(field);
    }
  }
  if (conditions > kConditionsMax)
    return invalid(fmt::format("The number of conditions exceeds the limit of {}.", kConditionsMax));
  return {};
}

base::Result<void> check_event_selectors(const Value& list) {
  if (list.list().size() > kEventSelectorsMax)
    return invalid(fmt::format("The number of event selectors exceeds the limit of {}.", kEventSelectorsMax));
  std::size_t resources = 0;
  for (const Value& selector : list.list()) {
    for (const Value& resource : selector.at("DataResources").list()) {
      const std::string& type = resource.at("Type").str();
      if (std::ranges::find(kBasicDataTypes, type) == std::end(kBasicDataTypes))
        return invalid(fmt::format("The data resource type {} is not valid.", type));
      if (resource.at("Values").list().empty()) return invalid("Values of a data resource must not be empty.");
      for (const Value& arn : resource.at("Values").list())
        if (!arn.str().starts_with("arn:")) return invalid(fmt::format("Value {} is not a valid ARN.", arn.str()));
      resources += resource.at("Values").list().size();
    }
    for (const Value& source : selector.at("ExcludeManagementEventSources").list())
      if (source.str() != "kms.amazonaws.com" && source.str() != "rdsdata.amazonaws.com")
        return invalid(fmt::format("The event source {} cannot be excluded.", source.str()));
  }
  if (resources > kDataResourcesMax)
    return invalid(fmt::format("The number of data resources exceeds the limit of {}.", kDataResourcesMax));
  return {};
}

bool is_selected(const std::vector<AdvancedSelector>& selectors, const Value& record) {
  return std::ranges::any_of(selectors, [&](const AdvancedSelector& selector) {
    return std::ranges::all_of(selector.fields_selected, [&](const FieldSelector& field) {
      return std::ranges::any_of(field_values(record, field.field),
                                 [&](const std::string& value) { return fits(field, value); });
    });
  });
}

bool wants_category(const std::vector<AdvancedSelector>& selectors, std::string_view category) {
  return std::ranges::any_of(selectors, [&](const AdvancedSelector& selector) {
    const FieldSelector* field = find_field(selector, "eventCategory");
    return field && std::ranges::find(field->equals, category) != field->equals.end();
  });
}

std::vector<AdvancedSelector> default_store_selectors() {
  return {{.name = "Default management events",
           .fields_selected = {{.field = "eventCategory", .equals = {std::string(kManagement)}}}}};
}

}  // namespace cloudtrail
