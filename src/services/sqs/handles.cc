// Receipt handles: opaque to clients, and good only for the receive they were given for.
#include "base/bytes.h"
#include "services/sqs/queue.h"

namespace sqs {

namespace {

constexpr std::string_view kHandleStart = "\x01\x01\x01";  // "AQEB…" in base64, as AWS's begin
constexpr std::size_t kSealBytes = 16;
constexpr std::size_t kHandleBytesMin = 120;  // AWS's are long; whoever stores them should find out here

// Not a secret: tells mistakes and handles of other queues apart, nobody is kept from anything by it.
std::string seal(const OpenQueue& queue, std::string_view content) {
  return base::sha256(fmt::format("{} {}", queue.arn(), content)).substr(0, kSealBytes);
}

}  // namespace

std::string write_handle(const OpenQueue& queue, const Entry& entry, std::int64_t received_ms) {
  const Message& message = entry.message;
  std::string content = store::key(queue.row.generation, entry.sequence, message.visible_at_ms, received_ms,
                                   message.receive_count, std::string_view(message.group_id));
  content.resize(std::max(content.size(), kHandleBytesMin));
  return base::to_base64(std::string(kHandleStart) + seal(queue, content) + content);
}

base::Result<ReceiptHandle> read_handle(const OpenQueue& queue, const std::string& text) {
  auto refuse = [&] {
    return error("ReceiptHandleIsInvalid",
                 fmt::format("The input receipt handle \"{}\" is not a valid receipt handle.", text));
  };
  auto bytes = base::from_base64(text);
  if (!bytes || !bytes->starts_with(kHandleStart) || bytes->size() < kHandleStart.size() + kSealBytes) return refuse();
  std::string_view content = std::string_view(*bytes).substr(kHandleStart.size() + kSealBytes);
  if (std::string_view(*bytes).substr(kHandleStart.size(), kSealBytes) != seal(queue, content)) return refuse();
  store::KeyReader parts(content);
  ReceiptHandle handle;
  handle.generation = parts.unsigned_number();
  handle.sequence = parts.unsigned_number();
  handle.visible_at_ms = parts.number();
  handle.received_ms = parts.number();
  handle.receive_count = parts.number();
  handle.group_id = parts.text();
  if (!parts.ok()) return refuse();
  return handle;
}

std::optional<Entry> find_message(const OpenQueue& queue, const ReceiptHandle& handle) {
  if (handle.generation != queue.row.generation) return std::nullopt;  // purged
  std::optional<Message> message;
  if (queue.row.is_fifo) {
    message =
        queue.tx.get(kFifoMessages, store::key(handle.generation, std::string_view(handle.group_id), handle.sequence));
  } else {
    message = queue.tx.get(kMessages, store::key(handle.generation, handle.visible_at_ms, handle.sequence));
    auto moved = message ? std::nullopt : queue.tx.get(kMoved, store::key(handle.generation, handle.sequence));
    if (moved) message = queue.tx.get(kMessages, store::key(handle.generation, moved->time_ms, handle.sequence));
  }
  // "If you receive a message more than once, the ReceiptHandle you get each time is different." Only the latest
  // counts.
  if (!message || message->receive_count != handle.receive_count) return std::nullopt;
  return Entry{handle.sequence, *std::move(message)};
}

}  // namespace sqs
