#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"

// The values that queries of CloudWatch Logs Insights compute with; see log_query.h.
namespace aws::log_query {

// Texts and structures that live as long as the row they belong to. Clearing keeps the memory, so that a row costs no
// allocation once the arena has seen a few.
class Arena {
 public:
  std::string_view keep(std::string_view text);
  const base::Value* keep_structure(base::Value value);
  void clear();

 private:
  static constexpr std::size_t kBlockBytes = 16 * 1024;
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0, used = 0;
  };
  std::vector<Block> blocks_;
  std::size_t current_ = 0;
  std::deque<base::Value> values_;
};

// One value: nothing where a field is absent. Texts that look like numbers count as numbers where a number is wanted,
// as everything in a log begins as text.
struct Cell {
  enum class Kind : std::uint8_t { kNothing, kText, kNumber, kTime, kStructure };

  Kind kind = Kind::kNothing;
  double number = 0;                       // kNumber; milliseconds for kTime
  std::string_view text = {};              // kText
  const base::Value* structure = nullptr;  // kStructure: a map or list

  static Cell of_text(std::string_view text) { return {.kind = Kind::kText, .text = text}; }
  static Cell of_number(double number) { return {.kind = Kind::kNumber, .number = number}; }
  static Cell of_time(double time_ms) { return {.kind = Kind::kTime, .number = time_ms}; }
  static Cell of_flag(bool flag) { return of_number(flag ? 1 : 0); }
  static Cell of_structure(const base::Value* structure) { return {.kind = Kind::kStructure, .structure = structure}; }
  bool is_nothing() const { return kind == Kind::kNothing; }
};

// The number it is or, as a text, reads as.
std::optional<double> number_of(const Cell& cell);
// As results show it; what has to be made is kept in the arena.
std::string_view text_of(const Cell& cell, Arena& arena);
// Whether it counts as true: a number that is not zero.
bool is_true(const Cell& cell);

// Less than, equal to or greater than zero: numbers by value where both are numbers, else as texts; nothing where
// either is absent.
std::optional<int> compare(const Cell& left, const Cell& right, Arena& arena);
// For sorting: absent values come first, then as above.
int order(const Cell& left, const Cell& right, Arena& arena);

// Up to four digits after the point, without zeros at the end.
std::string format_number(double number);
// As Java writes it (100.0, 1.28E8): the form of the numbers that are found in the lines Lambda writes.
std::string format_discovered_number(double number);
// 2026-01-01 00:00:00.000
std::string format_time(double time_ms);

// What a JSON value is to a query: scalars are texts and numbers, true and false 1 and 0, null is nothing.
Cell cell_of(const base::Value& value, Arena& arena);

}  // namespace aws::log_query
