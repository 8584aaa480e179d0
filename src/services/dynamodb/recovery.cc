// Point-in-time recovery: any moment of the last days can be restored, by taking back the changes made since.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
#include "services/dynamodb/backups.h"

namespace dynamodb {

namespace {

constexpr std::int64_t kRecoveryDaysDefault = 35;
constexpr std::int64_t kRecoveryDayMs = 86'400'000;

Value show_recovery(const Call& call, const TableDetails& details) {
  if (details.recovery_since_ms == 0)
    return Value::Map{{"ContinuousBackupsStatus", "ENABLED"},
                      {"PointInTimeRecoveryDescription", Value::Map{{"PointInTimeRecoveryStatus", "DISABLED"}}}};
  const RestorableTimes times = restorable_times(call, details);
  return Value::Map{{"ContinuousBackupsStatus", "ENABLED"},
                    {"PointInTimeRecoveryDescription", Value::Map{{"PointInTimeRecoveryStatus", "ENABLED"},
                                                                  {"RecoveryPeriodInDays", details.recovery_days},
                                                                  {"EarliestRestorableDateTime", times.earliest_ms},
                                                                  {"LatestRestorableDateTime", times.latest_ms}}}};
}

}  // namespace

RestorableTimes restorable_times(const Call& call, const TableDetails& details) {
  return {std::max(details.recovery_since_ms, call.now_ms() - details.recovery_days * kRecoveryDayMs), call.now_ms()};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
base::Result<Out> UpdateContinuousBackups(Call& call, In in) {
  OpenTable table = TRY(find_table_to_back_up(call, in.str("TableName")));
  TableDetails details = get_details(table);
  const Value& wished = in["PointInTimeRecoverySpecification"];
  if (!wished.at("PointInTimeRecoveryEnabled").flag()) {
    if (wished.has("RecoveryPeriodInDays"))
      return validation_error("RecoveryPeriodInDays can only be set when PointInTimeRecoveryEnabled is true");
    details.recovery_since_ms = details.recovery_days = 0;
    table.row.followers &= ~kRecoveryFollows;
  } else {
    if (details.recovery_since_ms == 0) details.recovery_since_ms = call.now_ms();
    if (wished.has("RecoveryPeriodInDays")) {
      const std::int64_t days = wished.at("RecoveryPeriodInDays").num();
      // What was longer ago than the period that held until now is not kept; a longer one begins there.
      details.recovery_since_ms =
          std::max(details.recovery_since_ms,
                   details.recovery_days == 0 ? 0 : call.now_ms() - details.recovery_days * kRecoveryDayMs);
      details.recovery_days = days;
    } else if (details.recovery_days == 0) {
      details.recovery_days = kRecoveryDaysDefault;
    }
    table.row.followers |= kRecoveryFollows;
    begin_trimming(call, table);
  }
  put_table(table);
  put_details(table, details);
  return Out{{"ContinuousBackupsDescription", show_recovery(call, details)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html
base::Result<Out> DescribeContinuousBackups(Call& call, In in) {
  const OpenTable table = TRY(find_table_to_back_up(call, in.str("TableName")));
  return Out{{"ContinuousBackupsDescription", show_recovery(call, get_details(table))}};
}

}  // namespace dynamodb
