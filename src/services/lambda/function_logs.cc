// What functions log reaches CloudWatch Logs with the permissions of their role, and is lost without a word where that
// has none, as on AWS: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
#include "kernel/cloud.h"
#include "services/lambda/run.h"

namespace lambda {

namespace {

constexpr kernel::OperationId kCreateLogGroup{"logs", "CreateLogGroup"};
constexpr kernel::OperationId kCreateLogStream{"logs", "CreateLogStream"};
constexpr kernel::OperationId kPutLogEvents{"logs", "PutLogEvents"};
// Limits of PutLogEvents; each event counts 26 bytes more than its message.
constexpr std::size_t kBatchBytesMax = 1'048'576;
constexpr std::size_t kBatchEventsMax = 10'000;
constexpr std::size_t kEventOverheadBytes = 26;

Result<void> put_events(const kernel::Client& role, const Value& detail, Value::List events) {
  const Value input = Value::Map{
      {"logGroupName", detail.at("group")}, {"logStreamName", detail.at("stream")}, {"logEvents", std::move(events)}};
  auto put = role.invoke(kPutLogEvents, input);
  if (put) return {};
  if (put.error().code != "ResourceNotFoundException") return std::unexpected(put.error());
  const Value group = Value::Map{{"logGroupName", detail.at("group")}};
  auto made = role.invoke(kCreateLogStream,
                          Value::Map{{"logGroupName", detail.at("group")}, {"logStreamName", detail.at("stream")}});
  if (!made && made.error().code == "ResourceNotFoundException") {
    auto made_group = role.invoke(kCreateLogGroup, group);
    if (!made_group && made_group.error().code != "ResourceAlreadyExistsException")
      return std::unexpected(made_group.error());
    made = role.invoke(kCreateLogStream,
                       Value::Map{{"logGroupName", detail.at("group")}, {"logStreamName", detail.at("stream")}});
  }
  if (!made && made.error().code != "ResourceAlreadyExistsException") return std::unexpected(made.error());
  put = role.invoke(kPutLogEvents, input);
  if (!put) return std::unexpected(put.error());
  return {};
}

Result<void> put_all(const kernel::Client& role, const Value& detail) {
  Value::List events;
  std::size_t bytes = 0;
  for (const Value& line : detail.at("lines").list()) {
    if (line.at("message").str().empty()) continue;
    const std::size_t event_bytes = line.at("message").str().size() + kEventOverheadBytes;
    if (events.size() == kBatchEventsMax || (!events.empty() && bytes + event_bytes > kBatchBytesMax)) {
      TRY_VOID(put_events(role, detail, std::exchange(events, {})));
      bytes = 0;
    }
    bytes += event_bytes;
    events.push_back(line);
  }
  if (events.empty()) return {};
  return put_events(role, detail, std::move(events));
}

// Once a day for each function and reason, so that the log of the server stays readable.
void note_lost(Call& call, const Value& detail, const base::Error& error) {
  const std::string name = fmt::format("lambda.logs_lost/{}/{}", detail.at("function").str(), error.code);
  if (!call.cloud().meters().take(name, {.per_second = 1.0 / 86'400, .saved_max = 1}, 1, call.now_ms())) return;
  call.cloud().log().write(base::Level::kWarn, "What a function logs is lost: its role may not write it.",
                           {{"function", detail.at("function").str()},
                            {"role", detail.at("role").str()},
                            {"error", error.code + ": " + error.message}});
}

}  // namespace

std::function<void(std::vector<kernel::LogLine>)> log_taker(Call& call, const kernel::FunctionEnvironment& environment,
                                                            const std::string& role) {
  if (!call.cloud().find_service(kPutLogEvents.service)) return nullptr;
  const Value about = Value::Map{{"function", environment.function_arn},
                                 {"name", environment.function_name},
                                 {"role", role},
                                 {"group", environment.log_group},
                                 {"stream", environment.log_stream}};
  return [&cloud = call.cloud(), about,
          place = store::Place{environment.account, environment.region}](std::vector<kernel::LogLine> lines) {
    auto kept = cloud.transact(place, [&](Call& noting) -> Result<void> {
      Value::List events;
      for (const kernel::LogLine& line : lines)
        events.push_back(
            Value::Map{{"timestamp", line.at_ms == 0 ? noting.now_ms() : line.at_ms}, {"message", line.text}});
      Value detail = about;
      detail.set("lines", std::move(events));
      noting.emit({.source = std::string(kLogsSource),
                   .type = "Logged",
                   .key = about.at("group").str() + "/" + about.at("stream").str(),
                   .detail = std::move(detail)});
      return {};
    });
    if (!kept)
      cloud.log().write(base::Level::kError, "What a function logged could not be kept.",
                        {{"function", about.at("function").str()}, {"error", kept.error().message}});
  };
}

Result<void> deliver_logs(Call& call, const kernel::Event& event) {
  const Value& detail = event.detail;
  auto session =
      assume_execution_role(call, detail.at("name").str(), detail.at("function").str(), detail.at("role").str());
  if (!session) {
    note_lost(call, detail, session.error());
    return {};
  }
  auto put = put_all(call.as_role(*std::move(session)), detail);
  if (put) return {};
  if (is_parked(put.error())) return put;
  note_lost(call, detail, put.error());
  return {};
}

}  // namespace lambda
