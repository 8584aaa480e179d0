#include "aws/schedule.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "kernel/clock.h"

namespace aws {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;

constexpr std::string_view kMonths[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                        "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::string_view kDaysOfWeek[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

std::unexpected<base::Error> invalid(std::string_view what) {
  return base::fail("InvalidSchedule", fmt::format("The schedule expression is not valid: {}.", what));
}

// What stands in the brackets of "rate(…)" or "cron(…)".
std::optional<std::string_view> inside(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || !text.ends_with(')')) return std::nullopt;
  text.remove_prefix(name.size());
  if (!text.starts_with('(')) return std::nullopt;
  return text.substr(1, text.size() - 2);
}

// A field's numbers: what they may be, and the names that stand for them.
struct Field {
  std::string_view what;
  int first, last;
  const std::string_view* names = nullptr;  // for `first` and what follows it
};

std::optional<int> read_number(std::string_view text, const Field& field) {
  if (field.names)
    for (int i = 0; i <= field.last - field.first; ++i)
      if (base::equal_ignoring_case(text, field.names[i])) return field.first + i;
  auto number = base::parse_number<int>(text);
  if (!number || *number < field.first || *number > field.last) return std::nullopt;
  return number;
}

// "*", "5", "1-5", "*/15", "3/7" or "8-18/2".
template <std::size_t N>
base::Result<void> read_part(std::string_view part, const Field& field, int offset, std::bitset<N>& set) {
  int step = 1;
  std::string_view range = part;
  if (auto slash = part.find('/'); slash != std::string_view::npos) {
    auto number = base::parse_number<int>(part.substr(slash + 1));
    if (!number || *number < 1) return invalid(field.what);
    step = *number;
    range = part.substr(0, slash);
  }
  int from = field.first, to = field.last;
  if (range != "*") {
    auto dash = range.find('-');
    auto first = read_number(range.substr(0, dash), field);
    auto last = dash == std::string_view::npos ? first : read_number(range.substr(dash + 1), field);
    if (!first || !last || *first > *last) return invalid(field.what);
    from = *first;
    to = dash == std::string_view::npos && range.size() != part.size() ? field.last : *last;
  }
  for (int i = from; i <= to; i += step) set.set(static_cast<std::size_t>(i - offset));
  return {};
}

template <std::size_t N>
base::Result<void> read_field(std::string_view text, const Field& field, std::bitset<N>& set, int offset = 0) {
  for (std::string_view part : base::split(text, ',')) TRY_VOID(read_part(part, field, offset, set));
  return {};
}

std::chrono::sys_days day_at(int year, int month, int day) {
  return std::chrono::sys_days{std::chrono::year{year} / month / day};
}

int days_in(int year, int month) {
  std::chrono::year_month_day_last last = std::chrono::year{year} / month / std::chrono::last;
  return static_cast<int>(static_cast<unsigned>(last.day()));
}

// From 1, Sunday.
int day_of_week(int year, int month, int day) {
  return static_cast<int>(std::chrono::weekday{day_at(year, month, day)}.c_encoding()) + 1;
}

// The weekday nearest to a day, in the same month.
int nearest_weekday(int year, int month, int day) {
  day = std::min(day, days_in(year, month));
  const int week_day = day_of_week(year, month, day);
  if (week_day == 7) return day > 1 ? day - 1 : day + 2;
  if (week_day == 1) return day < days_in(year, month) ? day + 1 : day - 2;
  return day;
}

}  // namespace

base::Result<Rate> parse_rate(std::string_view text) {
  auto content = inside(text, "rate");
  if (!content) return invalid("rate");
  auto words = base::split(*content, ' ');
  auto number = words.size() == 2 ? base::parse_number(words[0]) : std::nullopt;
  if (!number || *number < 1 || *number > 1'000'000) return invalid("rate");
  for (auto [unit, unit_ms] :
       {std::pair<std::string_view, std::int64_t>{"minute", kMinuteMs}, {"hour", kHourMs}, {"day", kDayMs}})
    if (words[1] == unit || (words[1].ends_with('s') && words[1].substr(0, words[1].size() - 1) == unit))
      return Rate{*number, unit_ms};
  return invalid("unit");
}

base::Result<void> Cron::read_days_of_month(std::string_view text) {
  if (text == "?") {
    any_day_of_month_ = true;
    return {};
  }
  if (text == "L") {
    last_day_of_month_ = true;
    return {};
  }
  const Field field{"day of month", 1, 31};
  if (text.ends_with('W')) {
    auto day = read_number(text.substr(0, text.size() - 1), field);
    if (!day) return invalid(field.what);
    weekday_near_ = *day;
    return {};
  }
  return read_field(text, field, days_of_month_);
}

base::Result<void> Cron::read_days_of_week(std::string_view text) {
  if (text == "?") {
    any_day_of_week_ = true;
    return {};
  }
  const Field field{"day of week", 1, 7, kDaysOfWeek};
  if (text == "L") {
    days_of_week_.set(7);
    return {};
  }
  if (text.ends_with('L')) {
    last_of_week_ = read_number(text.substr(0, text.size() - 1), field);
    if (!last_of_week_) return invalid(field.what);
    return {};
  }
  if (auto hash = text.find('#'); hash != std::string_view::npos) {
    auto day = read_number(text.substr(0, hash), field);
    auto nth = read_number(text.substr(hash + 1), {"day of week", 1, 5});
    if (!day || !nth) return invalid(field.what);
    nth_of_week_ = {*day, *nth};
    return {};
  }
  return read_field(text, field, days_of_week_);
}

base::Result<Cron> Cron::parse(std::string_view text) {
  auto content = inside(text, "cron");
  if (!content) return invalid("cron");
  std::vector<std::string_view> fields = base::split(*content, ' ');
  std::erase(fields, "");
  if (fields.size() != 6) return invalid("cron has six fields");

  Cron cron;
  TRY_VOID(read_field(fields[0], {"minutes", 0, 59}, cron.minutes_));
  TRY_VOID(read_field(fields[1], {"hours", 0, 23}, cron.hours_));
  TRY_VOID(cron.read_days_of_month(fields[2]));
  TRY_VOID(read_field(fields[3], {"month", 1, 12, kMonths}, cron.months_));
  TRY_VOID(cron.read_days_of_week(fields[4]));
  TRY_VOID(read_field(fields[5], {"year", kYearFirst, kYearLast}, cron.years_, kYearFirst));
  // "You can't use * in both the Day-of-month and Day-of-week fields. If you use it in one, you must use ? in the
  // other."
  if (cron.any_day_of_month_ == cron.any_day_of_week_) return invalid("one of the days must be ?");
  return cron;
}

bool Cron::names_day_of_month(int year, int month, int day) const {
  if (last_day_of_month_) return day == days_in(year, month);
  if (weekday_near_ != 0) return day == nearest_weekday(year, month, weekday_near_);
  return days_of_month_.test(static_cast<std::size_t>(day));
}

bool Cron::names_day(int year, int month, int day) const {
  if (!any_day_of_month_) return names_day_of_month(year, month, day);
  const int week_day = day_of_week(year, month, day);
  if (last_of_week_) return week_day == *last_of_week_ && day + 7 > days_in(year, month);
  if (nth_of_week_) return week_day == (*nth_of_week_)[0] && (day - 1) / 7 + 1 == (*nth_of_week_)[1];
  return days_of_week_.test(static_cast<std::size_t>(week_day));
}

std::optional<std::int64_t> Cron::next_after(std::int64_t time_ms) const {
  const std::int64_t from_ms = (time_ms / kMinuteMs + 1) * kMinuteMs;
  std::int64_t day_ms = from_ms / kDayMs * kDayMs;
  while (true) {
    const std::chrono::sys_days days{std::chrono::days{day_ms / kDayMs}};
    const std::chrono::year_month_day date{days};
    const int year = static_cast<int>(date.year());
    const int month = static_cast<int>(static_cast<unsigned>(date.month()));
    const int day = static_cast<int>(static_cast<unsigned>(date.day()));
    if (year > kYearLast) return std::nullopt;
    const bool is_named = year >= kYearFirst && years_.test(static_cast<std::size_t>(year - kYearFirst)) &&
                          months_.test(static_cast<std::size_t>(month)) && names_day(year, month, day);
    for (std::size_t hour = 0; is_named && hour < 24; ++hour)
      for (std::size_t minute = 0; hours_.test(hour) && minute < 60; ++minute) {
        const std::int64_t moment_ms =
            day_ms + static_cast<std::int64_t>(hour) * kHourMs + static_cast<std::int64_t>(minute) * kMinuteMs;
        if (minutes_.test(minute) && moment_ms >= from_ms) return moment_ms;
      }
    day_ms += kDayMs;
  }
}

}  // namespace aws
