#include "aws/dynamodb_item.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

// Writes JSON into room that is there already: of an item no byte becomes more than 14 (that of a null in a list).
constexpr std::size_t kJsonBytesPerByteMax = 14;

char* write_plain(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

bool is_plain(char letter) { return letter >= ' ' && letter <= '~' && letter != '"' && letter != '\\'; }

// Whether all of these 16 bytes stand in a JSON string as they are. Only of ASCII is that told here.
bool is_plain_block(const char* bytes) {
#ifdef __SSE2__
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  // As signed numbers, bytes outside of ASCII are below the space too.
  const __m128i is_low = _mm_cmplt_epi8(block, _mm_set1_epi8(' '));
  const __m128i is_quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  const __m128i is_slash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  return _mm_movemask_epi8(_mm_or_si128(is_low, _mm_or_si128(is_quote, is_slash))) == 0;
#else
  return std::all_of(bytes, bytes + 16, is_plain);
#endif
}

char* write_string(char* out, std::string_view text) {
  constexpr std::size_t kBlock = 16;
  *out++ = '"';
  std::size_t at = 0;
  for (; at + kBlock <= text.size() && is_plain_block(text.data() + at); at += kBlock)
    std::memcpy(out + at, text.data() + at, kBlock);
  for (; at < text.size() && is_plain(text[at]); ++at) out[at] = text[at];
  if (at == text.size()) {
    out[at] = '"';
    return out + at + 1;
  }
  std::string quoted;
  base::append_json_string(quoted, text);
  return write_plain(out - 1, quoted);
}

char* write_base64(char* out, std::string_view bytes) {
  *out++ = '"';
  out = write_plain(out, base::to_base64(bytes));
  *out++ = '"';
  return out;
}

char* write_content(char* out, Type type, ItemReader& reader);

// {"S":…}
char* write_value(char* out, ItemReader& reader) {
  static constexpr std::array<std::string_view, 11> kBegins{
      "{\"\":",  "{\"S\":", "{\"N\":",  "{\"B\":",  "{\"BOOL\":", "{\"NULL\":",
      "{\"M\":", "{\"L\":", "{\"SS\":", "{\"NS\":", "{\"BS\":"};
  const Type type = reader.type();
  out = write_plain(out, kBegins[static_cast<std::size_t>(type)]);
  out = write_content(out, type, reader);
  *out++ = '}';
  return out;
}

char* write_members(char* out, ItemReader& reader) {
  *out++ = '{';
  for (std::uint64_t left = reader.number(); left > 0 && !reader.at_end(); --left) {
    out = write_string(out, reader.text());
    *out++ = ':';
    out = write_value(out, reader);
    if (left > 1) *out++ = ',';
  }
  *out++ = '}';
  return out;
}

char* write_elements(char* out, Type type, ItemReader& reader) {
  *out++ = '[';
  for (std::uint64_t left = reader.number(); left > 0 && !reader.at_end(); --left) {
    if (type == Type::kList) {
      out = write_value(out, reader);
    } else {
      out = type == Type::kBinarySet ? write_base64(out, reader.text()) : write_string(out, reader.text());
    }
    if (left > 1) *out++ = ',';
  }
  *out++ = ']';
  return out;
}

char* write_content(char* out, Type type, ItemReader& reader) {
  switch (type) {
    case Type::kString:
    case Type::kNumber: return write_string(out, reader.text());
    case Type::kBinary: return write_base64(out, reader.text());
    case Type::kBoolean: return write_plain(out, reader.byte() != 0 ? "true" : "false");
    case Type::kNull: return write_plain(out, "true");
    case Type::kMap: return write_members(out, reader);
    default: return write_elements(out, type, reader);
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
  const std::size_t before = out.size(), room = 2 + item.size() * kJsonBytesPerByteMax;
  out.resize_and_overwrite(before + room, [&](char* text, std::size_t) {
    ItemReader reader(item);
    reader.number();
    return static_cast<std::size_t>(write_members(text + before, reader) - text);
  });
}

Value pack_item(std::shared_ptr<const std::string> owner, std::string_view item) {
  return Value(std::shared_ptr<const base::Packed>(std::make_shared<const PackedItem>(std::move(owner), item)));
}

Value PackedItems::pack() && {
  return Value(std::shared_ptr<const base::Packed>(std::make_shared<const PackedItemList>(std::move(items_))));
}

}  // namespace aws::dynamodb
