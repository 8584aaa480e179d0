#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace base {

class Packed;

// One node of a request or an answer: null, boolean, whole number, floating number, text or bytes, list, or map.
// What a text or a number means (blob, timestamp, enum) is the shape's business, not the value's. Conventions:
//   blob       text holding the raw bytes        timestamp   whole number, milliseconds since 1970-01-01T00:00:00Z
//   structure  map by member name                union       map with one entry
// Copies are cheap: lists and maps are shared until one of the copies is changed.
class Value {
 public:
  using List = std::vector<Value>;
  using Map = std::vector<std::pair<std::string, Value>>;  // in the order of arrival; looked up linearly

  Value() = default;
  Value(std::nullptr_t) {}
  Value(std::string text) : node_(std::move(text)) {}
  Value(std::string_view text) : node_(std::string(text)) {}
  Value(const char* text) : node_(std::string(text)) {}
  Value(bool flag) : node_(flag) {}
  Value(int number) : node_(std::int64_t{number}) {}
  Value(std::int64_t number) : node_(number) {}
  Value(double number) : node_(number) {}
  Value(List list) : node_(std::make_shared<List>(std::move(list))) {}
  Value(Map map) : node_(std::make_shared<Map>(std::move(map))) {}
  Value(std::shared_ptr<const Packed> packed) : node_(std::move(packed)) {}  // not null

  bool is_null() const { return node_.index() == 0; }
  bool is_flag() const { return std::holds_alternative<bool>(node_); }
  bool is_whole() const { return std::holds_alternative<std::int64_t>(node_); }
  bool is_float() const { return std::holds_alternative<double>(node_); }
  bool is_number() const { return is_whole() || is_float(); }
  bool is_text() const { return std::holds_alternative<std::string>(node_); }
  bool is_list() const { return std::holds_alternative<std::shared_ptr<List>>(node_) || is_packed_list(); }
  bool is_map() const {
    return std::holds_alternative<std::shared_ptr<Map>>(node_) || (packed() != nullptr && !is_packed_list());
  }

  // What the node holds; the empty value of that kind where it holds something else.
  bool flag() const;
  std::int64_t num() const;  // a floating number is truncated
  double real() const;       // a whole number is converted
  const std::string& str() const;
  const List& list() const;
  const Map& map() const;

  // Members of a map. `at` answers a null value for an absent name or for anything that is no map.
  const Value& at(std::string_view name) const;
  bool has(std::string_view name) const { return !at(name).is_null(); }
  // Replaces or appends the member; a null value becomes an empty map first.
  void set(std::string_view name, Value value);
  void erase(std::string_view name);
  // Appends to a list; a null value becomes an empty list first.
  void push(Value value);

  // Writable access for builders; a null value becomes an empty one first, a shared one is copied first.
  List& list_to_change();
  Map& map_to_change();

  // What this list or map is packed in; null when it is not.
  const Packed* packed() const {
    auto* packed = std::get_if<std::shared_ptr<const Packed>>(&node_);
    return packed ? packed->get() : nullptr;
  }

  // Same kind and same content; maps compare regardless of order.
  friend bool operator==(const Value& left, const Value& right);

 private:
  bool is_packed_list() const;

  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::shared_ptr<List>, std::shared_ptr<Map>,
               std::shared_ptr<const Packed>>
      node_;
};

// A list or map in another form than that of values, which it takes on only when somebody looks inside. Answers of many
// items go out as they are kept, without a value for each of their parts.
class Packed {
 public:
  virtual ~Packed() = default;

  virtual bool is_list() const = 0;
  // As the JSON protocols write it by its shape: bytes in base 64.
  virtual void append_json(std::string& out) const = 0;
  // The list or map; made once. Thread-safe.
  const Value& unpacked() const;

 private:
  virtual Value unpack() const = 0;

  mutable std::once_flag once_;
  mutable Value unpacked_;
};

// For parsers: of the members from place `begin` on that share a name, leaves one, in the place of the first and with
// the value of the last. Takes no more than n log n steps.
void keep_last_of_repeated_names(Value::Map& members, std::size_t begin = 0);

}  // namespace base
