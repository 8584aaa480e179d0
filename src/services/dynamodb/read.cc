// Items from requests: converted and checked in one pass.
#include "base/bytes.h"
#include "services/dynamodb/attribute.h"
#include "services/dynamodb/number.h"

namespace dynamodb {

namespace {

using aws::dynamodb::type_name;

base::Result<Attribute> read_nested(const Value& value, int level);

base::Result<std::vector<Member>> read_nested_members(const Value::Map& given, int level) {
  std::vector<Member> members;
  members.reserve(given.size());
  bool is_ordered = true;
  for (const auto& [name, value] : given) {
    if (name.size() > kAttributeNameBytesMax)
      return invalid_parameter("Attribute name is too large, must be less than 65536 bytes");
    is_ordered = is_ordered && (members.empty() || members.back().name < name);
    members.push_back({name, TRY(read_nested(value, level))});
  }
  if (!is_ordered) std::ranges::sort(members, {}, &Member::name);
  return members;
}

std::string show_collection(const Value::List& elements, Type type) {
  std::string shown;
  for (const Value& element : elements) {
    if (!shown.empty()) shown += ", ";
    shown += type == Type::kBinarySet ? base::to_base64(element.str()) : element.str();
  }
  return "[" + shown + "]";
}

base::Result<Attribute> read_set(const Value::List& given, Type type) {
  if (given.empty()) {
    if (type == Type::kBinarySet) return invalid_parameter("Binary sets should not be empty");
    return invalid_parameter(
        fmt::format("An {} set  may not be empty", type == Type::kStringSet ? "string" : "number"));
  }
  Attribute set{.type = type};
  set.elements.reserve(given.size());
  for (const Value& element : given) {
    Attribute& added = set.elements.emplace_back(Attribute{.type = element_type(type), .text = element.str()});
    if (type == Type::kNumberSet) added.text = TRY(normalise_number(added.text));
  }
  if (order_set(set)) return set;
  if (type == Type::kNumberSet) return validation_error("Input collection contains duplicates");
  return invalid_parameter(fmt::format("Input collection {}{} contains duplicates.", show_collection(given, type),
                                       type == Type::kBinarySet ? "of type BS" : ""));
}

base::Result<Attribute> read_content(Type type, const Value& content, int level) {
  Attribute value{.type = type};
  switch (type) {
    case Type::kString:
    case Type::kBinary: value.text = content.str(); return value;
    case Type::kNumber: value.text = TRY(normalise_number(content.str())); return value;
    case Type::kBoolean: value.flag = content.flag(); return value;
    case Type::kNull:
      if (!content.flag()) return invalid_parameter("Null attribute value types must have the value of true");
      return value;
    case Type::kMap:
    case Type::kList:
      // The item itself is the first level.
      if (level >= kNestingLevelsMax)
        return validation_error(
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
            "supported limit");
      if (type == Type::kMap) {
        value.members = TRY(read_nested_members(content.map(), level + 1));
        return value;
      }
      value.elements.reserve(content.list().size());
      for (const Value& element : content.list()) value.elements.push_back(TRY(read_nested(element, level + 1)));
      return value;
    default: return read_set(content.list(), type);
  }
}

base::Result<Attribute> read_nested(const Value& value, int level) {
  std::optional<Attribute> read;
  int given = 0;
  for (const auto& [name, content] : value.map()) {
    const std::optional<Type> type = content.is_null() ? std::nullopt : parse_type(name);
    if (!type) continue;
    // What is wrong with one of several goes before their being several.
    read = TRY(read_content(*type, content, level));
    ++given;
  }
  if (given > 1)
    return validation_error(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
        "datatypes");
  if (!read)
    return validation_error("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  return *std::move(read);
}

}  // namespace

base::Result<Attribute> read_attribute(const Value& value) { return read_nested(value, 1); }

base::Result<Item> read_item(const Value::Map& attributes) { return read_nested_members(attributes, 1); }

}  // namespace dynamodb
