#include "services/sqs/peek.h"

#include "services/sqs/sealing.h"
#include "services/sqs/show.h"

namespace sqs {

base::Result<Value> peek_messages(Call& call, std::string_view queue_url, const PeekOptions& options) {
  OpenQueue queue = TRY(find_queue(call, queue_url));
  queue.tx = queue.tx.unrecorded();
  const std::int64_t now_ms = call.now_ms();
  auto is_shown = [&](const Message& message) {
    if (queue.is_expired(message, now_ms)) return false;
    if (message.visible_at_ms <= now_ms) return true;
    return (message.hiding == Hiding::kDelay ? options.delayed : options.invisible) == PeekOptions::Show::kAll;
  };

  std::vector<Entry> entries;
  auto take = [&](std::string_view key, Message& message) {
    if (!is_shown(message)) return true;
    store::KeyReader parts(key);
    parts.unsigned_number();
    queue.row.is_fifo ? static_cast<void>(parts.text()) : static_cast<void>(parts.number());
    entries.push_back({parts.unsigned_number(), std::move(message)});
    return entries.size() < options.count_max;
  };
  if (queue.row.is_fifo) {
    queue.tx.scan(kFifoMessages, queue.generation_key(), take);
  } else {
    queue.tx.scan(kMessages,
                  {.prefix = queue.generation_key(), .from = store::key(queue.row.generation, get_floor(queue))}, take);
  }
  std::ranges::sort(entries, {}, &Entry::sequence);

  Value::List messages;
  for (const Entry& entry : entries) {
    Out message =
        show_message(queue, TRY(open_message(call, queue, entry)), {.system_names = {"All"}, .message_names = {"All"}});
    message.set("ReceiptHandle", "SQS/BACKDOOR/ACCESS");  // the form of it that tools know
    messages.push_back(std::move(message));
  }
  return Value(Value::Map{{"Messages", std::move(messages)}});
}

}  // namespace sqs
