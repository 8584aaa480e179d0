#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/value.h"

// Rows as bytes. A row is a struct that lists its fields once (see table.h for an example). A field may be a
// std::string, bool, whole number, double, enum, std::optional, std::vector, std::map with text keys, or another struct
// with `fields`, nested at will. A std::string_view is kept as a text; read, it is a view of the row's bytes.
//
// Rows evolve by appending: a row written before a field was added reads with that field's default. Fields are never
// removed, moved or given another type (a new field takes over, and the old one stays in the list); this goes for
// nested structs as well. Enums are kept as their numbers: give them explicit ones.
//
// The form: one byte 1 (the form of rows), then the row as a struct. Struct: number of fields, then the fields. Whole
// numbers: varint, signed ones zigzag first. Text: length, bytes. Optional: 0, or 1 and the value. Vector and map:
// number of elements, then these, map keys ascending. bool: 0 or 1. double: 8 bytes, the lowest first.
namespace store {

inline constexpr char kRowForm = 1;
inline constexpr int kMaxRowDepth = 100;  // structs, vectors, maps and optionals within each other

namespace internal {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsTextMap : std::false_type {};
template <class T>
struct IsTextMap<std::map<std::string, T>> : std::true_type {};

struct FieldCounter {
  std::uint64_t count = 0;
  std::size_t text_bytes = 0;  // of texts that are fields themselves
  template <class T>
  void operator()(std::string_view, const T& field) {
    ++count;
    if constexpr (std::is_convertible_v<const T&, std::string_view>) text_bytes += std::string_view(field).size();
  }
};

template <class Struct>
std::uint64_t count_fields(const Struct& row) {
  FieldCounter counter;
  Struct::fields(row, counter);
  return counter.count;
}

inline std::uint64_t zigzag(std::int64_t number) {
  return (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
}
inline std::int64_t unzigzag(std::uint64_t number) {
  return static_cast<std::int64_t>((number >> 1) ^ (~(number & 1) + 1));
}

class RowWriter {
 public:
  std::string bytes;

  template <class T>
  void operator()(std::string_view, const T& field) {
    value(field);
  }

  template <class T>
  void value(const T& item) {
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
      text(item);
    } else if constexpr (std::is_same_v<T, bool>) {
      bytes.push_back(item ? 1 : 0);
    } else if constexpr (std::signed_integral<T>) {
      number(zigzag(item));
    } else if constexpr (std::unsigned_integral<T>) {
      number(item);
    } else if constexpr (std::is_enum_v<T>) {
      value(static_cast<std::underlying_type_t<T>>(item));
    } else if constexpr (std::is_same_v<T, double>) {
      fixed(std::bit_cast<std::uint64_t>(item));
    } else if constexpr (IsOptional<T>::value) {
      bytes.push_back(item ? 1 : 0);
      if (item) value(*item);
    } else if constexpr (IsVector<T>::value) {
      number(item.size());
      for (const typename T::value_type& element : item) value(element);
    } else if constexpr (IsTextMap<T>::value) {
      number(item.size());
      for (const auto& [name, element] : item) {
        text(name);
        value(element);
      }
    } else {
      number(count_fields(item));
      T::fields(item, *this);
    }
  }

 private:
  void number(std::uint64_t rest);
  void fixed(std::uint64_t bits);
  void text(std::string_view item) {
    number(item.size());
    bytes.append(item);
  }
};

// Reads until something is wrong; from then on every field keeps its default and problem() says what and where.
class RowReader {
 public:
  explicit RowReader(std::string_view bytes) : rest_(bytes), size_(bytes.size()) {}

  template <class T>
  void operator()(std::string_view, T& field) {
    if (fields_left_ == 0) return;  // added after this row was written
    --fields_left_;
    value(field);
  }

  template <class T>
  void value(T& item) {
    if (failed()) return;
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
      item = text();
    } else if constexpr (std::is_same_v<T, bool>) {
      item = flag();
    } else if constexpr (std::signed_integral<T>) {
      item = in_range<T>(unzigzag(number()));
    } else if constexpr (std::unsigned_integral<T>) {
      item = in_range<T>(number());
    } else if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> code{};
      value(code);
      item = static_cast<T>(code);
    } else if constexpr (std::is_same_v<T, double>) {
      item = std::bit_cast<double>(fixed());
    } else {
      if (++depth_ > kMaxRowDepth) return fail("too deeply nested");
      compound(item);
      --depth_;
    }
  }

  bool failed() const { return problem_ != nullptr; }
  const char* problem() const { return problem_; }
  std::size_t position() const { return size_ - rest_.size(); }
  bool at_end() const { return rest_.empty(); }

 private:
  template <class T>
  void compound(T& item) {
    if constexpr (IsOptional<T>::value) {
      item.reset();
      if (flag()) value(item.emplace());
    } else if constexpr (IsVector<T>::value) {
      item.clear();
      for (std::uint64_t left = element_count(); left > 0 && !failed(); --left) {
        typename T::value_type element{};
        value(element);
        item.push_back(std::move(element));
      }
    } else if constexpr (IsTextMap<T>::value) {
      item.clear();
      for (std::uint64_t left = element_count(); left > 0 && !failed(); --left) {
        std::string name(text());
        if (!item.empty() && name <= item.rbegin()->first) return fail("map keys out of order");
        value(item.emplace_hint(item.end(), std::move(name), typename T::mapped_type{})->second);
      }
    } else {
      std::uint64_t outer_fields_left = fields_left_;
      fields_left_ = number();
      if (fields_left_ > count_fields(item)) return fail("more fields than are known; written by a newer program");
      T::fields(item, *this);
      fields_left_ = outer_fields_left;
    }
  }

  template <class T, class Number>
  T in_range(Number number) {
    if (std::in_range<T>(number)) return static_cast<T>(number);
    fail("number out of range");
    return T{};
  }

  std::uint64_t number();
  std::uint64_t fixed();
  std::uint64_t element_count();  // each element takes at least a byte, so never more than there are bytes left
  bool flag();
  std::string_view text();
  void fail(const char* problem);

  std::string_view rest_;
  std::size_t size_;
  std::uint64_t fields_left_ = 0;
  int depth_ = 0;
  const char* problem_ = nullptr;
};

// Shows a row as a map by field name, for people: consoles, dumps, tests.
struct RowShower {
  base::Value map = base::Value(base::Value::Map{});

  template <class T>
  void operator()(std::string_view name, const T& field) {
    map.set(name, shown(field));
  }

  template <class T>
  static base::Value shown(const T& item) {
    if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, bool> || std::is_same_v<T, double>) {
      return item;
    } else if constexpr (std::is_enum_v<T>) {
      return shown(static_cast<std::underlying_type_t<T>>(item));
    } else if constexpr (std::integral<T>) {
      return static_cast<std::int64_t>(item);
    } else if constexpr (IsOptional<T>::value) {
      return item ? shown(*item) : base::Value();
    } else if constexpr (IsVector<T>::value) {
      base::Value::List list;
      for (const typename T::value_type& element : item) list.push_back(shown(element));
      return list;
    } else if constexpr (IsTextMap<T>::value) {
      base::Value::Map entries;
      for (const auto& [name, element] : item) entries.emplace_back(name, shown(element));
      return entries;
    } else {
      RowShower inner;
      T::fields(item, inner);
      return std::move(inner.map);
    }
  }
};

}  // namespace internal

template <class Row>
std::string encode_row(const Row& row) {
  internal::RowWriter writer;
  internal::FieldCounter counter;
  Row::fields(row, counter);
  writer.bytes.reserve(counter.text_bytes + 4 * counter.count + 8);  // mostly enough
  writer.bytes.push_back(kRowForm);
  writer.value(row);
  return std::move(writer.bytes);
}

// Fills `row`, which must be as default-constructed. Error "CorruptRow": the bytes are not a row of this type; `row` is
// then half filled.
template <class Row>
base::Result<void> decode_row(std::string_view bytes, Row& row) {
  if (bytes.empty() || bytes.front() != kRowForm) return base::fail("CorruptRow", "not in a known form");
  internal::RowReader reader(bytes.substr(1));
  reader.value(row);
  if (!reader.failed() && reader.at_end()) return {};
  return base::fail("CorruptRow", std::string(reader.failed() ? reader.problem() : "bytes left over") + " at byte " +
                                      std::to_string(reader.position() + 1));
}

// The row as a map by field name; enums as their numbers.
template <class Row>
base::Value row_to_value(const Row& row) {
  return internal::RowShower::shown(row);
}

}  // namespace store
