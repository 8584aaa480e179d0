// What the messages of both kinds of queues have in common: coming, going, being hidden and being counted.
#include "services/sqs/queue.h"

namespace sqs {

namespace {

constexpr std::int64_t kTenthMs = 100;

std::string body_key(const OpenQueue& queue, std::uint64_t sequence) {
  return store::key(queue.row.generation, sequence);
}

// The tenth of a second by whose end the message is visible.
std::int64_t tenth_of(std::int64_t visible_at_ms) { return (visible_at_ms + kTenthMs - 1) / kTenthMs; }

std::string hidden_key(const OpenQueue& queue, const Message& message) {
  return store::key(queue.row.generation, tenth_of(message.visible_at_ms), static_cast<int>(message.hiding));
}

// Brings the counters from a message's earlier state to its later one; null: not in the queue.
void recount(const OpenQueue& queue, const Message* before, const Message* after) {
  const int difference = (after ? 1 : 0) - (before ? 1 : 0);
  // Also when only shown again: adding nothing is enough for a receiver that is about to wait to look once more.
  if (difference != 0 || after->hiding == Hiding::kNone) queue.tx.add(kDepth, queue.generation_key(), difference);
  bool was_received = before && before->receive_count > 0, is_received = after && after->receive_count > 0;
  if (was_received != is_received) queue.tx.add(kReceived, queue.generation_key(), is_received ? 1 : -1);
  if (before && before->hiding != Hiding::kNone) queue.tx.add(kHidden, hidden_key(queue, *before), -1);
  if (after && after->hiding != Hiding::kNone) queue.tx.add(kHidden, hidden_key(queue, *after), 1);
}

std::string standard_key(const OpenQueue& queue, const Entry& entry) {
  return store::key(queue.row.generation, entry.message.visible_at_ms, entry.sequence);
}

std::string fifo_key(const OpenQueue& queue, const Entry& entry) {
  return store::key(queue.row.generation, std::string_view(entry.message.group_id), entry.sequence);
}

void put_row(const OpenQueue& queue, const Entry& entry) {
  if (queue.row.is_fifo) return queue.tx.put(kFifoMessages, fifo_key(queue, entry), entry.message);
  queue.tx.put(kMessages, standard_key(queue, entry), entry.message);
}

void erase_row(const OpenQueue& queue, const Entry& entry) {
  if (queue.row.is_fifo) return queue.tx.erase(kFifoMessages, fifo_key(queue, entry));
  queue.tx.erase(kMessages, standard_key(queue, entry));
}

}  // namespace

Entry new_entry(Call& call, Message message) { return {call.next_sequence(), std::move(message)}; }

std::string read_body(const OpenQueue& queue, const Entry& entry) {
  if (!entry.message.has_body_apart) return entry.message.body;
  return queue.tx.get(kBodies, body_key(queue, entry.sequence)).value_or(Body{}).text;
}

void deliver(Call& call, const OpenQueue& queue, Entry entry, std::string body) {
  entry.message.has_body_apart = body.size() > kInlineBodyBytesMax;
  if (entry.message.has_body_apart) {
    entry.message.body.clear();
    queue.tx.put(kBodies, body_key(queue, entry.sequence), {std::move(body)});
  } else {
    entry.message.body = std::move(body);
  }
  put_row(queue, entry);
  recount(queue, nullptr, &entry.message);
  if (queue.row.is_fifo) {
    enter_group(queue, entry);
  } else {
    lower_floor(queue, entry.message.visible_at_ms);
  }
  announce(call, queue, entry.message.visible_at_ms);
}

void remove(const OpenQueue& queue, const Entry& entry) {
  erase_row(queue, entry);
  if (entry.message.has_body_apart) queue.tx.erase(kBodies, body_key(queue, entry.sequence));
  if (entry.message.has_moved) queue.tx.erase(kMoved, body_key(queue, entry.sequence));
  recount(queue, &entry.message, nullptr);
}

void change(const OpenQueue& queue, const Entry& before, const Entry& after) {
  bool moves = !queue.row.is_fifo && before.message.visible_at_ms != after.message.visible_at_ms;
  if (moves) erase_row(queue, before);
  put_row(queue, after);
  // Another loop may have raised the floor meanwhile; reading it makes one of the two run again.
  if (moves) lower_floor(queue, after.message.visible_at_ms);
  if (after.message.has_moved) queue.tx.put(kMoved, body_key(queue, after.sequence), {after.message.visible_at_ms});
  if (before.message.has_moved && !after.message.has_moved) queue.tx.erase(kMoved, body_key(queue, after.sequence));
  recount(queue, &before.message, &after.message);
}

void announce(Call& call, const OpenQueue& queue, std::int64_t visible_at_ms) {
  // Who waits will have given up before a later time. One is enough: it hands on what it does not take (see
  // ReceiveMessage).
  if (visible_at_ms < call.now_ms() + aws::sqs::kWaitMsMax) call.wake(queue.topic());
}

std::int64_t get_floor(const OpenQueue& queue) {
  return queue.tx.get(kFloors, queue.generation_key()).value_or(Moment{}).time_ms;
}

void lower_floor(const OpenQueue& queue, std::int64_t time_ms) {
  if (time_ms < get_floor(queue)) queue.tx.put(kFloors, queue.generation_key(), {time_ms});
}

void raise_floor(const OpenQueue& queue, std::int64_t from_ms, std::int64_t to_ms) {
  if (to_ms > from_ms) queue.tx.put(kFloors, queue.generation_key(), {to_ms});
}

Counts count_messages(const OpenQueue& queue, std::int64_t now_ms) {
  const store::Transaction tx = queue.tx.unrecorded();  // "approximate"
  Counts counts{.visible = tx.count(kDepth, queue.generation_key())};
  store::Scan hidden{.prefix = queue.generation_key(), .from = store::key(queue.row.generation, now_ms / kTenthMs + 1)};
  tx.scan(kHidden, hidden, [&](std::string_view key, std::int64_t count) {
    store::KeyReader parts(key);
    parts.unsigned_number(), parts.number();
    (Hiding(parts.number()) == Hiding::kDelay ? counts.delayed : counts.in_flight) += count;
    counts.visible -= count;
  });
  return counts;
}

std::optional<std::int64_t> next_visible(const OpenQueue& queue, std::int64_t now_ms, std::int64_t until_ms) {
  std::optional<std::int64_t> found_ms;
  store::Scan hidden{.prefix = queue.generation_key(),
                     .from = store::key(queue.row.generation, now_ms / kTenthMs + 1),
                     .until = store::key(queue.row.generation, tenth_of(until_ms) + 1)};
  // Only in a tenth that says it has something is it worth to look for what.
  queue.tx.scan(kHidden, hidden, [&](std::string_view key, std::int64_t) {
    store::KeyReader parts(key);
    parts.unsigned_number();
    const std::int64_t end_ms = parts.number() * kTenthMs;
    store::Scan tenth{.prefix = queue.generation_key(),
                      .from = store::key(queue.row.generation, std::max(now_ms, end_ms - kTenthMs) + 1),
                      .until = store::key(queue.row.generation, end_ms + 1),
                      .limit = 1};
    auto take = [&](std::string_view row_key) {
      store::KeyReader row(row_key);
      row.unsigned_number();
      found_ms = row.number();
    };
    queue.row.is_fifo ? queue.tx.scan_keys(kReady, tenth, take) : queue.tx.scan_keys(kMessages, tenth, take);
    return !found_ms;
  });
  return found_ms;
}

}  // namespace sqs
