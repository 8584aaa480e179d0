#include "aws/log_query_functions.h"

#include <chrono>
#include <cmath>

#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace aws::log_query {
namespace {

constexpr double kDayMs = 86'400'000;

// Months since 1970, and back.
std::int64_t month_of(double time_ms) {
  std::chrono::sys_days day{std::chrono::days(static_cast<std::int64_t>(std::floor(time_ms / kDayMs)))};
  std::chrono::year_month_day date(day);
  return (static_cast<int>(date.year()) - 1970) * std::int64_t{12} + static_cast<unsigned>(date.month()) - 1;
}
double time_of_month(std::int64_t month) {
  std::int64_t year = month >= 0 ? month / 12 : -((11 - month) / 12);
  std::chrono::year_month_day date(std::chrono::year(static_cast<int>(1970 + year)),
                                   std::chrono::month(static_cast<unsigned>(month - year * 12 + 1)),
                                   std::chrono::day(1));
  return static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count()) * kDayMs;
}

std::int64_t months_in(const Period& period) {
  switch (period.unit) {
    case Period::Unit::kMonth: return period.count;
    case Period::Unit::kQuarter: return 3 * period.count;
    case Period::Unit::kYear: return 12 * period.count;
    default: return 0;
  }
}

double milliseconds_in(const Period& period) {
  static constexpr double kUnits[] = {1, 1000, 60'000, 3'600'000, kDayMs, 7 * kDayMs};
  return kUnits[static_cast<std::size_t>(period.unit)] * static_cast<double>(period.count);
}

// Weeks begin on Mondays; 1970 began on a Thursday.
double origin_of(const Period& period) { return period.unit == Period::Unit::kWeek ? 4 * kDayMs : 0; }

// A time, milliseconds, or a text that is a time.
std::optional<double> time_of(const Cell& cell, Arena& arena) {
  std::optional<double> time = number_of(cell);
  if (!time && cell.kind == Cell::Kind::kText)
    if (auto parsed = base::parse_iso8601(text_of(cell, arena))) time = static_cast<double>(*parsed);
  // What lies outside of the years that calendars have is no time.
  if (!time || std::abs(*time) > 2.5e14) return std::nullopt;
  return time;
}

template <double (*Round)(double, const Period&)>
Cell rounded_time(const FunctionCall& call, std::span<const Cell> arguments) {
  auto time = time_of(arguments[0], call.arena);
  // The parser has read the period into the call.
  Period period{static_cast<std::int64_t>(call.expression.constant.number), Period::Unit(call.expression.sign)};
  return time ? Cell::of_time(Round(*time, period)) : Cell{};
}

Cell from_millis(const FunctionCall& call, std::span<const Cell> arguments) {
  auto time = time_of(arguments[0], call.arena);
  return time ? Cell::of_time(*time) : Cell{};
}
Cell to_millis(const FunctionCall& call, std::span<const Cell> arguments) {
  auto time = time_of(arguments[0], call.arena);
  return time ? Cell::of_number(*time) : Cell{};
}
// "Returns the time that the query processing was started, in epoch seconds."
Cell now(const FunctionCall& call, std::span<const Cell>) {
  return Cell::of_number(std::floor(static_cast<double>(call.now_ms) / 1000));
}

Cell is_present(const FunctionCall&, std::span<const Cell> arguments) {
  return Cell::of_flag(!arguments[0].is_nothing());
}
Cell coalesce(const FunctionCall&, std::span<const Cell> arguments) {
  for (const Cell& argument : arguments)
    if (!argument.is_nothing()) return argument;
  return {};
}
Cell choose(const FunctionCall&, std::span<const Cell> arguments) {
  if (is_true(arguments[0])) return arguments[1];
  return arguments.size() > 2 ? arguments[2] : Cell{};
}

Cell json_parse(const FunctionCall& call, std::span<const Cell> arguments) {
  if (arguments[0].kind == Cell::Kind::kStructure) return arguments[0];
  auto parsed = base::parse_json(text_of(arguments[0], call.arena));
  return parsed ? cell_of(*parsed, call.arena) : Cell{};
}
Cell json_stringify(const FunctionCall& call, std::span<const Cell> arguments) {
  const Cell& given = arguments[0];
  if (given.is_nothing()) return {};
  if (given.kind == Cell::Kind::kNumber) return Cell::of_text(text_of(given, call.arena));
  base::Value value = given.kind == Cell::Kind::kStructure ? *given.structure : base::Value(text_of(given, call.arena));
  return Cell::of_text(call.arena.keep(base::to_json(value)));
}

constexpr Function kOtherFunctions[] = {
    {"coalesce", 1, kArgumentsMax, coalesce},
    {"dateceil", 1, 1, rounded_time<ceil_time>},
    {"datefloor", 1, 1, rounded_time<floor_time>},
    {"fromMillis", 1, 1, from_millis},
    {"if", 2, 3, choose},
    {"ispresent", 1, 1, is_present},
    {"jsonParse", 1, 1, json_parse},
    {"jsonStringify", 1, 1, json_stringify},
    {"now", 0, 0, now},
    {"toMillis", 1, 1, to_millis},
};

}  // namespace

std::span<const Function> other_functions() { return kOtherFunctions; }

const Function* find_function(std::string_view name) {
  for (auto functions : {number_functions(), string_functions(), address_functions(), other_functions()})
    for (const Function& function : functions)
      if (base::equal_ignoring_case(function.name, name)) return &function;
  return nullptr;
}

std::optional<Period> parse_period(std::string_view text) {
  std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  auto count = base::parse_number(text.substr(0, digits));
  if (!count || *count < 1 || *count > 1'000'000) return std::nullopt;
  struct Name {
    std::string_view names;
    Period::Unit unit;
  };
  static constexpr Name kNames[] = {
      {" ms msec milliseconds millisecond ", Period::Unit::kMillisecond},
      {" s sec second seconds ", Period::Unit::kSecond},
      {" m min minute minutes ", Period::Unit::kMinute},
      {" h hr hour hours ", Period::Unit::kHour},
      {" d day days ", Period::Unit::kDay},
      {" w week weeks ", Period::Unit::kWeek},
      {" mo mon month months ", Period::Unit::kMonth},
      {" q qtr quarter quarters ", Period::Unit::kQuarter},
      {" y yr year years ", Period::Unit::kYear},
  };
  char word[14] = " ";
  std::string_view unit = text.substr(digits);
  if (unit.empty() || unit.size() > 12) return std::nullopt;
  unit.copy(word + 1, unit.size());
  word[unit.size() + 1] = ' ';
  for (const Name& name : kNames)
    if (name.names.find(std::string_view(word, unit.size() + 2)) != std::string_view::npos)
      // Calendars end somewhere.
      return name.unit >= Period::Unit::kWeek && *count > 1'200 ? std::nullopt
                                                                : std::optional(Period{*count, name.unit});
  return std::nullopt;
}

double floor_time(double time_ms, const Period& period) {
  if (std::int64_t months = months_in(period)) {
    std::int64_t month = month_of(time_ms);
    std::int64_t rest = month % months;
    return time_of_month(month - (rest < 0 ? rest + months : rest));
  }
  double length = milliseconds_in(period), origin = origin_of(period);
  return std::floor((time_ms - origin) / length) * length + origin;
}

double ceil_time(double time_ms, const Period& period) {
  double floor = floor_time(time_ms, period);
  if (floor == time_ms) return floor;
  if (std::int64_t months = months_in(period)) return time_of_month(month_of(floor) + months);
  return floor + milliseconds_in(period);
}

}  // namespace aws::log_query
