// Live Tail: events as they come, as a stream of updates, one a second.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs_LiveTail.html
#include "aws/log_pattern.h"
#include "base/event_message.h"
#include "base/json.h"
#include "kernel/cloud.h"
#include "kernel/pipe.h"
#include "services/logs/masking.h"

namespace logs {

namespace {

// "up to 500 log events each second … if more match, they are sampled"; "A session can go on for up to 3 hours."
constexpr std::size_t kTailedPerUpdateMax = 500;
constexpr std::int64_t kTailMs = 3 * kHourMs;
constexpr std::int64_t kTailUpdateMs = 1'000;
// A client that does not read loses what comes while so much waits for it.
constexpr std::size_t kTailWaitingBytesMax = 16 * 1024 * 1024;

std::string tail_frame(std::string_view kind, std::string_view type, const Value& payload) {
  auto header = [](std::string name, std::string_view text) {
    return base::EventHeader{std::move(name), base::EventHeaderType::kText, Value(text)};
  };
  return base::encode_message(
      {.headers = {header(":message-type", kind), header(kind == "exception" ? ":exception-type" : ":event-type", type),
                   header(":content-type", "application/json")},
       .payload = base::to_json(payload)});
}

struct TailFilter {
  aws::LogPattern pattern;
  std::vector<std::string> streams, prefixes;

  bool wants_stream(const std::string& stream) const {
    if (!streams.empty()) return std::ranges::find(streams, stream) != streams.end();
    return prefixes.empty() ||
           std::ranges::any_of(prefixes, [&](const std::string& prefix) { return stream.starts_with(prefix); });
  }
};

// One client. Events are told to it by the calls that put them, on their threads.
class TailSession {
 public:
  TailSession(std::shared_ptr<kernel::Pipe> pipe, TailFilter filter)
      : pipe_(std::move(pipe)), filter_(std::move(filter)) {}

  // A batch: logGroupIdentifier, logStreamName, events. Answers whether the client is still there.
  bool take(const Value& batch) {
    if (pipe_->is_unread()) return false;
    if (!filter_.wants_stream(batch.at("logStreamName").str())) return true;
    std::lock_guard lock(mutex_);
    for (const Value& event : batch.at("events").list()) {
      if (!filter_.pattern.matches(event.at("message").str())) continue;
      if (results_.size() == kTailedPerUpdateMax) {
        is_sampled_ = true;
        break;
      }
      Value result = event;
      result.set("logStreamName", batch.at("logStreamName"));
      result.set("logGroupIdentifier", batch.at("logGroupIdentifier"));
      results_.push_back(std::move(result));
    }
    return true;
  }

  // The update of a second, or the end of the session. Likewise.
  bool tick(const Value& what) {
    if (pipe_->is_unread()) return false;
    std::lock_guard lock(mutex_);
    if (pipe_->waiting_bytes() < kTailWaitingBytesMax) {
      pipe_->write(tail_frame("event", "sessionUpdate",
                              Value::Map{{"sessionMetadata", Value::Map{{"sampled", is_sampled_}}},
                                         {"sessionResults", std::exchange(results_, {})}}));
    }
    results_.clear();
    is_sampled_ = false;
    if (!what.at("isLast").flag()) return true;
    pipe_->write(tail_frame("exception", "SessionTimeoutException",
                            Value::Map{{"message", "The Live Tail session has ended after 3 hours."}}));
    pipe_->end();
    return false;
  }

 private:
  const std::shared_ptr<kernel::Pipe> pipe_;
  const TailFilter filter_;
  std::mutex mutex_;
  Value::List results_;
  bool is_sampled_ = false;
};

std::string topic_of(const std::string& group_arn) { return "logs.tail/" + group_arn; }
std::string session_topic(std::string_view session) { return "logs.tail_session/" + std::string(session); }

// Does something in memory once the call has committed.
class AfterCommit final : public kernel::Attachment {
 public:
  explicit AfterCommit(std::function<void()> action) : action_(std::move(action)) {}
  void on_commit() override { action_(); }

 private:
  std::function<void()> action_;
};

void after_commit(Call& call, std::function<void()> action) {
  call.attach(std::make_shared<AfterCommit>(std::move(action)));
}

std::vector<std::string> texts_of(const Value::List& list) {
  std::vector<std::string> texts;
  for (const Value& text : list) texts.push_back(text.str());
  return texts;
}

Result<TailFilter> read_filter(In in) {
  if (in.has("logStreamNames") && in.has("logStreamNamePrefixes"))
    return error("InvalidParameterException", "Only one of logStreamNames or logStreamNamePrefixes can be provided.");
  if (in.list("logGroupIdentifiers").size() > 1 && (in.has("logStreamNames") || in.has("logStreamNamePrefixes")))
    return error("InvalidParameterException",
                 "logStreamNames and logStreamNamePrefixes can only be used with a single log group.");
  return TailFilter{TRY(aws::LogPattern::parse(in.str("logEventFilterPattern"))), texts_of(in.list("logStreamNames")),
                    texts_of(in.list("logStreamNamePrefixes"))};
}

}  // namespace

void tell_tails(Call& call, const OpenGroup& group, const Stream& stream, const Masker& masker,
                const std::vector<NewEvent>& events) {
  kernel::Watchers& watchers = call.cloud().watchers();
  const std::string topic = topic_of(group.arn());
  if (!watchers.is_watched(topic)) return;
  Value::List told;
  for (const NewEvent& event : events)
    told.push_back(Value::Map{{"timestamp", event.timestamp_ms},
                              {"message", masker.mask(std::string(event.message))},
                              {"ingestionTime", call.now_ms()}});
  Value batch =
      Value::Map{{"logGroupIdentifier", group.arn()}, {"logStreamName", stream.name}, {"events", std::move(told)}};
  after_commit(call, [&watchers, topic, batch = std::move(batch)] { watchers.tell(topic, batch); });
}

Result<void> tail_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const std::string topic = session_topic(parts.text());
  const bool is_last = call.now_ms() >= parts.number() + kTailMs;
  kernel::Watchers& watchers = call.cloud().watchers();
  // Sessions do not outlive the process, and end when their client goes away.
  if (!watchers.is_watched(topic)) return {};
  after_commit(call, [&watchers, topic, is_last] { watchers.tell(topic, Value::Map{{"isLast", is_last}}); });
  if (!is_last) call.arm(kTail, call.now + kernel::Millis(kTailUpdateMs), key);
  return {};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html
base::Result<Out> StartLiveTail(Call& call, In in) {
  TailFilter filter = TRY(read_filter(in));
  std::vector<std::string> topics;
  for (const Value& identifier : in.list("logGroupIdentifiers")) {
    if (!identifier.str().starts_with("arn:"))
      return error("InvalidParameterException", "The logGroupIdentifiers must be ARNs of log groups.");
    const OpenGroup group = TRY(find_group_named(call, identifier.str()));
    if (!is_class_standard(group))
      return error("InvalidOperationException", "Live Tail is supported only for log groups of the Standard class.");
    // Dispatch has asked for the first group.
    if (!topics.empty()) TRY_VOID(call.authorize("logs:StartLiveTail", group.arn() + ":log-stream:"));
    topics.push_back(topic_of(group.arn()));
  }
  const std::string session_id = call.uuid();
  auto pipe = kernel::Pipe::make();
  auto session = std::make_shared<TailSession>(pipe, std::move(filter));
  // AWS names all of them, also those that were not given.
  const Value start = Value::Map{{"requestId", call.request.id},
                                 {"sessionId", session_id},
                                 {"logGroupIdentifiers", in.list("logGroupIdentifiers")},
                                 {"logStreamNames", in.list("logStreamNames")},
                                 {"logStreamNamePrefixes", in.list("logStreamNamePrefixes")},
                                 {"logEventFilterPattern", in.str("logEventFilterPattern")}};
  pipe->write(tail_frame("event", "initial-response", Value::Map{}));
  pipe->write(tail_frame("event", "sessionStart", start));
  call.arm(kTail, call.now + kernel::Millis(kTailUpdateMs), store::key(std::string_view(session_id), call.now_ms()));
  after_commit(call, [&watchers = call.cloud().watchers(), topics, session_id, session] {
    for (const std::string& topic : topics)
      watchers.watch(topic, [session](const Value& batch) { return session->take(batch); });
    watchers.watch(session_topic(session_id), [session](const Value& what) { return session->tick(what); });
  });
  call.answer_with(pipe->reader());
  return Out{};
}

}  // namespace logs
