#pragma once

#include <string>

#include "services/lambda/run.h"

// Asynchronous invocations: events wait in rows and go to the function one run each, again where it fails, until they
// have succeeded or are given up.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
namespace lambda {

struct AsyncEvent {
  std::string function, qualifier;  // as invoked; the qualifier may be empty
  std::string request_id;           // the same for all runs
  std::string sealed_payload;       // by the vault
  std::string client_context, trace_id;
  std::int64_t accepted_ms = 0;
  std::int64_t failures = 0;   // runs that ended in the function's own error
  std::int64_t troubles = 0;   // attempts without a run: throttles, errors of Lambda's side
  std::string sealed_failure;  // what the last failed run answered
  std::string failed_version;  // which version that was

  static void fields(auto& self, auto& field) {
    field("function", self.function);
    field("qualifier", self.qualifier);
    field("request_id", self.request_id);
    field("sealed_payload", self.sealed_payload);
    field("client_context", self.client_context);
    field("trace_id", self.trace_id);
    field("accepted_ms", self.accepted_ms);
    field("failures", self.failures);
    field("troubles", self.troubles);
    field("sealed_failure", self.sealed_failure);
    field("failed_version", self.failed_version);
  }
};
inline constexpr store::Table<AsyncEvent> kAsyncEvents{"lambda.async_events"};  // key: a sequence number

// async.cc
// Takes the event; it is as durable as the call that makes it.
void accept_event(Call& call, const Target& target, RunRequest request);
Result<void> deliver_event(Call& call, const kernel::Event& event);
inline constexpr std::string_view kEventsSource = "lambda.events";
Result<void> retry_event(Call& call, std::string_view key);
inline constexpr kernel::Timer kRetryEvent{"lambda.retry_event", retry_event};

// destinations.cc
// How an event ended, for those who are told of it.
struct EventOutcome {
  std::string condition;  // "Success", "RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency"
  std::string request_id;
  std::int64_t runs = 0;
  std::string payload;   // of the request
  std::string version;   // that ran last; empty: none did
  std::string response;  // its answer
  bool is_success() const { return condition == "Success"; }
};
// Sends the event to the dead-letter queue where it has failed, and the record of it to the destination there may be,
// as the execution role. What does not take it misses it. Errors: only "Parked".
Result<void> tell_of_event(Call& call, const Target& target, const EventInvokeConfig& config,
                           const EventOutcome& outcome);
// "2026-01-31T00:00:00.000Z"
std::string time_with_ms(std::int64_t time_ms);
// "https://…/<account>/<name>"
std::string queue_url_of(const Call& call, std::string_view account, std::string_view queue);

}  // namespace lambda
