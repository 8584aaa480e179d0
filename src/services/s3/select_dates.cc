#include <fmt/format.h>

#include <array>

#include "services/s3/select_evaluate.h"

namespace s3::select {

namespace {

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::int64_t kYearMax = 9'999;

std::unexpected<base::Error> wrong_date_argument() {
  return base::fail("IncorrectSqlFunctionArgumentType",
                    "Incorrect type of arguments in the function call in the SQL expression.");
}

Result<Datum> date_add(std::string_view part, std::int64_t quantity, Timestamp time) {
  using Precision = Timestamp::Precision;
  auto at_least = [&](Precision precision) { time.precision = std::max(time.precision, precision); };
  auto out_of_range = [] {
    return base::fail("EvaluatorInvalidArguments", "The result of DATE_ADD is not a valid time stamp.");
  };
  if (quantity > 100'000'000'000 || quantity < -100'000'000'000) return out_of_range();
  Parts parts = parts_of(time);
  if (part == "YEAR" || part == "MONTH") {
    if (part == "MONTH") at_least(Precision::kMonth);
    const std::int64_t months = parts.year * 12 + parts.month - 1 + quantity * (part == "YEAR" ? 12 : 1);
    if (months < 12 || months >= (kYearMax + 1) * 12) return out_of_range();
    parts.year = months / 12;
    parts.month = months % 12 + 1;
    time.time_ms = time_of(parts, time.offset_minutes);
    return Datum::of(time);
  }
  std::int64_t unit_ms = 86'400'000;
  if (part == "DAY") at_least(Precision::kDay);
  if (part == "HOUR") unit_ms = 3'600'000;
  if (part == "MINUTE") unit_ms = 60'000;
  if (part == "SECOND") unit_ms = 1'000;
  if (part == "HOUR" || part == "MINUTE") at_least(Precision::kMinute);
  if (part == "SECOND") at_least(Precision::kSecond);
  time.time_ms += quantity * unit_ms;
  const std::int64_t year = parts_of(time).year;
  if (year < 1 || year > kYearMax) return out_of_range();
  return Datum::of(time);
}

// Whole units that have passed.
std::int64_t date_difference(std::string_view part, const Timestamp& from, const Timestamp& to) {
  const std::int64_t passed_ms = to.time_ms - from.time_ms;
  if (part == "DAY") return passed_ms / 86'400'000;
  if (part == "HOUR") return passed_ms / 3'600'000;
  if (part == "MINUTE") return passed_ms / 60'000;
  if (part == "SECOND") return passed_ms / 1'000;
  if (passed_ms < 0) return -date_difference(part, to, from);
  const Parts first = parts_of({.time_ms = from.time_ms});
  const Parts last = parts_of({.time_ms = to.time_ms});
  std::int64_t months = (last.year - first.year) * 12 + last.month - first.month;
  Parts reached = first;
  reached.year = (first.year * 12 + first.month - 1 + months) / 12;
  reached.month = (first.month - 1 + months) % 12 + 1;
  if (time_of(reached, 0) > to.time_ms) --months;
  return part == "YEAR" ? months / 12 : months;
}

std::int64_t extract_part(std::string_view part, const Timestamp& time) {
  const Parts parts = parts_of(time);
  if (part == "YEAR") return parts.year;
  if (part == "MONTH") return parts.month;
  if (part == "DAY") return parts.day;
  if (part == "HOUR") return parts.hour;
  if (part == "MINUTE") return parts.minute;
  if (part == "SECOND") return parts.second;
  return part == "TIMEZONE_HOUR" ? time.offset_minutes / 60 : time.offset_minutes % 60;
}

std::string offset_text(std::int64_t offset_minutes, std::string_view run) {
  if (offset_minutes == 0 && run.front() == 'X') return "Z";
  const std::int64_t minutes = std::abs(offset_minutes);
  std::string text = fmt::format("{}{:02}", offset_minutes < 0 ? '-' : '+', minutes / 60);
  if (run.size() == 1) return text;
  return text + fmt::format("{}{:02}", run.size() == 3 || run.size() == 5 ? ":" : "", minutes % 60);
}

// What a run of the same letter of a pattern stands for; nothing for what is no pattern.
std::optional<std::string> format_run(const Timestamp& time, const Parts& parts, std::string_view run) {
  auto padded = [&](std::int64_t number) -> std::optional<std::string> {
    if (run.size() > 2) return std::nullopt;
    return fmt::format("{:0{}}", number, run.size());
  };
  const std::int64_t hour12 = parts.hour % 12 == 0 ? 12 : parts.hour % 12;
  switch (run.front()) {
    case 'y':
      if (run.size() == 1) return fmt::format("{}", parts.year);
      if (run.size() == 2) return fmt::format("{:02}", parts.year % 100);
      return run.size() == 4 ? std::optional(fmt::format("{:04}", parts.year)) : std::nullopt;
    case 'M': {
      const std::string_view name = kMonths[static_cast<std::size_t>(parts.month - 1)];
      if (run.size() <= 2) return padded(parts.month);
      if (run.size() == 3) return std::string(name.substr(0, 3));
      if (run.size() == 4) return std::string(name);
      return run.size() == 5 ? std::optional(std::string(name.substr(0, 1))) : std::nullopt;
    }
    case 'd': return padded(parts.day);
    case 'a': return run.size() == 1 ? std::optional<std::string>(parts.hour < 12 ? "AM" : "PM") : std::nullopt;
    case 'h': return padded(hour12);
    case 'H': return padded(parts.hour);
    case 'm': return padded(parts.minute);
    case 's': return padded(parts.second);
    case 'S': {
      if (run.size() > 9) return std::nullopt;
      std::string digits = fmt::format("{:03}000000", parts.millisecond);
      return digits.substr(0, run.size());
    }
    case 'n': return run.size() == 1 ? std::optional(fmt::format("{}", parts.millisecond * 1'000'000)) : std::nullopt;
    case 'X':
    case 'x': return run.size() <= 5 ? std::optional(offset_text(time.offset_minutes, run)) : std::nullopt;
    default: return std::nullopt;
  }
}

}  // namespace

Result<Datum> call_date_function(const Expression& node, const std::vector<Datum>& arguments) {
  for (const Datum& argument : arguments) {
    if (argument.is_unknown()) return Datum::null();
  }
  if (arguments.back().kind != Datum::Kind::kTime) return wrong_date_argument();
  if (node.name == "EXTRACT") return Datum::of(Number::whole(extract_part(node.detail, arguments[0].time)));
  if (node.name == "DATE_ADD") {
    auto quantity = arguments[0].kind == Datum::Kind::kNumber ? arguments[0].number.truncated() : std::nullopt;
    if (!quantity) return wrong_date_argument();
    return date_add(node.detail, *quantity, arguments[1].time);
  }
  if (arguments[0].kind != Datum::Kind::kTime) return wrong_date_argument();
  return Datum::of(Number::whole(date_difference(node.detail, arguments[0].time, arguments[1].time)));
}

Result<std::string> format_timestamp(const Timestamp& time, std::string_view pattern) {
  const Parts parts = parts_of(time);
  std::string text;
  for (std::size_t at = 0; at < pattern.size();) {
    const char letter = pattern[at];
    if (letter == '\'') {
      const std::size_t end = pattern.find('\'', at + 1);
      if (end == std::string_view::npos)
        return base::fail("EvaluatorUnterminatedTimestampFormatPatternToken",
                          "Time stamp format pattern contains unterminated token in the SQL expression.");
      text += end == at + 1 ? "'" : pattern.substr(at + 1, end - at - 1);
      at = end + 1;
      continue;
    }
    const bool is_symbol = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    if (!is_symbol || letter == 'T') {
      text.push_back(letter);
      ++at;
      continue;
    }
    const std::size_t end = std::min(pattern.find_first_not_of(letter, at), pattern.size());
    auto formatted = format_run(time, parts, pattern.substr(at, end - at));
    if (!formatted)
      return base::fail("EvaluatorInvalidTimestampFormatPatternSymbol",
                        "Time stamp format pattern contains an invalid symbol in the SQL expression.");
    text += *formatted;
    at = end;
  }
  return text;
}

}  // namespace s3::select
