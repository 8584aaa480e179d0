#include "aws/dynamodb_item.h"

#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/json.h"

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

void append_content_json(std::string& out, Type type, ItemReader& reader);

void append_members_json(std::string& out, ItemReader& reader) {
  out += '{';
  for (std::uint64_t left = reader.number(); left > 0; --left) {
    base::append_json_string(out, reader.text());
    const Type type = reader.type();
    out.append(":{\"").append(type_name(type)).append("\":");
    append_content_json(out, type, reader);
    out += left > 1 ? "}," : "}";
  }
  out += '}';
}

void append_bytes_json(std::string& out, std::string_view bytes) {
  out.append("\"").append(base::to_base64(bytes)).append("\"");
}

void append_elements_json(std::string& out, Type type, ItemReader& reader) {
  out += '[';
  for (std::uint64_t left = reader.number(); left > 0; --left) {
    if (type == Type::kList) {
      const Type inner = reader.type();
      out.append("{\"").append(type_name(inner)).append("\":");
      append_content_json(out, inner, reader);
      out += '}';
    } else if (type == Type::kBinarySet) {
      append_bytes_json(out, reader.text());
    } else {
      base::append_json_string(out, reader.text());
    }
    if (left > 1) out += ',';
  }
  out += ']';
}

void append_content_json(std::string& out, Type type, ItemReader& reader) {
  switch (type) {
    case Type::kString:
    case Type::kNumber: return base::append_json_string(out, reader.text());
    case Type::kBinary: return append_bytes_json(out, reader.text());
    case Type::kBoolean: out += reader.byte() != 0 ? "true" : "false"; return;
    case Type::kNull: out += "true"; return;
    case Type::kMap: return append_members_json(out, reader);
    default: return append_elements_json(out, type, reader);
  }
}

class PackedItem final : public base::Packed {
 public:
  PackedItem(std::shared_ptr<const std::string> owner, std::string_view item) : owner_(std::move(owner)), item_(item) {}
  bool is_list() const override { return false; }
  void append_json(std::string& out) const override { append_item_json(out, item_); }

 private:
  Value unpack() const override { return item_to_value(item_); }

  std::shared_ptr<const std::string> owner_;
  std::string_view item_;
};

class PackedItemList final : public base::Packed {
 public:
  explicit PackedItemList(std::string items) : items_(std::move(items)) {}
  bool is_list() const override { return true; }
  void append_json(std::string& out) const override {
    out.reserve(out.size() + items_.size() * 3 / 2);
    char separator = '[';
    for (ItemReader reader(items_); !reader.at_end(); separator = ',') {
      out += separator;
      append_item_json(out, reader.text());
    }
    out += items_.empty() ? "[]" : "]";
  }

 private:
  Value unpack() const override {
    Value::List items;
    for (ItemReader reader(items_); !reader.at_end();) items.push_back(item_to_value(reader.text()));
    return items;
  }

  std::string items_;  // each as append_text writes it
};

}  // namespace

std::string_view type_name(Type type) {
  static constexpr std::array<std::string_view, 11> kNames{"",  "S", "N",  "B",  "BOOL", "NULL",
                                                           "M", "L", "SS", "NS", "BS"};
  return kNames[static_cast<std::size_t>(type)];
}

std::uint64_t ItemReader::number() {
  std::uint64_t number = byte();
  if (number < 0x80) return number;
  number &= 0x7F;
  for (int shift = 7; shift < 64; shift += 7) {
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

void append_item_json(std::string& out, std::string_view item) {
  ItemReader reader(item);
  reader.number();
  append_members_json(out, reader);
}

Value pack_item(std::shared_ptr<const std::string> owner, std::string_view item) {
  return Value(std::shared_ptr<const base::Packed>(std::make_shared<const PackedItem>(std::move(owner), item)));
}

Value PackedItems::pack() && {
  return Value(std::shared_ptr<const base::Packed>(std::make_shared<const PackedItemList>(std::move(items_))));
}

}  // namespace aws::dynamodb
