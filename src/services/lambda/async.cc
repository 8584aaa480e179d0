#include "services/lambda/async.h"

#include "base/strings.h"
#include "kernel/cloud.h"

namespace lambda {

namespace {

using kernel::Millis;

constexpr std::int64_t kRetriesMax = 2;
constexpr std::int64_t kAgeSecondsMax = 21'600;
// "Lambda waits one minute before the second attempt, and two minutes before the third."
constexpr Millis kFirstRetryAfter{60'000};
constexpr Millis kLaterRetryAfter{120'000};
// "The retry interval increases exponentially from 1 second after the first attempt to a maximum of 5 minutes."
constexpr Millis kBackOffFirst{1'000};
constexpr Millis kBackOffMost{300'000};

// An event as its delivery has found it.
struct OpenEvent {
  std::string key;  // names it in the outbox, among timers and errands: "<account>/<region>/<sequence>"
  store::Transaction tx;
  std::string row_key;
  AsyncEvent row;

  const store::Place& place() const { return tx.place(); }
};

std::string event_purpose(std::string_view key, std::string_view what) {
  return fmt::format("lambda.async_event/{}/{}", key, what);
}

std::string open_sealed(const Call& call, const OpenEvent& event, const std::string& sealed, std::string_view what) {
  if (sealed.empty()) return {};
  return call.cloud().vault().open(sealed, event_purpose(event.key, what)).value_or(std::string());
}

std::optional<OpenEvent> get_event(Call& call, std::string_view key) {
  const std::vector<std::string_view> parts = base::split(key, '/');
  const auto sequence = parts.size() == 3 ? base::parse_number<std::uint64_t>(parts[2]) : std::nullopt;
  if (!sequence) return std::nullopt;
  OpenEvent event{.key = std::string(key),
                  .tx = call.tx.at({std::string(parts[0]), std::string(parts[1])}),
                  .row_key = store::key(*sequence),
                  .row = {}};
  auto row = event.tx.get(kAsyncEvents, event.row_key);
  if (!row) return std::nullopt;
  event.row = *std::move(row);
  return event;
}

void emit_event(Call& call, std::string_view key) {
  call.emit({.source = std::string(kEventsSource), .type = "Invoked", .key = std::string(key), .detail = Value::Map{}});
}

EventInvokeConfig config_of(const Target& target) {
  const std::string key = target.function.key(target.settings_qualifier());
  return target.function.tx.get(kEventInvokeConfigs, key).value_or(EventInvokeConfig{});
}

std::int64_t expires_ms(const OpenEvent& event, const EventInvokeConfig& config) {
  return event.row.accepted_ms + config.age_seconds_max.value_or(kAgeSecondsMax) * 1'000;
}

EventOutcome outcome_of(const Call& call, const OpenEvent& event, std::string condition) {
  return {.condition = std::move(condition),
          .request_id = event.row.request_id,
          .runs = event.row.failures,
          .payload = open_sealed(call, event, event.row.sealed_payload, "payload"),
          .version = event.row.failed_version,
          .response = open_sealed(call, event, event.row.sealed_failure, "failure")};
}

// It is told of and forgotten, both or neither.
Result<void> end_event(Call& call, const OpenEvent& event, const Target& target, const EventOutcome& outcome) {
  TRY_VOID(tell_of_event(call, target, config_of(target), outcome));
  event.tx.erase(kAsyncEvents, event.row_key);
  return {};
}

Result<void> give_up(Call& call, const OpenEvent& event, const Target& target, std::string condition) {
  return end_event(call, event, target, outcome_of(call, event, std::move(condition)));
}

// Once more after a while, or at the end of its age, when it is given up.
void try_later(Call& call, const OpenEvent& event, const Target& target, Millis after) {
  event.tx.put(kAsyncEvents, event.row_key, event.row);
  const std::int64_t due_ms = std::min(call.now_ms() + after.count(), expires_ms(event, config_of(target)));
  call.arm(kRetryEvent, kernel::from_ms(due_ms), event.key);
}

Result<void> note_failure(Call& call, OpenEvent& event, const Target& target, const Run& run) {
  AsyncEvent& row = event.row;
  row.failures += 1;
  row.failed_version = run.version();
  row.sealed_failure =
      call.cloud().vault().seal(call.cloud().dice(), run.outcome().payload, event_purpose(event.key, "failure"));
  if (row.failures > config_of(target).retries_max.value_or(kRetriesMax))
    return give_up(call, event, target, "RetriesExhausted");
  try_later(call, event, target, row.failures == 1 ? kFirstRetryAfter : kLaterRetryAfter);
  return {};
}

void note_trouble(Call& call, OpenEvent& event, const Target& target, const base::Error& error) {
  const Millis after = std::min(kBackOffMost, kBackOffFirst * (1 << std::min<std::int64_t>(event.row.troubles, 20)));
  event.row.troubles += 1;
  call.cloud().log().write(base::Level::kDebug, "A function could not be run for an event; it is tried again.",
                           {{"function", target.function.arn()}, {"error", error.code + ": " + error.message}});
  try_later(call, event, target, after);
}

Result<void> succeed(Call& call, const OpenEvent& event, const Target& target, const Run& run) {
  EventOutcome outcome = outcome_of(call, event, "Success");
  outcome.runs += 1;
  outcome.version = run.version();
  outcome.response = run.outcome().payload;
  return end_event(call, event, target, outcome);
}

Result<void> attempt_event(Call& call, OpenEvent& event) {
  const FunctionName name{.place = event.place(), .name = event.row.function, .qualifier = event.row.qualifier};
  auto target = find_target(call, name, Routing::kPrimary);
  if (!target) {
    event.tx.erase(kAsyncEvents, event.row_key);  // the function is gone, and its events with it
    return {};
  }
  const std::string errand = "lambda/event/" + event.key;
  if (!call.errand<Run>(errand)) {
    if (call.now_ms() >= expires_ms(event, config_of(*target)))
      return give_up(call, event, *target, "EventAgeExceeded");
    // "Lambda sends all events to the dead-letter queue or the on-failure destination, without any retries."
    if (target->function.row.reserved_concurrency == 0) return give_up(call, event, *target, "ZeroReservedConcurrency");
  }
  auto run = run_function(call, errand, name,
                          {.payload = open_sealed(call, event, event.row.sealed_payload, "payload"),
                           .request_id = event.row.request_id,
                           .client_context = event.row.client_context,
                           .trace_id = event.row.trace_id});
  if (!run && is_parked(run.error())) return std::unexpected(run.error());
  if (run && (*run)->is_answered()) return succeed(call, event, *target, **run);
  if (run && (*run)->is_failed()) return note_failure(call, event, *target, **run);
  if (!run && run.error().code == "RecursiveInvocationException")
    return give_up(call, event, *target, "RetriesExhausted");
  note_trouble(call, event, *target, run ? (*run)->refusal() : run.error());
  return {};
}

}  // namespace

void accept_event(Call& call, const Target& target, RunRequest request) {
  const store::Place& place = target.function.place();
  const std::uint64_t sequence = call.next_sequence();
  const std::string key = fmt::format("{}/{}/{}", place.account, place.region, sequence);
  target.function.tx.put(
      kAsyncEvents, store::key(sequence),
      {.function = target.function.row.name,
       .qualifier = target.asked.qualifier,
       .request_id = std::move(request.request_id),
       .sealed_payload = call.cloud().vault().seal(call.cloud().dice(), request.payload, event_purpose(key, "payload")),
       .client_context = std::move(request.client_context),
       .trace_id = std::move(request.trace_id),
       .accepted_ms = call.now_ms()});
  emit_event(call, key);
}

Result<void> deliver_event(Call& call, const kernel::Event& event) {
  auto found = get_event(call, event.key);
  if (!found) return {};
  return attempt_event(call, *found);
}

Result<void> retry_event(Call& call, std::string_view key) {
  emit_event(call, key);
  return {};
}

}  // namespace lambda
