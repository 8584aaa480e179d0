#include "aws/log_query_cell.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace aws::log_query {

std::string_view Arena::keep(std::string_view text) {
  if (text.empty()) return "";
  while (current_ < blocks_.size() && blocks_[current_].size - blocks_[current_].used < text.size()) ++current_;
  if (current_ == blocks_.size()) {
    std::size_t size = std::max(kBlockBytes, text.size());
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size, 0});
  }
  Block& block = blocks_[current_];
  char* place = block.bytes.get() + block.used;
  std::memcpy(place, text.data(), text.size());
  block.used += text.size();
  return {place, text.size()};
}

const base::Value* Arena::keep_structure(base::Value value) { return &values_.emplace_back(std::move(value)); }

void Arena::clear() {
  for (Block& block : blocks_) block.used = 0;
  current_ = 0;
  if (!values_.empty()) values_.clear();
}

std::optional<double> number_of(const Cell& cell) {
  if (cell.kind == Cell::Kind::kNumber || cell.kind == Cell::Kind::kTime) return cell.number;
  if (cell.kind != Cell::Kind::kText) return std::nullopt;
  std::string_view text = cell.text;
  // Most texts are told from numbers by their first character.
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty() ||
      (static_cast<unsigned char>(text[0] - '0') > 9 && text[0] != '-' && text[0] != '+' && text[0] != '.'))
    return std::nullopt;
  if (text[0] == '+') text.remove_prefix(1);
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::string_view text_of(const Cell& cell, Arena& arena) {
  switch (cell.kind) {
    case Cell::Kind::kNothing: return "";
    case Cell::Kind::kText: return cell.text;
    case Cell::Kind::kNumber: return arena.keep(format_number(cell.number));
    case Cell::Kind::kTime: return arena.keep(format_time(cell.number));
    case Cell::Kind::kStructure: return arena.keep(base::to_json(*cell.structure));
  }
  return "";
}

bool is_true(const Cell& cell) {
  auto number = number_of(cell);
  if (number) return *number != 0;
  return cell.kind == Cell::Kind::kText && base::equal_ignoring_case(cell.text, "true");
}

std::optional<int> compare(const Cell& left, const Cell& right, Arena& arena) {
  if (left.is_nothing() || right.is_nothing()) return std::nullopt;
  if (left.kind == Cell::Kind::kText && right.kind == Cell::Kind::kText && left.text == right.text) return 0;
  if (auto a = number_of(left))
    if (auto b = number_of(right)) return *a < *b ? -1 : *a > *b ? 1 : 0;
  return text_of(left, arena).compare(text_of(right, arena));
}

int order(const Cell& left, const Cell& right, Arena& arena) {
  if (left.is_nothing() || right.is_nothing()) return int(right.is_nothing()) - int(left.is_nothing());
  // Numbers stand before texts, else the order of three values could go in a circle.
  auto a = number_of(left), b = number_of(right);
  if (a && b) return *a < *b ? -1 : *a > *b ? 1 : 0;
  if (a || b) return a ? -1 : 1;
  return text_of(left, arena).compare(text_of(right, arena));
}

std::string format_number(double number) {
  if (!std::isfinite(number)) return std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
  if (number == std::trunc(number) && std::abs(number) < 1e18)
    return fmt::format_int(static_cast<std::int64_t>(number)).str();
  if (std::abs(number) >= 1e18) return fmt::format("{}", number);
  std::string text = fmt::format("{:.4f}", number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string format_discovered_number(double number) {
  double magnitude = std::abs(number);
  if (magnitude == 0) return "0.0";
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    std::string text = fmt::format("{}", number);
    return text.find('.') == std::string::npos ? text + ".0" : text;
  }
  int exponent = static_cast<int>(std::floor(std::log10(magnitude)));
  std::string mantissa = fmt::format("{:.12g}", number / std::pow(10, exponent));
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  return fmt::format("{}E{}", mantissa, exponent);
}

std::string format_time(double time_ms) {
  auto whole = static_cast<std::int64_t>(std::clamp(time_ms, -62'135'596'800'000.0, 253'402'300'799'999.0));
  std::string text = base::format_iso8601(whole);  // 2026-01-01T00:00:00Z or …00.123Z
  text[10] = ' ';
  text.pop_back();
  if (text.size() == 19) text += ".000";
  return text;
}

Cell cell_of(const base::Value& value, Arena& arena) {
  if (value.is_null()) return {};
  if (value.is_flag()) return Cell::of_flag(value.flag());
  if (value.is_whole()) {
    // A large number keeps its digits, which an identifier needs.
    if (std::abs(value.num()) > (std::int64_t{1} << 53)) return Cell::of_text(arena.keep(std::to_string(value.num())));
    return Cell::of_number(static_cast<double>(value.num()));
  }
  if (value.is_float()) return Cell::of_text(arena.keep(base::to_json(value)));
  if (value.is_text()) return Cell::of_text(arena.keep(value.str()));
  return Cell::of_structure(arena.keep_structure(value));
}

}  // namespace aws::log_query
