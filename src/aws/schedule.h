#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

// Schedule expressions as services take them: rate(10 days), cron(0 16 1,15 * ? *). In UTC.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
namespace aws {

// rate(<number> minutes|hours|days): every so often, from wherever the service counts.
struct Rate {
  std::int64_t number = 0;
  std::int64_t unit_ms = 0;  // of a minute, an hour, a day

  std::int64_t period_ms() const { return number * unit_ms; }
};

// Errors: "InvalidSchedule" with a sentence of ours; services have words of their own.
base::Result<Rate> parse_rate(std::string_view text);

// cron(<minutes> <hours> <day of month> <month> <day of week> <year>): moments by the calendar.
class Cron {
 public:
  // Errors: as parse_rate.
  static base::Result<Cron> parse(std::string_view text);

  // The first moment after `time_ms` that it names; nothing when there is none before the year 2200.
  std::optional<std::int64_t> next_after(std::int64_t time_ms) const;

  const std::bitset<60>& minutes() const { return minutes_; }
  const std::bitset<24>& hours() const { return hours_; }
  bool is_every_year() const { return years_.all(); }

 private:
  static constexpr int kYearFirst = 1970;
  static constexpr int kYearLast = 2199;

  bool names_day(int year, int month, int day) const;
  bool names_day_of_month(int year, int month, int day) const;
  base::Result<void> read_days_of_month(std::string_view text);
  base::Result<void> read_days_of_week(std::string_view text);

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_of_month_;  // from 1
  std::bitset<13> months_;         // from 1
  std::bitset<8> days_of_week_;    // from 1, Sunday
  std::bitset<kYearLast - kYearFirst + 1> years_;
  bool any_day_of_month_ = false;  // "?": the day of the week says it
  bool any_day_of_week_ = false;
  bool last_day_of_month_ = false;                 // L
  int weekday_near_ = 0;                           // 15W: the weekday nearest to the 15th
  std::optional<int> last_of_week_;                // 6L: the last Friday
  std::optional<std::array<int, 2>> nth_of_week_;  // 6#3: the third Friday
};

}  // namespace aws
