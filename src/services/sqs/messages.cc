// Sending messages.
#include "base/bytes.h"
#include "services/sqs/batch.h"
#include "services/sqs/message_checks.h"
#include "services/sqs/sealing.h"

namespace sqs {

namespace {

constexpr std::int64_t kDelaySecondsMax = 900;
constexpr std::size_t kBatchBytesMax = 1'048'576;

// A message to be sent, checked as far as it can be without looking at the queue's other messages.
struct Draft {
  Message message;
  std::string body;
  std::string trace_md5;
};

std::unexpected<base::Error> refuse_parameter(std::string_view name, std::string_view value, std::string_view reason) {
  return error("InvalidParameterValue",
               fmt::format("Value {} for parameter {} is invalid. Reason: {}", value, name, reason));
}

// Says when the message can first be received.
base::Result<void> set_delay(const Call& call, const Queue& queue, In in, Message& message) {
  std::int64_t delay_seconds = in.num("DelaySeconds", queue.delay_seconds);
  if (delay_seconds < 0 || delay_seconds > kDelaySecondsMax)
    return refuse_parameter("DelaySeconds", std::to_string(delay_seconds), "DelaySeconds must be >= 0 and <= 900.");
  // "When you set FifoQueue, you can't set DelaySeconds per message."
  if (queue.is_fifo && in.num("DelaySeconds") != 0)
    return refuse_parameter("DelaySeconds", std::to_string(delay_seconds),
                            "The request include parameter that is not valid for this queue type.");
  if (queue.is_fifo) delay_seconds = queue.delay_seconds;
  message.visible_at_ms = call.now_ms() + delay_seconds * 1'000;
  if (delay_seconds > 0) message.hiding = Hiding::kDelay;
  return {};
}

// What every message of a FIFO queue must have. AWS: one entry of a batch without it fails the whole request.
base::Result<void> check_fifo_parameters(const Queue& queue, In in) {
  if (!queue.is_fifo) return {};
  if (!in.has("MessageGroupId"))
    return error("MissingParameter", "The request must contain the parameter MessageGroupId.");
  if (in.has("MessageDeduplicationId") || queue.deduplicates_by_content) return {};
  return error(
      "InvalidParameterValue",
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
}

base::Result<void> set_fifo_ids(const Queue& queue, In in, const std::string& body, Message& message) {
  message.group_id = in.str("MessageGroupId");
  message.deduplication_id = in.str("MessageDeduplicationId");
  if (!queue.is_fifo && in.has("MessageDeduplicationId"))
    return refuse_parameter("MessageDeduplicationId", message.deduplication_id,
                            "The request include parameter that is not valid for this queue type.");
  if (in.has("MessageGroupId")) TRY_VOID(check_fifo_id("MessageGroupId", message.group_id));
  if (!queue.is_fifo) return {};  // a group on a standard queue is for its fairness
  TRY_VOID(check_fifo_parameters(queue, in));
  if (in.has("MessageDeduplicationId")) return check_fifo_id("MessageDeduplicationId", message.deduplication_id);
  // "uses a SHA-256 hash to generate the MessageDeduplicationId using the body of the message (but not the attributes
  // of the message)"
  message.deduplication_id = base::to_hex(base::sha256(body));
  return {};
}

base::Result<Draft> draft(Call& call, const Queue& queue, In in) {
  Draft draft{.body = in.str("MessageBody")};
  TRY_VOID(check_body(draft.body));
  Message& message = draft.message;
  TRY_VOID(set_delay(call, queue, in, message));
  message.attributes = TRY(read_attributes(in.map("MessageAttributes")));
  message.trace_header = TRY(read_trace_header(in.map("MessageSystemAttributes")));
  if (!message.trace_header.empty())
    draft.trace_md5 = attributes_md5({{"AWSTraceHeader", "String", message.trace_header}});
  // The header of a request, as SDKs in functions send it, is that of its messages.
  if (message.trace_header.empty() && call.is_from_outside()) message.trace_header = call.request.trace_id;
  TRY_VOID(set_fifo_ids(queue, in, draft.body, message));
  if (std::cmp_greater(message_bytes(draft.body, message.attributes), queue.message_bytes_max))
    return error("InvalidParameterValue",
                 fmt::format("One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
                             queue.message_bytes_max));
  message.id = call.uuid();
  message.body_md5 = base::to_hex(base::md5(draft.body));
  message.attributes_md5 = attributes_md5(message.attributes);
  message.sender_id = call.caller.user_id;
  message.sent_ms = message.kept_from_ms = call.now_ms();
  return draft;
}

Out answer_for(const Draft& draft, const std::string& message_id) {
  Out answer{{"MessageId", message_id}, {"MD5OfMessageBody", draft.message.body_md5}};
  if (!draft.message.attributes_md5.empty()) answer.set("MD5OfMessageAttributes", draft.message.attributes_md5);
  if (!draft.trace_md5.empty()) answer.set("MD5OfMessageSystemAttributes", draft.trace_md5);
  return answer;
}

// "If a message with a particular message deduplication ID is sent successfully, any messages sent with the same
// message deduplication ID are accepted successfully but aren't delivered during the 5-minute deduplication interval."
base::Result<Out> send(Call& call, const OpenQueue& queue, Draft draft) {
  if (queue.row.is_fifo) {
    if (auto first = find_duplicate(queue, draft.message, call.now_ms())) {
      Out answer = answer_for(draft, first->message_id);
      answer.set("SequenceNumber", sequence_number(first->sequence));
      return answer;
    }
  }
  Out answer = answer_for(draft, draft.message.id);
  std::string kept = TRY(seal_message(call, queue, draft.message, std::move(draft.body)));
  Entry entry = new_entry(call, std::move(draft.message));
  if (queue.row.is_fifo) {
    remember_sent(queue, entry, call.now_ms());
    answer.set("SequenceNumber", sequence_number(entry.sequence));
  }
  deliver(call, queue, std::move(entry), std::move(kept));
  return answer;
}

// "The maximum allowed individual message size and the maximum total payload size (the sum of the individual lengths of
// all of the batched messages) are both 1 MiB 1,048,576 bytes."
base::Result<void> check_batch_size(const Value::List& entries) {
  std::size_t bytes = 0;
  for (const Value& entry : entries) {
    bytes += In(entry).str("MessageBody").size();
    for (const auto& [name, attribute] : In(entry).map("MessageAttributes"))
      bytes += name.size() + In(attribute).str("DataType").size() + In(attribute).str("StringValue").size() +
               In(attribute).str("BinaryValue").size();
  }
  if (bytes <= kBatchBytesMax) return {};
  return error(
      "BatchRequestTooLong",
      fmt::format("Batch requests cannot be longer than {} bytes. You have sent {} bytes.", kBatchBytesMax, bytes));
}

}  // namespace

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
base::Result<Out> SendMessage(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  return send(call, queue, TRY(draft(call, queue.row, in)));
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
base::Result<Out> SendMessageBatch(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  TRY_VOID(check_batch(in.list("Entries"), "SendMessageBatchRequestEntry"));
  TRY_VOID(check_batch_size(in.list("Entries")));
  for (const Value& entry : in.list("Entries")) TRY_VOID(check_fifo_parameters(queue.row, In(entry)));

  BatchAnswer answer;
  for (const Value& entry : in.list("Entries")) {
    auto drafted = draft(call, queue.row, In(entry));
    answer.add(entry, drafted ? send(call, queue, *std::move(drafted)) : std::unexpected(drafted.error()));
  }
  return answer.take();
}

}  // namespace sqs
