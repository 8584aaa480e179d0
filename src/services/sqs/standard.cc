// Standard queues: messages stand in the order in which they become visible. Receiving one moves it to the end of its
// visibility timeout.
#include "services/sqs/queue.h"

namespace sqs {

namespace {

// Messages that have expired or go to the dead-letter queue and that one receive deals with, at most.
constexpr std::size_t kDiscardedPerReceive = 100;

constexpr std::int64_t kIdleFloorStepMs = 1'000;

}  // namespace

void mark_received(std::int64_t now_ms, std::int64_t visibility_timeout_seconds, Message& message) {
  message.receive_count += 1;
  if (message.first_received_ms == 0) message.first_received_ms = now_ms;
  message.visible_at_ms = now_ms + visibility_timeout_seconds * 1'000;
  message.hiding = visibility_timeout_seconds > 0 ? Hiding::kReceive : Hiding::kNone;
  message.has_moved = false;
}

Found receive_standard(Call& call, const OpenQueue& queue, const Wanted& wanted) {
  const std::int64_t now_ms = call.now_ms();
  const std::int64_t floor_ms = std::min(get_floor(queue), now_ms);
  Found found;
  std::vector<Entry> expired, exhausted, picked;
  std::int64_t reached_ms = now_ms;

  store::Scan visible{.prefix = queue.generation_key(),
                      .from = store::key(queue.row.generation, floor_ms),
                      .until = store::key(queue.row.generation, now_ms + 1)};
  queue.tx.scan(kMessages, visible, [&](std::string_view key, Message& message) {
    store::KeyReader parts(key);
    parts.unsigned_number(), parts.number();
    const std::int64_t visible_at_ms = message.visible_at_ms;
    std::vector<Entry>& heap = queue.is_expired(message, now_ms) ? expired
                               : queue.is_exhausted(message)     ? exhausted
                                                                 : picked;
    heap.push_back({parts.unsigned_number(), std::move(message)});
    found.has_discarded = expired.size() + exhausted.size() >= kDiscardedPerReceive;
    bool is_enough = std::ssize(picked) >= wanted.count || found.has_discarded;
    if (is_enough) reached_ms = visible_at_ms;
    return !is_enough;
  });

  for (const Entry& entry : expired) remove(queue, entry);
  for (Entry& entry : exhausted) {
    if (move_to_dead_letters(call, queue, entry)) {
      found.has_discarded = true;
    } else if (std::ssize(picked) < wanted.count) {
      picked.push_back(std::move(entry));  // its dead-letter queue has been deleted
    } else {
      reached_ms = std::min(reached_ms, entry.message.visible_at_ms);
    }
  }
  for (Entry& entry : picked) {
    Entry before = entry;
    mark_received(now_ms, wanted.visibility_timeout_seconds, entry.message);
    change(queue, before, entry);
  }
  // Looking into an empty queue again and again should not write each time.
  if (!picked.empty() || reached_ms >= floor_ms + kIdleFloorStepMs) raise_floor(queue, floor_ms, reached_ms);
  found.entries = std::move(picked);
  return found;
}

}  // namespace sqs
