// What SQS does in its own time: throwing away what nobody can see any more.
#include "services/sqs/queue.h"

namespace sqs {

namespace {

constexpr std::size_t kClearedPerStep = 1'000;  // rows
constexpr std::size_t kExpiredPerStep = 500;    // messages, or groups looked at

std::string queue_key(const OpenQueue& queue) {
  return store::key(queue.tx.place().account, queue.tx.place().region, std::string_view(queue.row.name));
}

std::optional<OpenQueue> read_queue(Call& call, store::KeyReader& parts) {
  store::Place place{parts.text(), parts.text()};
  return get_queue(call, {place, parts.text()});
}

// Expired messages at the head of a standard queue; answers when to look again.
std::int64_t expire_head(const OpenQueue& queue, std::int64_t now_ms) {
  const std::int64_t floor_ms = std::min(get_floor(queue), now_ms);
  std::vector<Entry> expired;
  std::int64_t again_ms = now_ms + queue.row.retention_seconds * 1'000, reached_ms = floor_ms;
  store::Scan visible{.prefix = queue.generation_key(),
                      .from = store::key(queue.row.generation, floor_ms),
                      .until = store::key(queue.row.generation, now_ms + 1),
                      .limit = kExpiredPerStep};
  std::size_t visited = queue.tx.scan(kMessages, visible, [&](std::string_view key, Message& message) {
    reached_ms = message.visible_at_ms;
    if (!queue.is_expired(message, now_ms)) {
      // Those behind it became visible later. One that was received before may have been sent earlier; it goes when it
      // is met.
      again_ms = message.kept_from_ms + queue.row.retention_seconds * 1'000;
      return false;
    }
    store::KeyReader parts(key);
    parts.unsigned_number(), parts.number();
    expired.push_back({parts.unsigned_number(), std::move(message)});
    return true;
  });
  for (const Entry& entry : expired) remove(queue, entry);
  raise_floor(queue, floor_ms, reached_ms);
  return visited == kExpiredPerStep && !expired.empty() ? now_ms : again_ms;
}

}  // namespace

void begin_cleaning(Call& call, const OpenQueue& queue) {
  std::string key = queue_key(queue);
  call.arm(kExpire, call.now + kernel::Seconds(queue.row.retention_seconds), key);
  if (queue.row.is_fifo) call.arm(kForget, call.now + kernel::Millis(kDeduplicationMs), key);
}

void end_generation(Call& call, const OpenQueue& queue) {
  const store::Place& place = queue.tx.place();
  call.arm(kClear, call.now, store::key(place.account, place.region, queue.row.generation, std::uint64_t{0}));
}

void end_incarnation(Call& call, const OpenQueue& queue) {
  const store::Place& place = queue.tx.place();
  call.arm(kClear, call.now, store::key(place.account, place.region, queue.row.generation, queue.row.incarnation));
  call.disarm(kExpire, queue_key(queue));
  call.disarm(kForget, queue_key(queue));
}

// Key: account, region, generation, and the incarnation when that has ended too, else 0.
base::Result<void> clear_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  store::Place place{parts.text(), parts.text()};
  const store::Transaction tx = call.tx.at(place);
  const std::string generation = store::key(parts.unsigned_number());
  const std::uint64_t incarnation = parts.unsigned_number();
  std::size_t left = kClearedPerStep;
  auto clear = [&](const auto& table, const std::string& prefix) {
    if (left > 0) left -= tx.erase_all(table, prefix, left);
  };
  clear(kMessages, generation);
  clear(kFifoMessages, generation);
  clear(kBodies, generation);
  clear(kMoved, generation);
  clear(kGroups, generation);
  clear(kReady, generation);
  if (incarnation != 0) {
    clear(kDeduplications, store::key(incarnation));
    clear(kReceiveAttempts, store::key(incarnation));
  }
  std::vector<std::string> counters;
  left -= tx.scan(kHidden, {.prefix = generation, .limit = left},
                  [&](std::string_view counter, std::int64_t) { counters.emplace_back(counter); });
  for (const std::string& counter : counters) tx.erase(kHidden, counter);
  if (left == 0) {
    call.arm(kClear, call.now, key);
    return {};
  }
  tx.erase(kDepth, generation);
  tx.erase(kReceived, generation);
  tx.erase(kFloors, generation);
  return {};
}

// Key: account, region, queue name, and in FIFO queues the group to go on after.
base::Result<void> expire_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  auto queue = read_queue(call, parts);
  if (!queue) return {};
  if (!queue->row.is_fifo) {
    call.arm(kExpire, kernel::from_ms(expire_head(*queue, call.now_ms())), key);
    return {};
  }
  std::string after = parts.at_end() ? "" : parts.text();
  after = expire_groups(*queue, after, kExpiredPerStep, call.now_ms());
  // LIMIT: looked at every tenth of the retention period, so counts may include expired messages of FIFO queues for
  // that long.
  const kernel::Time again = after.empty() ? call.now + kernel::Millis(queue->row.retention_seconds * 100) : call.now;
  call.arm(kExpire, again, after.empty() ? queue_key(*queue) : queue_key(*queue) + store::key(std::string_view(after)));
  return {};
}

// Key: account, region, queue name.
base::Result<void> forget_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  auto queue = read_queue(call, parts);
  if (!queue) return {};
  // What is of the last window may still be valid.
  const std::string end = store::key(queue->row.incarnation, call.now_ms() / kDeduplicationMs - 1);
  const std::string prefix = store::key(queue->row.incarnation);
  std::size_t forgotten = 0;
  auto forget = [&](const auto& table) {
    forgotten += queue->tx.scan_keys(table, {.prefix = prefix, .until = end, .limit = kClearedPerStep},
                                     [&](std::string_view row) { queue->tx.erase(table, row); });
  };
  forget(kDeduplications);
  forget(kReceiveAttempts);
  call.arm(kForget, forgotten < kClearedPerStep ? call.now + kernel::Millis(kDeduplicationMs) : call.now, key);
  return {};
}

}  // namespace sqs
