#include "services/cloudtrail/sql_times.h"

#include <array>
#include <utility>

#include "base/time_text.h"
#include "kernel/clock.h"

namespace cloudtrail {

namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> kUnits{{{"millisecond", 1},
                                                                           {"second", 1'000},
                                                                           {"minute", 60'000},
                                                                           {"hour", 3'600'000},
                                                                           {"day", 86'400'000},
                                                                           {"week", 604'800'000}}};

std::optional<std::int64_t> unit_ms(std::string_view unit) {
  if (unit.ends_with('s')) unit.remove_suffix(1);
  for (auto [name, length_ms] : kUnits)
    if (name == unit) return length_ms;
  return std::nullopt;
}

std::int64_t months_of(std::string_view unit) {
  if (unit.ends_with('s')) unit.remove_suffix(1);
  return unit == "month" ? 1 : unit == "quarter" ? 3 : unit == "year" ? 12 : 0;
}

std::chrono::year_month_day date_of(std::int64_t time_ms) {
  return std::chrono::floor<std::chrono::days>(kernel::from_ms(time_ms));
}

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

std::int64_t day_start_ms(std::chrono::year_month_day date) {
  return kernel::to_ms(kernel::Time(std::chrono::sys_days(date)));
}

}  // namespace

std::string sql_time(std::int64_t time_ms) {
  std::string text = base::format_iso8601(floor_to(time_ms, 1'000));  // 2026-01-01T00:00:00Z
  text[10] = ' ';
  text.pop_back();
  return fmt::format("{}.{:03}", text, time_ms - floor_to(time_ms, 1'000));
}

std::optional<std::int64_t> parse_sql_time(std::string_view text) { return base::parse_iso8601(text); }

std::string as_time_literal(const std::string& text) {
  bool looks_so = text.size() >= 19 && text.size() <= 29 && text[4] == '-' && text[7] == '-' && text[13] == ':';
  if (!looks_so) return text;
  auto time_ms = parse_sql_time(text);
  return time_ms ? sql_time(*time_ms) : text;
}

std::optional<std::int64_t> add_to_time(std::string_view unit, std::int64_t count, std::int64_t time_ms) {
  if (auto length_ms = unit_ms(unit)) {
    std::int64_t sum = 0;
    if (__builtin_mul_overflow(count, *length_ms, &sum) || __builtin_add_overflow(sum, time_ms, &sum)) return {};
    return sum;
  }
  std::int64_t months = months_of(unit);
  if (months == 0 || count > 120'000 || count < -120'000) return std::nullopt;
  auto date = date_of(time_ms);
  std::int64_t rest_ms = time_ms - day_start_ms(date);
  auto moved = date + std::chrono::months(static_cast<int>(count * months));
  if (!moved.ok()) moved = moved.year() / moved.month() / std::chrono::last;
  return day_start_ms(moved) + rest_ms;
}

std::optional<std::int64_t> truncate_time(std::string_view unit, std::int64_t time_ms) {
  auto date = date_of(time_ms);
  using std::chrono::January;
  if (unit == "year") return day_start_ms(date.year() / January / 1);
  if (unit == "month") return day_start_ms(date.year() / date.month() / 1);
  if (unit == "quarter") {
    unsigned month = (static_cast<unsigned>(date.month()) - 1) / 3 * 3 + 1;
    return day_start_ms(date.year() / std::chrono::month(month) / 1);
  }
  // Weeks begin on Monday; day 0 was a Thursday.
  if (unit == "week") return floor_to(time_ms - 4 * 86'400'000LL, 604'800'000LL) + 4 * 86'400'000LL;
  auto length_ms = unit_ms(unit);
  if (!length_ms) return std::nullopt;
  return floor_to(time_ms, *length_ms);
}

std::optional<std::int64_t> time_difference(std::string_view unit, std::int64_t from_ms, std::int64_t to_ms) {
  if (auto length_ms = unit_ms(unit)) return (to_ms - from_ms) / *length_ms;
  std::int64_t months = months_of(unit);
  if (months == 0) return std::nullopt;
  auto from = date_of(from_ms), to = date_of(to_ms);
  std::int64_t count =
      (static_cast<int>(to.year()) - static_cast<int>(from.year())) * 12 +
      (static_cast<int>(static_cast<unsigned>(to.month())) - static_cast<int>(static_cast<unsigned>(from.month())));
  if (count > 0 && to.day() < from.day()) --count;
  if (count < 0 && to.day() > from.day()) ++count;
  return count / months;
}

std::string format_sql_time(std::int64_t time_ms, std::string_view format) {
  std::string text = sql_time(time_ms), out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out += format[i];
      continue;
    }
    switch (format[++i]) {
      case 'Y': out += text.substr(0, 4); break;
      case 'y': out += text.substr(2, 2); break;
      case 'm': out += text.substr(5, 2); break;
      case 'd': out += text.substr(8, 2); break;
      case 'H': out += text.substr(11, 2); break;
      case 'i': out += text.substr(14, 2); break;
      case 's':
      case 'S': out += text.substr(17, 2); break;
      case 'f': out += text.substr(20, 3) + "000"; break;
      case 'T': out += text.substr(11, 8); break;
      default: out += format[i];
    }
  }
  return out;
}

}  // namespace cloudtrail
