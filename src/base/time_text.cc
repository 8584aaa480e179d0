#include "base/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "base/strings.h"

namespace base {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kFirstMs = -62'167'219'200'000;  // 0000-01-01T00:00:00Z
constexpr std::int64_t kLastMs = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
  int year = 1970;
  unsigned month = 1, day = 1;
  int hour = 0, minute = 0, second = 0, millisecond = 0;
  unsigned weekday = 4;    // 0 is Sunday
  int offset_minutes = 0;  // east of UTC
};

Civil to_civil(std::int64_t time_ms) {
  time_ms = std::clamp(time_ms, kFirstMs, kLastMs);
  std::int64_t day = time_ms >= 0 ? time_ms / kDayMs : -((kDayMs - 1 - time_ms) / kDayMs);
  auto rest = static_cast<int>(time_ms - day * kDayMs);
  std::chrono::sys_days days{std::chrono::days{day}};
  std::chrono::year_month_day date{days};
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<unsigned>(date.month()),
          .day = static_cast<unsigned>(date.day()),
          .hour = rest / 3'600'000,
          .minute = rest / 60'000 % 60,
          .second = rest / 1000 % 60,
          .millisecond = rest % 1000,
          .weekday = std::chrono::weekday{days}.c_encoding()};
}

std::optional<std::int64_t> from_civil(const Civil& civil) {
  std::chrono::year_month_day date{std::chrono::year{civil.year}, std::chrono::month{civil.month},
                                   std::chrono::day{civil.day}};
  // The sixtieth second is a leap second; it counts as the first of the next minute.
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 60) return std::nullopt;
  std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return days * kDayMs + (civil.hour * 60 + civil.minute - civil.offset_minutes) * std::int64_t{60'000} +
         civil.second * 1000 + civil.millisecond;
}

// Takes pieces off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }
  bool starts_with_digit() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }

  bool skip(char letter) {
    if (text_.empty() || text_[0] != letter) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool skip_word(std::string_view word) {
    if (!equal_ignoring_case(text_.substr(0, word.size()), word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  // Exactly `count` digits.
  template <class Number>
  bool read(int count, Number& number) {
    Number result = 0;
    for (int i = 0; i < count; ++i) {
      if (!starts_with_digit()) return false;
      result = static_cast<Number>(result * 10 + static_cast<Number>(text_[0] - '0'));
      text_.remove_prefix(1);
    }
    number = result;
    return true;
  }

  // ".5", ".123456": any number of digits, of which three count.
  bool read_fraction(int& millisecond) {
    if (!skip('.') && !skip(',')) return true;
    if (!starts_with_digit()) return false;
    int digits = 0;
    for (millisecond = 0; starts_with_digit(); text_.remove_prefix(1))
      if (digits < 3) millisecond = millisecond * 10 + (text_[0] - '0'), ++digits;
    for (; digits < 3; ++digits) millisecond *= 10;
    return true;
  }

  // "+01:00", "-0130", "+01"
  bool read_offset(int& minutes) {
    int sign = skip('+') ? 1 : skip('-') ? -1 : 0;
    int hour = 0, minute = 0;
    if (!sign || !read(2, hour)) return false;
    skip(':');
    if (starts_with_digit() && !read(2, minute)) return false;
    minutes = sign * (hour * 60 + minute);
    return hour < 24 && minute < 60;
  }

 private:
  std::string_view text_;
};

}  // namespace

std::string format_iso8601(std::int64_t time_ms) {
  Civil civil = to_civil(time_ms);
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", civil.year, civil.month, civil.day, civil.hour,
                          civil.minute, civil.second);
  if (civil.millisecond) text += fmt::format(".{:03}", civil.millisecond);
  return text + 'Z';
}

std::optional<std::int64_t> parse_iso8601(std::string_view text) {
  Scanner scanner(text);
  Civil civil;
  if (!scanner.read(4, civil.year) || !scanner.skip('-') || !scanner.read(2, civil.month) || !scanner.skip('-') ||
      !scanner.read(2, civil.day))
    return std::nullopt;
  if (scanner.done()) return from_civil(civil);
  if (!scanner.skip_word("T") && !scanner.skip(' ')) return std::nullopt;
  if (!scanner.read(2, civil.hour) || !scanner.skip(':') || !scanner.read(2, civil.minute)) return std::nullopt;
  if (scanner.skip(':') && (!scanner.read(2, civil.second) || !scanner.read_fraction(civil.millisecond)))
    return std::nullopt;
  if (!scanner.done() && !scanner.skip_word("Z") && !scanner.read_offset(civil.offset_minutes)) return std::nullopt;
  if (!scanner.done()) return std::nullopt;
  return from_civil(civil);
}

std::string format_http_date(std::int64_t time_ms) {
  Civil civil = to_civil(time_ms);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kWeekdays[civil.weekday], civil.day,
                     kMonths[civil.month - 1], civil.year, civil.hour, civil.minute, civil.second);
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  Scanner scanner(text);
  Civil civil;
  for (std::string_view weekday : kWeekdays)
    if (scanner.skip_word(weekday)) {
      if (!scanner.skip(',') || !scanner.skip(' ')) return std::nullopt;
      break;
    }
  if (!scanner.read(1, civil.day)) return std::nullopt;
  if (unsigned digit; scanner.read(1, digit)) civil.day = civil.day * 10 + digit;
  if (!scanner.skip(' ')) return std::nullopt;
  auto month =
      std::find_if(kMonths.begin(), kMonths.end(), [&](std::string_view name) { return scanner.skip_word(name); });
  if (month == kMonths.end()) return std::nullopt;
  civil.month = static_cast<unsigned>(month - kMonths.begin()) + 1;
  if (!scanner.skip(' ') || !scanner.read(4, civil.year) || !scanner.skip(' ') || !scanner.read(2, civil.hour) ||
      !scanner.skip(':') || !scanner.read(2, civil.minute) || !scanner.skip(':') || !scanner.read(2, civil.second) ||
      !scanner.read_fraction(civil.millisecond) || !scanner.skip(' '))
    return std::nullopt;
  if (!scanner.skip_word("GMT") && !scanner.skip_word("UTC") && !scanner.skip_word("Z") &&
      !scanner.read_offset(civil.offset_minutes))
    return std::nullopt;
  if (!scanner.done()) return std::nullopt;
  return from_civil(civil);
}

std::string format_epoch_seconds(std::int64_t time_ms) {
  std::string text = time_ms < 0 ? "-" : "";
  std::uint64_t distance = time_ms < 0 ? 0 - static_cast<std::uint64_t>(time_ms) : static_cast<std::uint64_t>(time_ms);
  text += std::to_string(distance / 1000);
  if (distance % 1000) {
    text += fmt::format(".{:03}", distance % 1000);
    while (text.back() == '0') text.pop_back();
  }
  return text;
}

std::optional<std::int64_t> parse_epoch_seconds(std::string_view text) {
  auto seconds = parse_number<double>(text);
  return seconds ? seconds_to_ms(*seconds) : std::nullopt;
}

std::optional<std::int64_t> seconds_to_ms(double seconds) {
  constexpr double kSecondsMax = 9e15;  // beyond, the milliseconds leave 64 bits
  if (!(std::abs(seconds) <= kSecondsMax)) return std::nullopt;
  return std::llround(seconds * 1000);
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  if (auto time_ms = parse_iso8601(text)) return time_ms;
  if (auto time_ms = parse_epoch_seconds(text)) return time_ms;
  return parse_http_date(text);
}

std::string format_basic_time(std::int64_t time_ms) {
  Civil civil = to_civil(time_ms);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", civil.year, civil.month, civil.day, civil.hour, civil.minute,
                     civil.second);
}

std::optional<std::int64_t> parse_basic_time(std::string_view text) {
  Scanner scanner(text);
  Civil civil;
  if (!scanner.read(4, civil.year) || !scanner.read(2, civil.month) || !scanner.read(2, civil.day) ||
      !scanner.skip('T') || !scanner.read(2, civil.hour) || !scanner.read(2, civil.minute) ||
      !scanner.read(2, civil.second) || !scanner.skip('Z') || !scanner.done())
    return std::nullopt;
  return from_civil(civil);
}

std::string format_basic_date(std::int64_t time_ms) { return format_basic_time(time_ms).substr(0, 8); }

}  // namespace base
