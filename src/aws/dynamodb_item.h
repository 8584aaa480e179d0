// Items of DynamoDB as bytes: how tables, indexes and the record of changes keep them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/value.h"

namespace aws::dynamodb {

// The ten types of AttributeValue; the numbers are part of the data format.
enum class Type : std::uint8_t {
  kString = 1,
  kNumber = 2,
  kBinary = 3,
  kBoolean = 4,
  kNull = 5,
  kMap = 6,
  kList = 7,
  kStringSet = 8,
  kNumberSet = 9,
  kBinarySet = 10,
};
std::string_view type_name(Type type);  // "S", "N", "B", "BOOL", …

// An item: its size as AWS counts it, the number of attributes, then per attribute its name and value, ordered by name.
// A value: its type, then for texts, numbers (in their one written form) and bytes the length and these; for booleans 0
// or 1; for the others the number of elements and these, maps ordered by name with each name before its value. Numbers
// here are varints.
class ItemReader {
 public:
  explicit ItemReader(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number();
  std::string_view text();
  Type type() { return static_cast<Type>(byte()); }
  std::uint8_t byte();
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};
void append_varint(std::string& bytes, std::uint64_t number);
void append_text(std::string& bytes, std::string_view text);

// What AWS counts an item as, in bytes; of a sealed one, too (dynamodb_seal.h).
std::int64_t item_size(std::string_view item);
// {"name": {"S": "…"}, …}: as answers show it. An item of no bytes shows as an empty map.
base::Value item_to_value(std::string_view item);

// Likewise as JSON text.
void append_item_json(std::string& out, std::string_view item);

// The same as item_to_value, made only where somebody looks inside: JSON is written from the bytes, which lie in
// `owner`.
base::Value pack_item(std::shared_ptr<const std::string> owner, std::string_view item);

// A list of such items, which keeps copies of their bytes.
class PackedItems {
 public:
  void add(std::string_view item) { append_text(items_, item); }
  void add(const PackedItems& more) { items_ += more.items_; }
  base::Value pack() &&;

 private:
  std::string items_;
};

}  // namespace aws::dynamodb
