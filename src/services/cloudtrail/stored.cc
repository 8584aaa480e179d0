#include "services/cloudtrail/stored.h"

#include "base/gzip.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace cloudtrail {

namespace {

constexpr std::size_t kPurgedPerStep = 1'000;
constexpr std::int64_t kPurgeEveryMs = 3'600'000;
constexpr std::size_t kPackedFromBytes = 4'096;
constexpr std::size_t kLinesBytesMax = 512 * 1024 * 1024;

bool is_packed(std::string_view text) { return text.starts_with("\x1f\x8b"); }

}  // namespace

void begin_purging(kernel::Call& call) {
  if (call.tx.unrecorded().has(kPurging, "")) return;
  std::int64_t due_ms = call.now_ms() + kHistoryMs;
  call.tx.put(kPurging, "", {due_ms});
  call.arm(kPurge, kernel::from_ms(due_ms), "");
}

base::Result<void> purge(kernel::Call& call, std::string_view) {
  std::int64_t oldest_ms = call.now_ms() - kHistoryMs;
  std::size_t left = kPurgedPerStep;
  std::optional<std::int64_t> first_kept_ms;
  auto sweep = [&](const auto& table) {
    call.tx.unrecorded().scan_keys(table, {}, [&](std::string_view key) {
      std::int64_t time_ms = store::KeyReader(key).number();
      if (time_ms >= oldest_ms || left == 0) {
        first_kept_ms = std::min(first_kept_ms.value_or(time_ms), time_ms);
        return false;
      }
      --left;
      call.tx.erase(table, key);
      return true;
    });
  };
  sweep(kHistory);
  sweep(kInsights);
  call.tx.erase(kPurging, "");
  if (!first_kept_ms) return {};
  std::int64_t due_ms =
      left == 0 ? call.now_ms() : std::max(*first_kept_ms + kHistoryMs, call.now_ms() + kPurgeEveryMs);
  call.tx.put(kPurging, "", {due_ms});
  call.arm(kPurge, kernel::from_ms(due_ms), "");
  return {};
}

void keep_events(kernel::Call& call, const kernel::Place& place, const std::string& id,
                 const std::vector<Value>& records) {
  std::string lines;
  for (const Value& record : records) lines += base::to_json(record) + "\n";
  if (lines.size() >= kPackedFromBytes) lines = base::gzip(lines);
  call.tx.at(place).put(kStored, store::key(std::string_view(id), call.now_ms(), call.next_sequence()),
                        {std::move(lines)});
}

void each_event(const store::Transaction& tx, const std::string& id, std::int64_t not_before_ms,
                const std::function<void(Value record, std::size_t bytes)>& visit) {
  store::Scan scan{.prefix = store::key(std::string_view(id)), .from = store::key(std::string_view(id), not_before_ms)};
  tx.unrecorded().scan(kStored, scan, [&](std::string_view, Text& row) {
    std::string lines = std::move(row.text);
    if (is_packed(lines)) lines = base::gunzip(lines, kLinesBytesMax).value_or("");
    for (std::string_view line : base::split(lines, '\n')) {
      if (line.empty()) continue;
      if (auto record = base::parse_json(line)) visit(*std::move(record), line.size());
    }
  });
}

}  // namespace cloudtrail
