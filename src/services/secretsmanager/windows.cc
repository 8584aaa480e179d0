// When a secret may be rotated: its rules, and the windows that follow from them.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
#include "aws/schedule.h"
#include "base/strings.h"
#include "services/secretsmanager/secret.h"

namespace secretsmanager {

namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDaysMax = 1'000;    // AutomaticallyAfterDays, rate()
constexpr std::int64_t kHoursApartMin = 4;  // "as often as every four hours"

std::unexpected<base::Error> invalid_rules(std::string_view why) {
  return error("InvalidParameterException", std::string(why));
}

// "3h"; nothing where it is none.
std::optional<std::int64_t> read_hours(std::string_view duration) {
  if (!duration.ends_with('h')) return std::nullopt;
  auto hours = base::parse_number(duration.substr(0, duration.size() - 1));
  if (!hours || *hours < 1 || *hours > 24) return std::nullopt;
  return hours;
}

// The period of rules that count days or hours; nothing where a calendar says it.
std::optional<std::int64_t> period_ms(const Rotation& rotation) {
  if (rotation.after_days != 0) return rotation.after_days * kDayMs;
  if (auto rate = aws::parse_rate(rotation.schedule)) return rate->period_ms();
  return std::nullopt;
}

Result<void> check_cron(const aws::Cron& cron) {
  // "Secrets Manager rotation schedules don't support minutes": a window opens on the hour.
  if (cron.minutes().count() != 1 || !cron.minutes().test(0))
    return invalid_rules("The minutes field of a cron() expression must be 0.");
  if (!cron.is_every_year()) return invalid_rules("The year field of a cron() expression must be *.");
  std::int64_t before = -kHoursApartMin;
  for (std::int64_t hour = 0; hour < 24; ++hour) {
    if (!cron.hours().test(static_cast<std::size_t>(hour))) continue;
    if (hour - before < kHoursApartMin) return invalid_rules("Rotation can't happen more often than every four hours.");
    before = hour;
  }
  return {};
}

Result<void> check_schedule(const std::string& schedule) {
  if (auto rate = aws::parse_rate(schedule)) {
    if (rate->unit_ms < kHourMs || rate->period_ms() < kHoursApartMin * kHourMs ||
        rate->period_ms() > kDaysMax * kDayMs)
      return invalid_rules("Rotation can't happen more often than every four hours, nor less than every 1000 days.");
    return {};
  }
  auto cron = aws::Cron::parse(schedule);
  if (!cron) return invalid_rules("The ScheduleExpression is not a valid rate() or cron() expression.");
  return check_cron(*cron);
}

// "If you don't specify Duration, the window closes after one hour for a schedule in hours; otherwise at the end of the
// UTC day."
std::int64_t window_ms(const Rotation& rotation, std::int64_t from_ms) {
  if (auto hours = read_hours(rotation.duration)) return *hours * kHourMs;
  auto period = period_ms(rotation);
  if (period && *period % kDayMs != 0) return kHourMs;
  return kDayMs - from_ms % kDayMs;
}

}  // namespace

Result<void> check_rules(const Rotation& rotation) {
  if (rotation.after_days != 0 && !rotation.schedule.empty())
    return invalid_rules("You can't use both AutomaticallyAfterDays and ScheduleExpression in RotationRules.");
  if (rotation.after_days < 0 || rotation.after_days > kDaysMax)
    return invalid_rules("RotationRules.AutomaticallyAfterDays must be within 1-1000.");
  if (!rotation.schedule.empty()) TRY_VOID(check_schedule(rotation.schedule));
  if (rotation.duration.empty()) return {};
  if (!read_hours(rotation.duration)) return invalid_rules("The Duration must be a number of hours, for example 3h.");
  return {};
}

std::optional<Window> next_window(const Rotation& rotation, std::int64_t after_ms) {
  std::int64_t from_ms = 0;
  if (auto period = period_ms(rotation)) {
    from_ms = after_ms + *period;
    // Windows in days open at midnight, those in hours on the hour.
    from_ms -= from_ms % (*period % kDayMs == 0 ? kDayMs : kHourMs);
  } else {
    auto cron = aws::Cron::parse(rotation.schedule);
    auto next = cron ? cron->next_after(after_ms) : std::nullopt;
    if (!next) return std::nullopt;
    from_ms = *next;
  }
  return Window{from_ms, from_ms + window_ms(rotation, from_ms) - 1'000};
}

}  // namespace secretsmanager
