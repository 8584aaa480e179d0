#include "http/date.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <vector>

#include "base/strings.h"

namespace http {

namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<unsigned> month_number(std::string_view name) {
  for (unsigned index = 0; index < kMonths.size(); ++index) {
    if (kMonths[index] == name) return index + 1;
  }
  return std::nullopt;
}

// "08:49:37" as seconds of the day.
std::optional<int> parse_clock(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  auto hours = base::parse_number<unsigned>(text.substr(0, 2));
  auto minutes = base::parse_number<unsigned>(text.substr(3, 2));
  auto seconds = base::parse_number<unsigned>(text.substr(6, 2));
  if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
  return static_cast<int>(*hours * 3600 + *minutes * 60 + *seconds);
}

std::optional<std::time_t> to_time(std::string_view year, std::string_view month, std::string_view day,
                                   std::string_view clock) {
  auto year_number = base::parse_number<unsigned>(year);
  auto month_index = month_number(month);
  auto day_number = base::parse_number<unsigned>(day);
  auto second = parse_clock(clock);
  if (!year_number || !month_index || !day_number || !second) return std::nullopt;
  unsigned full_year = *year_number;
  if (year.size() == 2)
    full_year += full_year < 70 ? 2000 : 1900;
  else if (year.size() != 4)
    return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(static_cast<int>(full_year)), std::chrono::month(*month_index),
                                   std::chrono::day(*day_number)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * std::time_t{86'400} + *second;
}

}  // namespace

std::string format_date(std::time_t second) {
  auto point = std::chrono::sys_seconds(std::chrono::seconds(second));
  auto day = std::chrono::floor<std::chrono::days>(point);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(point - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::optional<std::time_t> parse_date(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::string_view word : base::split(base::trim(text), ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  if (words.size() == 6 && words[5] == "GMT") return to_time(words[3], words[2], words[1], words[4]);
  if (words.size() == 5) return to_time(words[4], words[1], words[2], words[3]);
  if (words.size() == 4 && words[3] == "GMT") {
    std::vector<std::string_view> date = base::split(words[1], '-');
    if (date.size() == 3) return to_time(date[2], date[1], date[0], words[2]);
  }
  return std::nullopt;
}

}  // namespace http
