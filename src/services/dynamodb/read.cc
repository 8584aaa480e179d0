// Items from requests: converted and checked in one pass.
#include "base/bytes.h"
#include "services/dynamodb/attribute.h"
#include "services/dynamodb/number.h"

namespace dynamodb {

namespace {

using aws::dynamodb::type_name;

base::Result<void> read_nested(const Value& value, int level, Attribute& read);

// Where each of the members stands when they are ordered by name.
std::vector<std::size_t> places_of(const Value::Map& given) {
  std::vector<std::size_t> order(given.size()), places(given.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::string_view(given[i].first); });
  for (std::size_t i = 0; i < order.size(); ++i) places[order[i]] = i;
  return places;
}

base::Result<void> read_nested_members(const Value::Map& given, int level, std::vector<Member>& members) {
  const std::vector<std::size_t> places = places_of(given);
  members.resize(given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto& [name, value] = given[i];
    if (name.size() > kAttributeNameBytesMax)
      return invalid_parameter("Attribute name is too large, must be less than 65536 bytes");
    Member& member = members[places[i]];
    member.name = name;
    TRY_VOID(read_nested(value, level, member.value));
  }
  return {};
}

std::string show_collection(const Value::List& elements, Type type) {
  std::string shown;
  for (const Value& element : elements) {
    if (!shown.empty()) shown += ", ";
    shown += type == Type::kBinarySet ? base::to_base64(element.str()) : element.str();
  }
  return "[" + shown + "]";
}

base::Result<void> read_set(const Value::List& given, Attribute& set) {
  const Type type = set.type;
  if (given.empty()) {
    if (type == Type::kBinarySet) return invalid_parameter("Binary sets should not be empty");
    return invalid_parameter(
        fmt::format("An {} set  may not be empty", type == Type::kStringSet ? "string" : "number"));
  }
  set.elements.reserve(given.size());
  for (const Value& element : given) {
    Attribute& added = set.elements.emplace_back(Attribute{.type = element_type(type), .text = element.str()});
    if (type == Type::kNumberSet) added.text = TRY(normalise_number(added.text));
  }
  if (order_set(set)) return {};
  if (type == Type::kNumberSet) return validation_error("Input collection contains duplicates");
  return invalid_parameter(fmt::format("Input collection {}{} contains duplicates.", show_collection(given, type),
                                       type == Type::kBinarySet ? "of type BS" : ""));
}

base::Result<void> read_content(const Value& content, int level, Attribute& value) {
  switch (value.type) {
    case Type::kString:
    case Type::kBinary: value.text = content.str(); return {};
    case Type::kNumber: value.text = TRY(normalise_number(content.str())); return {};
    case Type::kBoolean: value.flag = content.flag(); return {};
    case Type::kNull:
      if (!content.flag()) return invalid_parameter("Null attribute value types must have the value of true");
      return {};
    case Type::kMap:
    case Type::kList:
      // The item itself is the first level.
      if (level >= kNestingLevelsMax)
        return validation_error(
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
            "supported limit");
      if (value.type == Type::kMap) return read_nested_members(content.map(), level + 1, value.members);
      value.elements.reserve(content.list().size());
      for (const Value& element : content.list())
        TRY_VOID(read_nested(element, level + 1, value.elements.emplace_back()));
      return {};
    default: return read_set(content.list(), value);
  }
}

base::Result<void> read_nested(const Value& value, int level, Attribute& read) {
  int given = 0;
  for (const auto& [name, content] : value.map()) {
    const std::optional<Type> type = content.is_null() ? std::nullopt : parse_type(name);
    if (!type) continue;
    // What is wrong with one of several goes before their being several.
    if (given++ > 0) read = {};
    read.type = *type;
    TRY_VOID(read_content(content, level, read));
  }
  if (given > 1)
    return validation_error(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
        "datatypes");
  if (given == 0)
    return validation_error("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  return {};
}

}  // namespace

base::Result<Attribute> read_attribute(const Value& value) {
  Attribute read;
  TRY_VOID(read_nested(value, 1, read));
  return read;
}

base::Result<Item> read_item(const Value::Map& attributes) {
  Item item;
  TRY_VOID(read_nested_members(attributes, 1, item));
  return item;
}

}  // namespace dynamodb
