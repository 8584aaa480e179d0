#include "services/cloudtrail/insights.h"

#include <cmath>

#include "base/json.h"
#include "base/time_text.h"
#include "services/cloudtrail/kinds.h"
#include "services/cloudtrail/record.h"

namespace cloudtrail {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kBaselineMinutes = 7 * 24 * 60;
// Before that much is known nothing is unusual: "up to 36 hours for CloudTrail to begin delivering Insights events".
constexpr std::int64_t kLearningMinutes = 24 * 60;
// A rate is unusual when it lies this many standard deviations above the baseline, and is no trifle.
constexpr double kDeviations = 4;
constexpr std::int64_t kUnusualCallsMin = 10;
constexpr std::int64_t kUnusualErrorsMin = 5;

constexpr std::string_view kCalls = "ApiCallRateInsight", kErrors = "ApiErrorRateInsight";

// Calls or errors of one operation. Key: insight type, event source, event name, error code.
struct Series {
  std::int64_t started_ms = 0;  // of the insight that goes on; 0: none does
  std::string shared_id;
  double baseline = 0;

  static void fields(auto& self, auto& field) {
    field("started_ms", self.started_ms);
    field("shared_id", self.shared_id);
    field("baseline", self.baseline);
  }
};
constexpr store::Table<Series> kSeries{"cloudtrail.series"};
constexpr store::Counter kRates{"cloudtrail.rates"};            // key: that of the series, minute
constexpr store::Table<Moment> kWatch{"cloudtrail.watch"};      // key: ""; since when rates are known here
constexpr store::Table<Moment> kJudging{"cloudtrail.judging"};  // key: ""; the next minute judged

struct SeriesName {
  std::string type, source, name, code;

  std::string key() const {
    return store::key(std::string_view(type), std::string_view(source), std::string_view(name), std::string_view(code));
  }
};

std::string minute_key(const std::string& series, std::int64_t minute) {
  std::string key = series;
  store::append_key_part(key, minute);
  return key;
}

void count(kernel::Call& call, const SeriesName& series, std::int64_t minute) {
  std::string key = series.key();
  if (!call.tx.unrecorded().has(kSeries, key)) call.tx.put(kSeries, key, {});
  call.tx.add(kRates, minute_key(key, minute), 1);
}

void arm_minute(kernel::Call& call, std::int64_t minute) {
  if (call.tx.unrecorded().has(kJudging, "")) return;
  call.tx.put(kJudging, "", {minute});
  call.arm(kMinute, kernel::from_ms((minute + 1) * kMinuteMs), "");
}

struct Baseline {
  double average = 0, deviation = 0;
  std::int64_t minutes = 0;
};

// Of the minutes before `minute`; those without calls count as zero.
Baseline baseline_of(kernel::Call& call, const std::string& series, std::int64_t minute, std::int64_t since_minute) {
  std::int64_t first = std::max(minute - kBaselineMinutes, since_minute);
  Baseline baseline{.minutes = minute - first};
  double sum = 0, squares = 0;
  std::vector<std::string> outdated;
  call.tx.unrecorded().scan(kRates, store::Scan{.prefix = series, .until = minute_key(series, minute)},
                            [&](std::string_view key, std::int64_t value) {
                              store::KeyReader parts(key);
                              parts.text(), parts.text(), parts.text(), parts.text();
                              if (parts.number() < first) return outdated.emplace_back(key), void();
                              sum += static_cast<double>(value);
                              squares += static_cast<double>(value * value);
                            });
  for (const std::string& key : outdated) call.tx.erase(kRates, key);
  if (baseline.minutes <= 0) return baseline;
  auto minutes = static_cast<double>(baseline.minutes);
  baseline.average = sum / minutes;
  baseline.deviation = std::sqrt(std::max(squares / minutes - baseline.average * baseline.average, baseline.average));
  return baseline;
}

// Who made the calls of an insight, by what: from the event history.
Value attributions(kernel::Call& call, const SeriesName& series, std::int64_t from_ms, std::int64_t until_ms,
                   double minutes) {
  std::map<std::string, std::int64_t> arns, agents, codes;
  call.tx.unrecorded().scan(kHistory, store::Scan{.from = store::key(from_ms), .until = store::key(until_ms)},
                            [&](std::string_view, Block& block) {
                              for (const Note& note : block.notes) {
                                Value record = show_record(block, note, call.place.account);
                                if (record.at("eventName").str() != series.name) continue;
                                if (record.at("eventSource").str() != series.source) continue;
                                if (!series.code.empty() && record.at("errorCode").str() != series.code) continue;
                                ++arns[record.at("userIdentity").at("arn").str()];
                                ++agents[record.at("userAgent").str()];
                                ++codes[note.error_code.empty() ? "null" : note.error_code];
                              }
                            });
  auto shown = [&](const char* attribute, const std::map<std::string, std::int64_t>& counts) {
    Value::List list;
    for (const auto& [value, times] : counts)
      list.push_back(Value::Map{{"value", value}, {"average", static_cast<double>(times) / minutes}});
    return Value(Value::Map{{"attribute", attribute}, {"insight", std::move(list)}, {"baseline", Value::List{}}});
  };
  Value::List all{shown("userIdentityArn", arns), shown("userAgent", agents)};
  if (series.code.empty()) all.push_back(shown("errorCode", codes));
  return Value(std::move(all));
}

struct Finding {
  const char* state;
  std::string shared_id;
  Baseline baseline;
  std::int64_t from_minute, until_minute;
  std::int64_t calls;
};

void write_insight(kernel::Call& call, const SeriesName& series, const Finding& finding) {
  auto minutes = static_cast<double>(finding.until_minute - finding.from_minute);
  Value statistics(Value::Map{
      {"baseline", Value::Map{{"average", finding.baseline.average}}},
      {"insight", Value::Map{{"average", static_cast<double>(finding.calls) / minutes}}},
      {"insightDuration", finding.until_minute - finding.from_minute},
      {"baselineDuration", finding.baseline.minutes},
  });
  Value details(Value::Map{{"state", finding.state},
                           {"eventSource", series.source},
                           {"eventName", series.name},
                           {"insightType", series.type}});
  if (!series.code.empty()) details.set("errorCode", series.code);
  details.set("insightContext", Value::Map{{"statistics", statistics},
                                           {"attributions", attributions(call, series, finding.from_minute * kMinuteMs,
                                                                         finding.until_minute * kMinuteMs, minutes)}});
  std::int64_t time_ms =
      (finding.state == std::string_view("Start") ? finding.from_minute : finding.until_minute) * kMinuteMs;
  Value record(Value::Map{{"eventVersion", "1.09"},
                          {"eventTime", base::format_iso8601(time_ms)},
                          {"awsRegion", call.place.region},
                          {"eventID", call.uuid()},
                          {"eventType", "AwsCloudTrailInsight"},
                          {"recipientAccountId", call.place.account},
                          {"sharedEventID", finding.shared_id},
                          {"insightDetails", std::move(details)},
                          {"eventCategory", "Insight"}});
  call.tx.put(kInsights, store::key(time_ms, call.next_sequence()), {base::to_json(record)});
}

// Answers whether an insight goes on.
bool judge(kernel::Call& call, const SeriesName& name, Series series, std::int64_t minute, std::int64_t since_minute) {
  std::string key = name.key();
  std::int64_t calls = call.tx.unrecorded().count(kRates, minute_key(key, minute));
  if (series.started_ms == 0 && calls < (name.type == kCalls ? kUnusualCallsMin : kUnusualErrorsMin)) return false;
  // While an insight goes on its own minutes are no part of the baseline.
  std::int64_t started = series.started_ms ? series.started_ms / kMinuteMs : minute;
  Baseline baseline = baseline_of(call, key, started, since_minute);
  if (baseline.minutes < kLearningMinutes) return false;
  bool is_unusual = static_cast<double>(calls) > baseline.average + kDeviations * std::max(baseline.deviation, 1.0);
  if (is_unusual == (series.started_ms != 0)) return is_unusual;
  if (is_unusual) {
    series = {.started_ms = minute * kMinuteMs, .shared_id = call.uuid(), .baseline = baseline.average};
    write_insight(call, name, {"Start", series.shared_id, baseline, minute, minute + 1, calls});
  } else {
    std::int64_t total = 0;
    call.tx.unrecorded().scan(
        kRates, store::Scan{.prefix = key, .from = minute_key(key, started), .until = minute_key(key, minute)},
        [&](std::string_view, std::int64_t value) { total += value; });
    write_insight(call, name, {"End", series.shared_id, baseline, started, minute, total});
    series = {};
  }
  call.tx.put(kSeries, key, series);
  return is_unusual;
}

}  // namespace

void count_calls(kernel::Call& call, const WatchedPlace& watched, const Block& block) {
  std::int64_t minute = 0;
  for (const Note& note : block.notes) {
    const model::Service& service = *model::find_service(note.service);
    if (is_read_only(service, *service.find_operation(note.operation))) continue;
    minute = note.time_ms / kMinuteMs;
    SeriesName name{std::string(kCalls), event_source_of(service), event_name_of(note.service, note.operation), {}};
    if (watched.watches_calls) count(call, name, minute);
    if (!watched.watches_errors || note.error_code.empty()) continue;
    name.type = kErrors;
    name.code = note.error_code;
    count(call, name, minute);
  }
  if (minute == 0) return;
  auto since = call.tx.unrecorded().get(kWatch, "");
  if (!since || since->time_ms != watched.since_ms) call.tx.put(kWatch, "", {watched.since_ms});
  arm_minute(call, minute);
}

base::Result<void> judge_minute(kernel::Call& call, std::string_view) {
  auto judging = call.tx.get(kJudging, "");
  if (!judging) return {};
  std::int64_t minute = judging->time_ms;
  std::int64_t since_minute = call.tx.get(kWatch, "").value_or(Moment{}).time_ms / kMinuteMs;
  std::vector<std::pair<SeriesName, Series>> all;
  call.tx.unrecorded().scan(kSeries, "", [&](std::string_view key, Series& series) {
    store::KeyReader parts(key);
    SeriesName name{parts.text(), parts.text(), parts.text(), parts.text()};
    all.emplace_back(std::move(name), series);
  });
  bool goes_on = false;
  for (const auto& [name, series] : all) {
    goes_on |= judge(call, name, series, minute, since_minute);
    goes_on |= call.tx.unrecorded().count(kRates, minute_key(name.key(), minute)) > 0;
  }
  call.tx.erase(kJudging, "");
  // After a minute without calls and without an insight that must end, nothing happens until the next call counts.
  std::int64_t now_minute = call.now_ms() / kMinuteMs;
  if (goes_on) {
    call.tx.put(kJudging, "", {std::max(minute + 1, now_minute)});
    call.arm(kMinute, kernel::from_ms((std::max(minute + 1, now_minute) + 1) * kMinuteMs), "");
  }
  return {};
}

}  // namespace cloudtrail
