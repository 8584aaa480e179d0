#include "services/dynamodb/attribute.h"

#include "base/bytes.h"
#include "services/dynamodb/number.h"

namespace dynamodb {

namespace {

using aws::dynamodb::append_text;
using aws::dynamodb::append_varint;
using aws::dynamodb::ItemReader;
using aws::dynamodb::type_name;

void encode_value(std::string& bytes, const Attribute& value) {
  bytes.push_back(static_cast<char>(value.type));
  switch (value.type) {
    case Type::kString:
    case Type::kNumber:
    case Type::kBinary: return append_text(bytes, value.text);
    case Type::kBoolean: return bytes.push_back(value.flag ? 1 : 0);
    case Type::kNull: return;
    case Type::kMap:
      append_varint(bytes, value.members.size());
      for (const Member& member : value.members) {
        append_text(bytes, member.name);
        encode_value(bytes, member.value);
      }
      return;
    case Type::kList:
      append_varint(bytes, value.elements.size());
      for (const Attribute& element : value.elements) encode_value(bytes, element);
      return;
    default:
      append_varint(bytes, value.elements.size());
      for (const Attribute& element : value.elements) append_text(bytes, element.text);
  }
}

Attribute decode_value(ItemReader& reader);

std::vector<Member> decode_members(ItemReader& reader) {
  std::vector<Member> members(reader.number());
  for (Member& member : members) {
    member.name = reader.text();
    member.value = decode_value(reader);
  }
  return members;
}

Attribute decode_value(ItemReader& reader) {
  Attribute value{.type = reader.type()};
  switch (value.type) {
    case Type::kString:
    case Type::kNumber:
    case Type::kBinary: value.text = reader.text(); break;
    case Type::kBoolean: value.flag = reader.byte() != 0; break;
    case Type::kNull: break;
    case Type::kMap: value.members = decode_members(reader); break;
    case Type::kList:
      value.elements.resize(reader.number());
      for (Attribute& element : value.elements) element = decode_value(reader);
      break;
    default:
      value.elements.resize(reader.number());
      for (Attribute& element : value.elements) {
        element.type = element_type(value.type);
        element.text = reader.text();
      }
  }
  return value;
}

auto lower_bound(auto& item, std::string_view name) {
  return std::ranges::lower_bound(item, name, {}, [](const Member& member) { return std::string_view(member.name); });
}

}  // namespace

bool operator==(const Attribute& left, const Attribute& right) {
  return left.type == right.type && left.flag == right.flag && left.text == right.text &&
         left.elements == right.elements && left.members == right.members;
}

bool operator==(const Member& left, const Member& right) {
  return left.name == right.name && left.value == right.value;
}

const Attribute* find(const Item& item, std::string_view name) {
  auto at = lower_bound(item, name);
  return at != item.end() && at->name == name ? &at->value : nullptr;
}

Attribute* find(Item& item, std::string_view name) { return const_cast<Attribute*>(find(std::as_const(item), name)); }

Attribute& ensure(Item& item, std::string_view name) {
  auto at = lower_bound(item, name);
  if (at == item.end() || at->name != name) at = item.insert(at, Member{std::string(name), {}});
  return at->value;
}

void remove_member(Item& item, std::string_view name) {
  auto at = lower_bound(item, name);
  if (at != item.end() && at->name == name) item.erase(at);
}

std::optional<int> compare(const Attribute& left, const Attribute& right) {
  if (left.type != right.type || !left.is_scalar_text()) return std::nullopt;
  if (left.type == Type::kNumber) return compare_numbers(left.text, right.text);
  return left.text.compare(right.text);
}

std::int64_t size_of(const Attribute& value) {
  std::int64_t size = 0;
  switch (value.type) {
    case Type::kString:
    case Type::kBinary: return std::ssize(value.text);
    case Type::kNumber: return static_cast<std::int64_t>(number_size(value.text));
    case Type::kBoolean:
    case Type::kNull: return 1;
    // "An attribute of type List or Map requires 3 bytes of overhead, regardless of its contents", and a byte for each
    // element.
    case Type::kMap: return 3 + std::ssize(value.members) + size_of(value.members);
    case Type::kList: size = 3 + std::ssize(value.elements); break;
    default: break;
  }
  for (const Attribute& element : value.elements) size += size_of(element);
  return size;
}

std::int64_t size_of(const Item& item) {
  std::int64_t size = 0;
  for (const Member& member : item) size += std::ssize(member.name) + size_of(member.value);
  return size;
}

Type element_type(Type set) {
  if (set == Type::kStringSet) return Type::kString;
  return set == Type::kNumberSet ? Type::kNumber : Type::kBinary;
}

bool order_set(Attribute& set) {
  std::ranges::sort(set.elements,
                    [](const Attribute& left, const Attribute& right) { return compare(left, right).value_or(0) < 0; });
  return std::ranges::adjacent_find(set.elements) == set.elements.end();
}

std::string encode(const Item& item) {
  std::string bytes;
  const std::int64_t size = size_of(item);
  bytes.reserve(static_cast<std::size_t>(size) + item.size() * 4 + 8);
  append_varint(bytes, static_cast<std::uint64_t>(size));
  append_varint(bytes, item.size());
  for (const Member& member : item) {
    append_text(bytes, member.name);
    encode_value(bytes, member.value);
  }
  return bytes;
}

Item decode(std::string_view bytes) {
  ItemReader reader(bytes);
  reader.number();
  return decode_members(reader);
}

Value to_value(const Attribute& value) {
  Value content;
  switch (value.type) {
    case Type::kString:
    case Type::kNumber:
    case Type::kBinary: content = value.text; break;
    case Type::kBoolean: content = value.flag; break;
    case Type::kNull: content = true; break;
    case Type::kMap: content = to_value(value.members); break;
    default: {
      Value::List elements;
      elements.reserve(value.elements.size());
      for (const Attribute& element : value.elements)
        elements.push_back(value.is_set() ? Value(element.text) : to_value(element));
      content = std::move(elements);
    }
  }
  Value::Map tagged;
  tagged.emplace_back(type_name(value.type), std::move(content));
  return tagged;
}

Value to_value(const Item& item) {
  Value::Map members;
  members.reserve(item.size());
  for (const Member& member : item) members.emplace_back(member.name, to_value(member.value));
  return members;
}

std::string describe(const Attribute& value) {
  const std::string_view name = type_name(value.type);
  switch (value.type) {
    case Type::kString:
    case Type::kNumber: return fmt::format("{{{}:{}}}", name, value.text);
    case Type::kBinary: return fmt::format("{{{}:{}}}", name, base::to_base64(value.text));
    case Type::kBoolean: return fmt::format("{{{}:{}}}", name, value.flag);
    case Type::kNull: return fmt::format("{{{}:true}}", name);
    default: return fmt::format("{{{}:…}}", name);
  }
}

std::optional<Type> parse_type(std::string_view name) {
  if (name == "S") return Type::kString;
  if (name == "N") return Type::kNumber;
  for (auto type = static_cast<int>(Type::kBinary); type <= static_cast<int>(Type::kBinarySet); ++type)
    if (type_name(static_cast<Type>(type)) == name) return static_cast<Type>(type);
  return std::nullopt;
}

std::unexpected<base::Error> validation_error(std::string message) {
  return base::fail("ValidationException", std::move(message));
}

std::unexpected<base::Error> invalid_parameter(std::string_view message) {
  return validation_error(fmt::format("One or more parameter values were invalid: {}", message));
}

}  // namespace dynamodb
