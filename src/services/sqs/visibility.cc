// What becomes of a message after it has been received: deleting it, hiding it for longer or showing it again.
#include "services/sqs/batch.h"

namespace sqs {

namespace {

constexpr std::int64_t kVisibilityTimeoutSecondsMax = 43'200;  // 12 hours

std::unexpected<base::Error> refuse_handle(const std::string& handle, std::string_view reason) {
  return error("InvalidParameterValue",
               fmt::format("Value {} for parameter ReceiptHandle is invalid. Reason: {}", handle, reason));
}

base::Result<Out> delete_one(Call& call, const OpenQueue& queue, const std::string& handle_text) {
  ReceiptHandle handle = TRY(read_handle(queue, handle_text));
  auto entry = find_message(queue, handle);
  // "If [you delete a message that has been deleted, or with the handle of an earlier receive], the request succeeds".
  if (!entry) return Out{};
  if (queue.row.is_fifo && entry->message.visible_at_ms <= call.now_ms())
    return refuse_handle(handle_text, "The receipt handle has expired.");
  remove(queue, *entry);
  if (queue.row.is_fifo) announce(call, queue, settle_deleted(queue, *entry, call.now_ms()));
  return Out{};
}

base::Result<Out> change_one(Call& call, const OpenQueue& queue, In in) {
  const std::int64_t now_ms = call.now_ms();
  const std::string& handle_text = in.str("ReceiptHandle");
  const std::int64_t timeout_seconds = in.num("VisibilityTimeout");
  if (timeout_seconds < 0 || timeout_seconds > kVisibilityTimeoutSecondsMax)
    return error("InvalidParameterValue", fmt::format("Value {} for parameter VisibilityTimeout is invalid. Reason: "
                                                      "VisibilityTimeout must be an integer between 0 "
                                                      "and 43200.",
                                                      timeout_seconds));
  ReceiptHandle handle = TRY(read_handle(queue, handle_text));
  auto before = find_message(queue, handle);
  if (!before)
    return refuse_handle(handle_text, "Message does not exist or is not available for visibility timeout change.");
  if (before->message.visible_at_ms <= now_ms) {
    if (queue.row.is_fifo) return refuse_handle(handle_text, "The receipt handle has expired.");
    return error("MessageNotInflight", "The specified message isn't in flight.");
  }
  // "There is a 12-hour limit for the maximum visibility timeout, [counted] from the time you receive the message."
  if (now_ms + timeout_seconds * 1'000 > handle.received_ms + kVisibilityTimeoutSecondsMax * 1'000)
    return error(
        "InvalidParameterValue",
        fmt::format(
            "Value {} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is "
            "beyond the limit [43200 seconds].",
            timeout_seconds));
  Entry after = *before;
  after.message.visible_at_ms = now_ms + timeout_seconds * 1'000;
  after.message.hiding = timeout_seconds > 0 ? Hiding::kReceive : Hiding::kNone;
  after.message.has_moved = !queue.row.is_fifo;
  change(queue, *before, after);
  announce(call, queue, queue.row.is_fifo ? settle_hidden(queue, after, now_ms) : after.message.visible_at_ms);
  return Out{};
}

}  // namespace

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
base::Result<Out> DeleteMessage(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  return delete_one(call, queue, in.str("ReceiptHandle"));
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html
base::Result<Out> DeleteMessageBatch(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  TRY_VOID(check_batch(in.list("Entries"), "DeleteMessageBatchRequestEntry"));
  BatchAnswer answer;
  for (const Value& entry : in.list("Entries"))
    answer.add(entry, delete_one(call, queue, In(entry).str("ReceiptHandle")));
  return answer.take();
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
base::Result<Out> ChangeMessageVisibility(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  return change_one(call, queue, in);
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
base::Result<Out> ChangeMessageVisibilityBatch(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  TRY_VOID(check_batch(in.list("Entries"), "ChangeMessageVisibilityBatchRequestEntry"));
  BatchAnswer answer;
  for (const Value& entry : in.list("Entries")) answer.add(entry, change_one(call, queue, In(entry)));
  return answer.take();
}

}  // namespace sqs
