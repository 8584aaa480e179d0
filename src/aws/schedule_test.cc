#include "aws/schedule.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace aws {
namespace {

std::string next(std::string_view expression, std::string_view after) {
  auto cron = Cron::parse(expression);
  if (!cron) return cron.error().code;
  auto moment = cron->next_after(*base::parse_iso8601(after));
  return moment ? base::format_iso8601(*moment) : "never";
}

TEST(Schedule, CronNamesMomentsByTheCalendar) {
  EXPECT_EQ(next("cron(0 16 1,15 * ? *)", "2026-01-01T16:00:00Z"), "2026-01-15T16:00:00Z");
  EXPECT_EQ(next("cron(0 /10 * * ? *)", "2026-01-01T00:00:00Z"), "InvalidSchedule");
  EXPECT_EQ(next("cron(0 8/8 * * ? *)", "2026-01-01T08:00:00Z"), "2026-01-01T16:00:00Z");
  EXPECT_EQ(next("cron(*/15 * * * ? *)", "2026-01-01T23:50:01Z"), "2026-01-02T00:00:00Z");
  EXPECT_EQ(next("cron(0 0 ? * MON-FRI *)", "2026-01-02T00:00:00Z"), "2026-01-05T00:00:00Z");
  EXPECT_EQ(next("cron(0 0 L * ? *)", "2026-02-01T00:00:00Z"), "2026-02-28T00:00:00Z");
  EXPECT_EQ(next("cron(0 0 ? * 6L *)", "2026-01-01T00:00:00Z"), "2026-01-30T00:00:00Z");
  EXPECT_EQ(next("cron(0 0 ? * 2#1 *)", "2026-01-06T00:00:00Z"), "2026-02-02T00:00:00Z");
  EXPECT_EQ(next("cron(0 0 1W * ? *)", "2026-01-02T00:00:00Z"), "2026-02-02T00:00:00Z");
  EXPECT_EQ(next("cron(0 0 29 FEB ? *)", "2026-01-01T00:00:00Z"), "2028-02-29T00:00:00Z");
  EXPECT_EQ(next("cron(0 0 1 1 ? 2025)", "2026-01-01T00:00:00Z"), "never");
}

TEST(Schedule, CronRefusesWhatIsNone) {
  for (std::string_view text :
       {"", "cron()", "cron(0 0 * * * *)", "cron(0 0 ? * ? *)", "cron(60 0 * * ? *)", "cron(0 24 * * ? *)",
        "cron(0 0 0 * ? *)", "cron(0 0 32 * ? *)", "cron(0 0 1 13 ? *)", "cron(0 0 ? * 8 *)", "cron(0 0 * * ? 1969)",
        "cron(5-1 0 * * ? *)", "cron(0 0 * * ?)", "cron(*/0 0 * * ? *)", "cron(0 0 ? * 1#6 *)"})
    EXPECT_FALSE(Cron::parse(text)) << text;
}

TEST(Schedule, RatesAreWholeMinutesHoursAndDays) {
  EXPECT_EQ(parse_rate("rate(10 days)")->period_ms(), 864'000'000);
  EXPECT_EQ(parse_rate("rate(1 hour)")->period_ms(), 3'600'000);
  EXPECT_EQ(parse_rate("rate(5 minutes)")->period_ms(), 300'000);
  for (std::string_view text : {"rate()", "rate(0 days)", "rate(-1 days)", "rate(1 week)", "rate(1 days", "rate(1)"})
    EXPECT_FALSE(parse_rate(text)) << text;
}

}  // namespace
}  // namespace aws
