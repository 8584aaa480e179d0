#include "services/s3/select_datum.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/strings.h"

namespace s3::select {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = 86'400'000;

std::int64_t days_of_month(std::int64_t year, std::int64_t month) {
  constexpr std::array<std::int64_t, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && is_leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// Days since 1970-01-01 of a date of the Gregorian calendar, and back.
std::int64_t days_from_date(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

void date_from_days(std::int64_t days, Parts& parts) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  parts.day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  parts.month = shifted_month + (shifted_month < 10 ? 3 : -9);
  parts.year = year_of_era + era * 400 + (parts.month <= 2 ? 1 : 0);
}

// Takes the parts of a timestamp's text off, one after the other.
class TimestampReader {
 public:
  explicit TimestampReader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool skip(char letter) {
    if (rest_.empty() || rest_.front() != letter) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::int64_t> digits(std::size_t count, std::int64_t least, std::int64_t most) {
    if (rest_.size() < count) return std::nullopt;
    auto number = base::parse_number(rest_.substr(0, count));
    if (!number || rest_.front() == '-' || *number < least || *number > most) return std::nullopt;
    rest_.remove_prefix(count);
    return number;
  }
  std::optional<std::int64_t> fraction_ms() {
    std::size_t count = 0;
    std::int64_t milliseconds = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      if (count < 3) milliseconds = milliseconds * 10 + (rest_[count] - '0');
    }
    if (count == 0) return std::nullopt;
    rest_.remove_prefix(count);
    for (std::size_t place = count; place < 3; ++place) milliseconds *= 10;
    return milliseconds;
  }
  std::optional<std::int64_t> offset_minutes() {
    if (skip('Z') || skip('z')) return 0;
    const bool is_west = skip('-');
    if (!is_west && !skip('+')) return std::nullopt;
    auto hours = digits(2, 0, 23);
    if (!hours) return std::nullopt;
    skip(':');
    auto minutes = digits(2, 0, 59);
    if (!minutes) return std::nullopt;
    const std::int64_t offset = *hours * 60 + *minutes;
    return is_west ? -offset : offset;
  }

 private:
  std::string_view rest_;
};

std::optional<Timestamp> read_time(TimestampReader& reader, Parts parts) {
  using Precision = Timestamp::Precision;
  Timestamp time{.precision = Precision::kMinute};
  auto hour = reader.digits(2, 0, 23);
  if (!hour || !reader.skip(':')) return std::nullopt;
  auto minute = reader.digits(2, 0, 59);
  if (!minute) return std::nullopt;
  parts.hour = *hour;
  parts.minute = *minute;
  if (reader.skip(':')) {
    auto second = reader.digits(2, 0, 59);
    if (!second) return std::nullopt;
    parts.second = *second;
    time.precision = Precision::kSecond;
    if (reader.skip('.')) {
      auto fraction = reader.fraction_ms();
      if (!fraction) return std::nullopt;
      parts.millisecond = *fraction;
      time.precision = Precision::kFraction;
    }
  }
  auto offset = reader.offset_minutes();
  if (!offset || !reader.at_end()) return std::nullopt;
  time.offset_minutes = *offset;
  time.time_ms = time_of(parts, *offset);
  return time;
}

}  // namespace

std::optional<Timestamp> Timestamp::parse(std::string_view text) {
  TimestampReader reader(text);
  Parts parts{.month = 1, .day = 1};
  auto year = reader.digits(4, 1, 9'999);
  if (!year) return std::nullopt;
  parts.year = *year;
  auto whole = [&](Precision precision) { return Timestamp{.time_ms = time_of(parts, 0), .precision = precision}; };
  if (reader.skip('T')) return reader.at_end() ? std::optional(whole(Precision::kYear)) : std::nullopt;
  if (!reader.skip('-')) return std::nullopt;
  auto month = reader.digits(2, 1, 12);
  if (!month) return std::nullopt;
  parts.month = *month;
  if (reader.skip('T')) return reader.at_end() ? std::optional(whole(Precision::kMonth)) : std::nullopt;
  if (!reader.skip('-')) return std::nullopt;
  auto day = reader.digits(2, 1, days_of_month(*year, *month));
  if (!day) return std::nullopt;
  parts.day = *day;
  if (reader.at_end()) return whole(Precision::kDay);
  if (!reader.skip('T') && !reader.skip('t')) return std::nullopt;
  if (reader.at_end()) return whole(Precision::kDay);
  return read_time(reader, parts);
}

std::string Timestamp::text() const {
  const Parts parts = parts_of(*this);
  if (precision == Precision::kYear) return fmt::format("{:04}T", parts.year);
  if (precision == Precision::kMonth) return fmt::format("{:04}-{:02}T", parts.year, parts.month);
  std::string text = fmt::format("{:04}-{:02}-{:02}", parts.year, parts.month, parts.day);
  if (precision == Precision::kDay) return text;
  text += fmt::format("T{:02}:{:02}", parts.hour, parts.minute);
  if (precision >= Precision::kSecond) text += fmt::format(":{:02}", parts.second);
  if (precision == Precision::kFraction) text += fmt::format(".{:03}", parts.millisecond);
  if (offset_minutes == 0) return text + "Z";
  const std::int64_t minutes = std::abs(offset_minutes);
  return text + fmt::format("{}{:02}:{:02}", offset_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

Parts parts_of(const Timestamp& time) {
  const std::int64_t local_ms = time.time_ms + time.offset_minutes * kMinuteMs;
  std::int64_t days = local_ms / kDayMs;
  std::int64_t rest = local_ms % kDayMs;
  if (rest < 0) {
    rest += kDayMs;
    --days;
  }
  Parts parts{.hour = rest / 3'600'000,
              .minute = rest / kMinuteMs % 60,
              .second = rest / 1'000 % 60,
              .millisecond = rest % 1'000};
  date_from_days(days, parts);
  return parts;
}

std::int64_t time_of(Parts parts, std::int64_t offset_minutes) {
  parts.day = std::min(parts.day, days_of_month(parts.year, parts.month));
  return days_from_date(parts.year, parts.month, parts.day) * kDayMs + parts.hour * 3'600'000 +
         parts.minute * kMinuteMs + parts.second * 1'000 + parts.millisecond - offset_minutes * kMinuteMs;
}

Datum Datum::of_json(const base::Value& value) {
  if (value.is_null()) return null();
  if (value.is_flag()) return of(value.flag());
  if (value.is_whole()) return of(Number::whole(value.num()));
  if (value.is_float()) return of(Number::floating(value.real()).as_decimal());
  if (value.is_text()) return of(value.str());
  return {.kind = Kind::kNode, .node = value};
}

std::string Datum::shown() const {
  switch (kind) {
    case Kind::kMissing:
    case Kind::kNull: return "";
    case Kind::kFlag: return flag ? "true" : "false";
    case Kind::kNumber: return number.text();
    case Kind::kText: return text;
    case Kind::kTime: return time.text();
    case Kind::kNode: return base::to_json(node);
  }
  return "";
}

base::Value Datum::json() const {
  switch (kind) {
    case Kind::kMissing:
    case Kind::kNull: return nullptr;
    case Kind::kFlag: return flag;
    case Kind::kNumber:
      if (number.is_whole()) {
        if (auto whole = number.truncated()) return *whole;
      }
      return number.real();
    case Kind::kText: return text;
    case Kind::kTime: return time.text();
    case Kind::kNode: return node;
  }
  return nullptr;
}

std::optional<int> compare(const Datum& left, const Datum& right) {
  using Kind = Datum::Kind;
  if (left.kind == Kind::kText && right.kind == Kind::kNumber) {
    auto number = Number::parse(base::trim(left.text));
    return number ? std::optional(compare(*number, right.number)) : std::nullopt;
  }
  if (left.kind == Kind::kNumber && right.kind == Kind::kText) {
    auto number = Number::parse(base::trim(right.text));
    return number ? std::optional(compare(left.number, *number)) : std::nullopt;
  }
  if (left.kind != right.kind) return std::nullopt;
  switch (left.kind) {
    case Kind::kMissing:
    case Kind::kNull: return std::nullopt;
    case Kind::kFlag: return int{left.flag} - int{right.flag};
    case Kind::kNumber: return compare(left.number, right.number);
    case Kind::kText: return left.text.compare(right.text);
    case Kind::kTime:
      return left.time.time_ms < right.time.time_ms ? -1 : (left.time.time_ms > right.time.time_ms ? 1 : 0);
    case Kind::kNode: return left.node == right.node ? std::optional(0) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace s3::select
