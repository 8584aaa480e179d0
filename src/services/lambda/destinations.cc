// Who is told how asynchronous invocations ended: dead-letter queues and destinations.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
#include "base/arn.h"
#include "base/json.h"
#include "base/time_text.h"
#include "kernel/cloud.h"
#include "services/lambda/async.h"

namespace lambda {

namespace {

constexpr std::size_t kErrorMessageBytesMax = 1'024;  // "the first 1 KB of the error message"

// A text that is JSON as it is, any other as a JSON string.
std::string as_json(const std::string& text) {
  if (text.empty()) return "null";
  return base::parse_json(text) ? text : base::to_json(Value(text));
}

std::string invoked_arn(const Target& target) {
  return target.function.arn(target.asked.qualifier.empty() ? "$LATEST" : target.asked.qualifier);
}

std::string record_of(const Call& call, const Target& target, const EventOutcome& outcome) {
  const Value request = Value::Map{{"requestId", outcome.request_id},
                                   {"functionArn", invoked_arn(target)},
                                   {"condition", outcome.condition},
                                   {"approximateInvokeCount", outcome.runs}};
  std::string record = fmt::format(R"({{"version":"1.0","timestamp":"{}","requestContext":{},"requestPayload":{})",
                                   time_with_ms(call.now_ms()), base::to_json(request), as_json(outcome.payload));
  if (!outcome.version.empty()) {
    Value response = Value::Map{{"statusCode", 200}, {"executedVersion", outcome.version}};
    if (!outcome.is_success()) response.set("functionError", "Unhandled");
    record += fmt::format(R"(,"responseContext":{},"responsePayload":{})", base::to_json(response),
                          as_json(outcome.response));
  }
  return record + "}";
}

Result<void> done_by(Result<Value> answer) {
  if (!answer) return std::unexpected(std::move(answer).error());
  return {};
}

Result<void> send_to_queue(const Call& call, const kernel::Client& role, const base::Arn& queue, std::string body,
                           Value attributes) {
  Value input =
      Value::Map{{"QueueUrl", queue_url_of(call, queue.account, queue.resource)}, {"MessageBody", std::move(body)}};
  if (!attributes.is_null()) input.set("MessageAttributes", std::move(attributes));
  return done_by(role.invoke({"sqs", "SendMessage"}, std::move(input)));
}

// "aws/lambda/async/<function name>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>"
std::string object_key(Call& call, const std::string& function) {
  std::string time = base::format_iso8601(call.now_ms()).substr(0, 19);
  std::string day = time.substr(0, 10);
  std::ranges::replace(time, ':', '.');
  std::ranges::replace(day, '-', '/');
  return fmt::format("aws/lambda/async/{}/{}/{}-{}", function, day, time, call.uuid());
}

Value bus_event(const Target& target, const std::string& bus, const EventOutcome& outcome, const std::string& record) {
  const std::string_view result = outcome.is_success() ? "Success" : "Failure";
  return Value::Map{{"EventBusName", bus},
                    {"Source", "lambda"},
                    {"DetailType", fmt::format("Lambda Function Invocation Result - {}", result)},
                    {"Detail", record},
                    {"Resources", Value::List{invoked_arn(target), bus}}};
}

Result<void> send_record(Call& call, const kernel::Client& role, const Target& target, const std::string& destination,
                         const EventOutcome& outcome) {
  const base::Arn arn = base::Arn::parse(destination);
  const std::string record = record_of(call, target, outcome);
  const store::Place& home = target.function.place();
  const kernel::Client there = role.in({arn.account.empty() ? home.account : std::string(arn.account),
                                        arn.region.empty() ? home.region : std::string(arn.region)});
  if (arn.service == "sqs") return send_to_queue(call, there, arn, record, {});
  if (arn.service == "lambda")
    return done_by(
        there.invoke({"lambda", "Invoke"},
                     Value::Map{{"FunctionName", destination}, {"InvocationType", "Event"}, {"Payload", record}}));
  if (arn.service == "s3")
    return done_by(there.invoke({"s3", "PutObject"}, Value::Map{{"Bucket", arn.resource},
                                                                {"Key", object_key(call, target.function.row.name)},
                                                                {"Body", record},
                                                                {"ContentType", "application/json"}}));
  if (arn.service == "sns")
    return done_by(there.invoke({"sns", "Publish"}, Value::Map{{"TopicArn", destination}, {"Message", record}}));
  return done_by(there.invoke({"events", "PutEvents"},
                              Value::Map{{"Entries", Value::List{bus_event(target, destination, outcome, record)}}}));
}

Value dead_letter_attributes(const EventOutcome& outcome) {
  auto attribute = [](std::string_view type, std::string_view value) {
    return Value(Value::Map{{"DataType", type}, {"StringValue", value}});
  };
  Value attributes =
      Value::Map{{"RequestID", attribute("String", outcome.request_id)}, {"ErrorCode", attribute("Number", "200")}};
  auto response = base::parse_json(outcome.response);
  std::string message = response ? response->at("errorMessage").str() : std::string();
  if (message.size() > kErrorMessageBytesMax) message.resize(kErrorMessageBytesMax);
  if (!message.empty()) attributes.set("ErrorMessage", attribute("String", message));
  return attributes;
}

Result<void> send_dead_letter(Call& call, const kernel::Client& role, const std::string& destination,
                              const EventOutcome& outcome) {
  const base::Arn arn = base::Arn::parse(destination);
  const kernel::Client there = role.in({std::string(arn.account), std::string(arn.region)});
  Value attributes = dead_letter_attributes(outcome);
  if (arn.service == "sqs") return send_to_queue(call, there, arn, outcome.payload, std::move(attributes));
  return done_by(there.invoke({"sns", "Publish"}, Value::Map{{"TopicArn", destination},
                                                             {"Message", outcome.payload},
                                                             {"MessageAttributes", std::move(attributes)}}));
}

// AWS counts these in the metrics DeadLetterErrors and DestinationDeliveryFailures and drops the event.
Result<void> note_miss(Call& call, const Target& target, const std::string& destination, Result<void> sent) {
  if (sent || is_parked(sent.error())) return sent;
  call.cloud().log().write(base::Level::kWarn, "A destination did not take the outcome of an asynchronous invocation.",
                           {{"function", target.function.arn()},
                            {"destination", destination},
                            {"error", sent.error().code + ": " + sent.error().message}});
  return {};
}

}  // namespace

Result<void> tell_of_event(Call& call, const Target& target, const EventInvokeConfig& config,
                           const EventOutcome& outcome) {
  const std::string& destination = outcome.is_success() ? config.on_success : config.on_failure;
  const std::string dead_letters = outcome.is_success() ? std::string() : target.version.dead_letter_arn;
  if (destination.empty() && dead_letters.empty()) return {};
  auto session = assume_execution_role(call, target.function.row.name, target.function.arn(), target.version.role);
  if (!session) {
    const std::string& first = destination.empty() ? dead_letters : destination;
    return note_miss(call, target, first, std::unexpected(session.error()));
  }
  const kernel::Client role = call.as_role(*std::move(session));
  if (!dead_letters.empty())
    TRY_VOID(note_miss(call, target, dead_letters, send_dead_letter(call, role, dead_letters, outcome)));
  if (!destination.empty())
    TRY_VOID(note_miss(call, target, destination, send_record(call, role, target, destination, outcome)));
  return {};
}

std::string time_with_ms(std::int64_t time_ms) {
  const std::string text = base::format_iso8601(time_ms);
  return text.find('.') == text.npos ? text.substr(0, text.size() - 1) + ".000Z" : text;
}

std::string queue_url_of(const Call& call, std::string_view account, std::string_view queue) {
  return fmt::format("{}/{}/{}", call.request.base_url, account, queue);
}

}  // namespace lambda
