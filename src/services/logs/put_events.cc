// PutLogEvents: what is accepted of a batch.
#include "services/logs/group.h"

namespace logs {

namespace {

// "The maximum batch size is 1,048,576 bytes", and so is that of an event.
constexpr std::int64_t kBatchBytesMax = 1'048'576;
constexpr std::int64_t kBatchSpanMs = 24 * kHourMs;
constexpr std::int64_t kTooNewMs = 2 * kHourMs;
constexpr std::int64_t kTooOldMs = 14 * 24 * kHourMs;
constexpr std::string_view kEntityTypes[] = {"AWS::Resource", "AWS::Service", "RemoteService", "Resource", "Service"};

Result<void> check_batch(const Value::List& events) {
  std::int64_t bytes = 0;
  for (const Value& event : events) {
    const std::int64_t size = std::ssize(event.at("message").str()) + kEventOverheadBytes;
    if (size > kBatchBytesMax)
      return error("InvalidParameterException",
                   fmt::format("Log event too large: {} bytes exceeds limit of {}", size, kBatchBytesMax));
    bytes += size;
  }
  if (bytes > kBatchBytesMax)
    return error("InvalidParameterException",
                 fmt::format("Upload too large: {} bytes exceeds limit of {}", bytes, kBatchBytesMax));
  for (std::size_t at = 1; at < events.size(); ++at) {
    if (events[at].at("timestamp").num() < events[at - 1].at("timestamp").num())
      return error("InvalidParameterException",
                   "Log events in a single PutLogEvents request must be in chronological order.");
  }
  if (events.back().at("timestamp").num() - events.front().at("timestamp").num() > kBatchSpanMs)
    return error("InvalidParameterException",
                 "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  return {};
}

// Splits a batch, which is in order, into what is too old, expired, accepted, and too new.
class Sieve {
 public:
  Sieve(const OpenGroup& group, std::int64_t now_ms)
      : oldest_ms_(now_ms - kTooOldMs), expired_ms_(group.visible_from_ms(now_ms)), newest_ms_(now_ms + kTooNewMs) {}

  std::vector<NewEvent> accepted(const Value::List& events) {
    std::vector<NewEvent> accepted;
    accepted.reserve(events.size());
    for (std::size_t at = 0; at < events.size(); ++at) {
      const std::int64_t time_ms = events[at].at("timestamp").num();
      const auto index = static_cast<std::int64_t>(at);
      if (time_ms < oldest_ms_) {
        rejected_.set("tooOldLogEventEndIndex", index + 1);
      } else if (time_ms < expired_ms_) {
        rejected_.set("expiredLogEventEndIndex", index + 1);
      } else if (time_ms > newest_ms_) {
        rejected_.set("tooNewLogEventStartIndex", index);
        break;
      } else {
        accepted.push_back({time_ms, events[at].at("message").str()});
      }
    }
    return accepted;
  }
  const Out& rejected() const { return rejected_; }

 private:
  std::int64_t oldest_ms_, expired_ms_, newest_ms_;
  Out rejected_;
};

// Why the entity of a batch is not taken; the events are, all the same.
std::string_view entity_problem(const Value& entity) {
  const Value::Map& keys = entity.at("keyAttributes").map();
  if (keys.empty()) return "MissingRequiredFields";
  const std::string& type = entity.at("keyAttributes").at("Type").str();
  if (type.empty()) return "MissingRequiredFields";
  if (std::ranges::find(kEntityTypes, type) == std::end(kEntityTypes)) return "InvalidTypeValue";
  if (type.ends_with("Service") && !entity.at("keyAttributes").has("Name")) return "InvalidKeyAttributes";
  return "";
}

}  // namespace

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
base::Result<Out> PutLogEvents(Call& call, In in) {
  const Value::List& events = in.list("logEvents");
  TRY_VOID(check_batch(events));
  OpenGroup group = TRY(find_group(call, in.value()));
  Stream stream = TRY(find_stream(group, in.str("logStreamName")));
  Sieve sieve(group, call.now_ms());
  std::vector<NewEvent> accepted = sieve.accepted(events);
  const std::vector<std::string> transformed = transform_events(call, group, stream, accepted);
  Out answer;
  if (!accepted.empty()) {
    const std::uint64_t first_ordinal = stream.next_ordinal;
    TRY_VOID(append_events(call, group, stream, accepted));
    TRY_VOID(run_filters(call, group, stream, accepted, first_ordinal));
  }
  // "The sequence token is now ignored in PutLogEvents actions", and one is answered all the same.
  answer.set("nextSequenceToken", fmt::format("{:056}", stream.next_ordinal));
  if (!sieve.rejected().value().map().empty()) answer.set("rejectedLogEventsInfo", sieve.rejected());
  if (in.has("entity")) {
    if (const auto problem = entity_problem(in["entity"]); !problem.empty())
      answer.set("rejectedEntityInfo", Out{{"errorType", problem}});
  }
  return answer;
}

}  // namespace logs
