#include "services/s3/access_log.h"

#include <fmt/format.h>

#include <map>

#include "base/bytes.h"
#include "base/random.h"
#include "base/time_text.h"
#include "kernel/cloud.h"

namespace s3 {

namespace {

// "Most log records are delivered within a few hours of the time that they were recorded. Records can be delivered more
// frequently." Here it is ten minutes.
constexpr std::int64_t kDeliveryDelayMs = 600'000;
constexpr std::size_t kLinesPerLog = 5'000;

// Notes the lines of a turn's calls and keeps them at its end.
class AccessLog : public kernel::Recorder {
 public:
  explicit AccessLog(kernel::Cloud& cloud) : cloud_(cloud) {}

  void on_call(const kernel::Record& record) override {
    if (record.service.id != "s3" || !record.input.has("Bucket")) return;
    if (!is_known_) read_logged();
    auto logged = logged_.find(record.input.at("Bucket").str());
    if (logged == logged_.end()) return;
    lines_[logged->first].push_back(line_of(record, logged->first, logged->second.account));
  }

  void on_turn_end() override {
    is_known_ = false;
    for (auto& [bucket, lines] : std::exchange(lines_, {})) {
      const LoggedBucket& logged = logged_[bucket];
      auto written = cloud_.transact({logged.account, logged.region}, [&](Call& call) -> Result<void> {
        keep(call, bucket, lines);
        return {};
      });
      if (!written)
        cloud_.log().write(base::Level::kError, "Requests to a bucket could not be logged.",
                           {{"bucket", bucket}, {"error", written.error().message}});
    }
  }

  void on_contents_replaced() override {
    lines_.clear();
    is_known_ = false;
  }

 private:
  void read_logged() {
    auto contents = cloud_.hold_contents();
    logged_.clear();
    cloud_.store().begin({}).unrecorded().scan(
        kLoggedBuckets, store::Scan{}, [&](std::string_view name, LoggedBucket& row) { logged_.emplace(name, row); });
    is_known_ = true;
  }

  static void keep(Call& call, const std::string& bucket, const std::vector<std::string>& lines) {
    auto logged = call.tx.get(kLoggedBuckets, bucket);
    if (!logged) return;
    for (const std::string& line : lines) call.tx.put(kLogLines, store::key(bucket, call.next_sequence()), {line});
    if (logged->due_ms != 0) return;
    logged->due_ms = call.now_ms() + kDeliveryDelayMs;
    call.tx.put(kLoggedBuckets, bucket, *logged);
    call.arm(kLogsDue, kernel::from_ms(logged->due_ms), bucket);
  }

  kernel::Cloud& cloud_;
  std::map<std::string, LoggedBucket> logged_;  // as of this turn
  bool is_known_ = false;
  std::map<std::string, std::vector<std::string>> lines_;
};

// "TargetPrefixYYYY-mm-DD-HH-MM-SS-UniqueString", or by account, region, bucket and day.
std::string log_key(Call& call, const Bucket& bucket, const Value& logging) {
  const std::string time = base::format_iso8601(call.now_ms() / 1'000 * 1'000);  // 2026-01-01T00:10:00Z
  const std::string date = time.substr(0, 10);
  const std::string unique = call.random_text(16, "0123456789ABCDEF");
  const std::string& prefix = logging.at("TargetPrefix").str();
  auto clock_text = [&] { return fmt::format("{}-{}-{}", time.substr(11, 2), time.substr(14, 2), time.substr(17, 2)); };
  const Value& format = logging.at("TargetObjectKeyFormat");
  if (!format.has("PartitionedPrefix")) return fmt::format("{}{}-{}-{}", prefix, date, clock_text(), unique);
  const bool is_by_event = format.at("PartitionedPrefix").at("PartitionDateSource").str() == "EventTime";
  return fmt::format("{}{}/{}/{}/{}/{}/{}/{}-{}-{}", prefix, bucket.account, bucket.region, bucket.name,
                     date.substr(0, 4), date.substr(5, 2), date.substr(8, 2), date,
                     is_by_event ? "00-00-00" : clock_text(), unique);
}

}  // namespace

std::unique_ptr<kernel::Recorder> make_access_log(kernel::Cloud& cloud) { return std::make_unique<AccessLog>(cloud); }

void note_logging(Call& call, const Bucket& bucket) {
  const bool is_on = get_configured(call.tx, bucket, Configuration::kLogging).has("LoggingEnabled");
  auto row = call.tx.get(kLoggedBuckets, bucket.name);
  if (!is_on) return call.tx.erase(kLoggedBuckets, bucket.name);
  if (!row) call.tx.put(kLoggedBuckets, bucket.name, {bucket.account, bucket.region});
}

Result<void> deliver_access_logs(Call& call, std::string_view name) {
  auto bucket = get_bucket(call.tx, name);
  auto logged = call.tx.get(kLoggedBuckets, name);
  std::vector<std::string> rows;
  std::string text;
  call.tx.scan(kLogLines, {.prefix = store::key(name), .limit = kLinesPerLog},
               [&](std::string_view key, LogLine& line) {
                 rows.emplace_back(key);
                 text += line.text;
               });
  for (const std::string& row : rows) call.tx.erase(kLogLines, row);
  const Value logging =
      bucket ? get_configured(call.tx, *bucket, Configuration::kLogging).at("LoggingEnabled") : Value();
  // The bucket is gone, and perhaps there is another one of its name.
  if (logging.is_null()) call.tx.erase(kLoggedBuckets, name);
  if (logging.is_null() || !logged) return {};
  logged->due_ms = 0;
  if (rows.size() == kLinesPerLog) {
    logged->due_ms = call.now_ms();
    call.arm(kLogsDue, call.now, name);
  }
  call.tx.put(kLoggedBuckets, name, *logged);
  if (rows.empty()) return {};
  const kernel::Client delivery(call,
                                kernel::Principal::service("logging.s3.amazonaws.com", bucket->account, bucket->arn()),
                                {bucket->account, bucket->region});
  auto put =
      delivery.invoke(kernel::operation<Model>("PutObject"), Value::Map{{"Bucket", logging.at("TargetBucket").str()},
                                                                        {"Key", log_key(call, *bucket, logging)},
                                                                        {"ContentType", "text/plain"},
                                                                        {"Body", text}});
  // "Server access log records are delivered on a best-effort basis."
  if (!put)
    call.cloud().log().write(base::Level::kWarn, "A bucket's access log could not be delivered.",
                             {{"bucket", bucket->name}, {"error", put.error().code + ": " + put.error().message}});
  return {};
}

}  // namespace s3
