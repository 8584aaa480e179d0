#include "aws/dynamodb_item.h"

#include <array>
#include <utility>

namespace aws::dynamodb {

namespace {

using base::Value;

Value read_value(ItemReader& reader);

Value read_texts(ItemReader& reader) {
  Value::List texts(reader.number());
  for (Value& text : texts) text = Value(reader.text());
  return texts;
}

Value read_members(ItemReader& reader) {
  Value::Map members(reader.number());
  for (auto& [name, value] : members) {
    name = reader.text();
    value = read_value(reader);
  }
  return members;
}

Value read_elements(ItemReader& reader) {
  Value::List elements(reader.number());
  for (Value& element : elements) element = read_value(reader);
  return elements;
}

Value read_content(Type type, ItemReader& reader) {
  switch (type) {
    case Type::kString:
    case Type::kNumber:
    case Type::kBinary: return Value(reader.text());
    case Type::kBoolean: return reader.byte() != 0;
    case Type::kNull: return true;
    case Type::kMap: return read_members(reader);
    case Type::kList: return read_elements(reader);
    default: return read_texts(reader);
  }
}

Value read_value(ItemReader& reader) {
  const Type type = reader.type();
  Value::Map tagged;
  tagged.emplace_back(type_name(type), read_content(type, reader));
  return tagged;
}

}  // namespace

std::string_view type_name(Type type) {
  static constexpr std::array<std::string_view, 11> kNames{"",  "S", "N",  "B",  "BOOL", "NULL",
                                                           "M", "L", "SS", "NS", "BS"};
  return kNames[static_cast<std::size_t>(type)];
}

std::uint64_t ItemReader::number() {
  std::uint64_t number = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint8_t part = byte();
    number |= std::uint64_t{part & 0x7Fu} << shift;
    if (part < 0x80) break;
  }
  return number;
}

std::string_view ItemReader::text() {
  const std::size_t size = number();
  std::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(text.size());
  return text;
}

std::uint8_t ItemReader::byte() {
  if (rest_.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return byte;
}

void append_varint(std::string& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) bytes.push_back(static_cast<char>(number | 0x80));
  bytes.push_back(static_cast<char>(number));
}

void append_text(std::string& bytes, std::string_view text) {
  append_varint(bytes, text.size());
  bytes.append(text);
}

std::int64_t item_size(std::string_view item) {
  ItemReader reader(item);
  const std::uint64_t size = reader.number();
  // A sealed item begins with nothing, and then says how big it is.
  return static_cast<std::int64_t>(size == 0 && !item.empty() ? reader.number() : size);
}

Value item_to_value(std::string_view item) {
  ItemReader reader(item);
  reader.number();
  return read_members(reader);
}

}  // namespace aws::dynamodb
