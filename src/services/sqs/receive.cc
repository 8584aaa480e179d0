// Receiving messages, and waiting for them.
#include "services/sqs/message_checks.h"
#include "services/sqs/sealing.h"
#include "services/sqs/show.h"

namespace sqs {

namespace {

constexpr std::int64_t kReceivedMax = 10;
constexpr std::int64_t kWaitSecondsMax = 20;
constexpr std::int64_t kVisibilityTimeoutMax = 43'200;

base::Result<std::int64_t> read_number(std::string_view name, std::int64_t value, std::int64_t min, std::int64_t max,
                                       std::string_view reason) {
  if (value >= min && value <= max) return value;
  return error("InvalidParameterValue",
               fmt::format("Value {} for parameter {} is invalid. Reason: {}", value, name, reason));
}

// What ReceiveMessage was asked for.
struct Request {
  Wanted wanted;
  WantedAttributes attributes;
  std::int64_t wait_seconds = 0;
  std::string attempt_id;
};

base::Result<Request> read_request(const Queue& queue, In in) {
  Request request;
  request.wanted.count = TRY(read_number("MaxNumberOfMessages", in.num("MaxNumberOfMessages", 1), 1, kReceivedMax,
                                         "Must be between 1 and 10, if provided."));
  request.wait_seconds = TRY(read_number("WaitTimeSeconds", in.num("WaitTimeSeconds", queue.receive_wait_seconds), 0,
                                         kWaitSecondsMax, "Must be >= 0 and <= 20, if provided."));
  request.wanted.visibility_timeout_seconds =
      TRY(read_number("VisibilityTimeout", in.num("VisibilityTimeout", queue.visibility_timeout_seconds), 0,
                      kVisibilityTimeoutMax, "Must be >= 0 and <= 43200, if provided."));
  request.attributes = TRY(read_wanted(in));
  if (in.has("ReceiveRequestAttemptId")) {
    request.attempt_id = in.str("ReceiveRequestAttemptId");
    if (!queue.is_fifo)
      return error("InvalidParameterValue", fmt::format("Value {} for parameter ReceiveRequestAttemptId is invalid. "
                                                        "Reason: The request include parameter that is not "
                                                        "valid for this queue type.",
                                                        request.attempt_id));
    TRY_VOID(check_fifo_id("ReceiveRequestAttemptId", request.attempt_id));
  }
  return request;
}

// How many messages may still be put in flight. Counts exactly only when the cheap upper bound allows for having
// reached the quota.
std::int64_t count_room(Call& call, const OpenQueue& queue) {
  const std::int64_t in_flight_max = call.limit(kInFlightMax);
  std::int64_t room = in_flight_max - queue.tx.unrecorded().count(kReceived, queue.generation_key());
  if (room < kReceivedMax) room = in_flight_max - count_messages(queue, call.now_ms()).in_flight;
  return room;
}

Found receive(Call& call, const OpenQueue& queue, const Request& request, Wanted wanted) {
  if (!queue.row.is_fifo) return receive_standard(call, queue, wanted);
  if (request.attempt_id.empty()) return receive_fifo(call, queue, wanted);
  if (auto same = repeat_attempt(call, queue, request.attempt_id, wanted)) {
    remember_attempt(queue, request.attempt_id, *same, call.now_ms());
    return {.entries = *std::move(same)};
  }
  Found found = receive_fifo(call, queue, wanted);
  if (!found.entries.empty()) remember_attempt(queue, request.attempt_id, found.entries, call.now_ms());
  return found;
}

}  // namespace

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
base::Result<Out> ReceiveMessage(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  Request request = TRY(read_request(queue.row, in));
  const kernel::Time wait_end = call.request.received + kernel::Seconds(request.wait_seconds);
  const std::int64_t room = count_room(call, queue);
  // "To avoid reaching the quota, […] delete messages from the queue after they're processed." A FIFO queue and one
  // that is waited for say nothing of it.
  if (room <= 0 && request.wait_seconds == 0 && !queue.row.is_fifo)
    return error("OverLimit", "The maximum number of messages in flight has been reached.");

  Found found;
  Wanted wanted = request.wanted;
  wanted.count = std::min(wanted.count, room);
  if (wanted.count > 0) found = receive(call, queue, request, wanted);

  if (found.entries.empty() && request.wait_seconds > 0 && call.can_wait()) {
    // Reading the depth makes anything sent meanwhile show.
    queue.tx.count(kDepth, queue.generation_key());
    const std::int64_t wait_end_ms = kernel::to_ms(wait_end);
    auto next_ms = next_visible(queue, call.now_ms(), std::max(wait_end_ms, call.now_ms()) + kWaitSecondsMax * 1'000);
    // LIMIT: who had to discard messages answers early, because waiting would undo it.
    if (call.now < wait_end && !found.has_discarded)
      return call.park_until(std::min(wait_end, kernel::from_ms(next_ms.value_or(wait_end_ms))), queue.topic());
    // Only one receiver is woken for a message that will become visible; one that goes before then lets another know of
    // it.
    if (next_ms) call.wake(queue.topic());
  }

  Value::List messages;
  for (const Entry& entry : found.entries) {
    Out message = show_message(queue, TRY(open_message(call, queue, entry)), request.attributes);
    message.set("ReceiptHandle", write_handle(queue, entry, call.now_ms()));
    messages.push_back(std::move(message));
    // Back before others stop waiting: they must know when.
    announce(call, queue, entry.message.visible_at_ms);
  }
  Out answer;
  if (!messages.empty()) answer.set("Messages", std::move(messages));
  return answer;
}

}  // namespace sqs
