// What happened to clusters and groups.
#include <charconv>

#include "services/dax/state.h"

namespace dax {

namespace {

constexpr std::int64_t kEventsKeptMs = 14 * 86'400'000LL;  // "events … for the past 14 days"
constexpr std::int64_t kEventsShownMs = 3'600'000;  // "By default, only the events occurring within the last hour"
constexpr std::size_t kEventsForgottenAtOnce = 20;

}  // namespace

void note_event(Call& call, std::string_view type, const std::string& source, std::string message) {
  const std::int64_t now_ms = call.now_ms();
  std::vector<std::string> old;
  call.tx.scan(kEvents, store::Scan{.limit = kEventsForgottenAtOnce}, [&](std::string_view key, const Event& event) {
    if (event.at_ms + kEventsKeptMs > now_ms) return false;
    old.emplace_back(key);
    return true;
  });
  for (const std::string& key : old) call.tx.erase(kEvents, key);
  call.tx.put(kEvents, store::key(now_ms, call.next_sequence()),
              {source, std::string(type), std::move(message), now_ms});
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_DescribeEvents.html
base::Result<Out> DescribeEvents(Call& call, In in) {
  constexpr std::int64_t kMinuteMs = 60'000;
  if (in.has("Duration") && in.has("StartTime") && in.has("EndTime"))
    return error("InvalidParameterCombinationException",
                 "Duration cannot be given together with StartTime and EndTime.");
  const std::int64_t length_ms = in.has("Duration") ? in.num("Duration") * kMinuteMs : kEventsShownMs;
  const std::int64_t end_ms = in.has("EndTime")                           ? in.num("EndTime")
                              : in.has("StartTime") && in.has("Duration") ? in.num("StartTime") + length_ms
                                                                          : call.now_ms();
  const std::int64_t start_ms = in.has("StartTime") ? in.num("StartTime") : end_ms - length_ms;
  const std::int64_t limit = in.num("MaxResults") > 0 ? in.num("MaxResults") : 100;
  if (in.has("SourceName") && !in.has("SourceType"))
    return error("InvalidParameterCombinationException", "SourceType must be given together with SourceName.");
  const store::Scan scan{.from = store::key(start_ms)};
  Value::List events;
  // A token is how many have been told.
  const std::string& token = in.str("NextToken");
  std::int64_t skipped = 0, seen = 0;
  const auto [rest, failure] = std::from_chars(token.data(), token.data() + token.size(), skipped);
  if (!token.empty() && (failure != std::errc() || rest != token.data() + token.size()))
    return error("InvalidParameterValueException", "Invalid NextToken: " + token);
  bool has_more = false;
  call.tx.scan(kEvents, scan, [&](std::string_view, const Event& event) {
    if (event.at_ms > end_ms) return false;
    if (in.has("SourceType") && event.type != in.str("SourceType")) return true;
    if (in.has("SourceName") && event.source != in.str("SourceName")) return true;
    if (seen++ < skipped) return true;
    has_more = std::ssize(events) == limit;
    if (has_more) return false;
    events.push_back(Value::Map{
        {"SourceName", event.source}, {"SourceType", event.type}, {"Message", event.message}, {"Date", event.at_ms}});
    return true;
  });
  Out out;
  if (has_more) out.set("NextToken", std::to_string(skipped + std::ssize(events)));
  out.set("Events", std::move(events));
  return out;
}

}  // namespace dax
