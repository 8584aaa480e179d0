// FIFO queues: messages stand in the order of sending within their group; groups stand in the order in which they
// become ready.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
#include "services/sqs/queue.h"

namespace sqs {

namespace {

constexpr std::size_t kGroupsPerReceive = 100;   // looked at by one receive, at most
constexpr std::size_t kDiscardedPerGroup = 100;  // expired or exhausted messages dealt with in one group, at most
constexpr std::int64_t kWindowMs = kDeduplicationMs;

std::string group_key(const OpenQueue& queue, std::string_view group_id) {
  return store::key(queue.row.generation, group_id);
}

std::string ready_key(const OpenQueue& queue, std::int64_t ready_at_ms, std::string_view group_id) {
  return store::key(queue.row.generation, ready_at_ms, group_id);
}

// The oldest message of a group.
std::optional<Entry> get_head(const OpenQueue& queue, std::string_view group_id, std::uint64_t from_sequence) {
  std::optional<Entry> head;
  store::Scan scan{.prefix = group_key(queue, group_id),
                   .from = store::key(queue.row.generation, group_id, from_sequence),
                   .limit = 1};
  queue.tx.scan(kFifoMessages, scan, [&](std::string_view key, Message& message) {
    store::KeyReader parts(key);
    parts.unsigned_number(), parts.text();
    head = Entry{parts.unsigned_number(), std::move(message)};
  });
  return head;
}

// Writes a group after something has happened to its messages: it is ready when none of them is in flight and its
// oldest may be received. Answers that time, which is never in the past, so that groups set free take their place at
// the end of the line. A group without messages is forgotten.
std::int64_t settle(const OpenQueue& queue, std::string_view group_id, Group& group, std::int64_t now_ms) {
  const std::int64_t ready_before_ms = group.ready_at_ms;
  bool is_empty = false;
  if (!group.in_flight.empty()) {
    // Messages are taken from the head and those before it have gone, so what is in flight comes first.
    group.first_sequence = group.in_flight.front().sequence;
    group.ready_at_ms = std::ranges::max_element(group.in_flight, {}, &InFlight::visible_at_ms)->visible_at_ms;
  } else if (auto head = get_head(queue, group_id, group.first_sequence)) {
    group.first_sequence = head->sequence;
    group.ready_at_ms = head->message.visible_at_ms;
  } else {
    is_empty = true;
  }
  group.ready_at_ms = std::max(group.ready_at_ms, now_ms);
  if (is_empty || group.ready_at_ms != ready_before_ms)
    queue.tx.erase(kReady, ready_key(queue, ready_before_ms, group_id));
  if (is_empty) {
    queue.tx.erase(kGroups, group_key(queue, group_id));
    return group.ready_at_ms;
  }
  queue.tx.put(kGroups, group_key(queue, group_id), group);
  queue.tx.put(kReady, ready_key(queue, group.ready_at_ms, group_id), {});
  lower_floor(queue, group.ready_at_ms);
  return group.ready_at_ms;
}

struct Sorted {
  std::vector<Entry> expired, exhausted, picked;
};

// The messages at the head of a group, up to the first that is not to be received yet.
Sorted look_into(const OpenQueue& queue, std::string_view group_id, const Group& group, std::int64_t count_max,
                 std::int64_t now_ms) {
  Sorted sorted;
  store::Scan scan{.prefix = group_key(queue, group_id),
                   .from = store::key(queue.row.generation, group_id, group.first_sequence)};
  queue.tx.scan(kFifoMessages, scan, [&](std::string_view key, Message& message) {
    if (message.visible_at_ms > now_ms || std::ssize(sorted.picked) >= count_max) return false;
    store::KeyReader parts(key);
    parts.unsigned_number(), parts.text();
    auto& heap = queue.is_expired(message, now_ms) ? sorted.expired
                 : queue.is_exhausted(message)     ? sorted.exhausted
                                                   : sorted.picked;
    heap.push_back({parts.unsigned_number(), std::move(message)});
    return sorted.expired.size() + sorted.exhausted.size() < kDiscardedPerGroup;
  });
  return sorted;
}

// Receives from one ready group.
void receive_from_group(Call& call, const OpenQueue& queue, const std::string& group_id, const Wanted& wanted,
                        Found& found) {
  const std::int64_t now_ms = call.now_ms();
  auto group = queue.tx.get(kGroups, group_key(queue, group_id));
  if (!group) return;
  Sorted sorted = look_into(queue, group_id, *group, wanted.count - std::ssize(found.entries), now_ms);
  for (const Entry& entry : sorted.expired) remove(queue, entry);
  std::vector<Entry> picked;
  for (Entry& entry : sorted.exhausted) {
    if (move_to_dead_letters(call, queue, entry)) {
      found.has_discarded = true;
    } else {
      picked.push_back(std::move(entry));  // its dead-letter queue has been deleted
    }
  }
  std::ranges::move(sorted.picked, std::back_inserter(picked));
  std::ranges::sort(picked, {}, &Entry::sequence);
  picked.resize(std::min<std::size_t>(picked.size(), wanted.count - found.entries.size()));

  group->in_flight.clear();
  for (Entry& entry : picked) {
    Entry before = entry;
    mark_received(now_ms, wanted.visibility_timeout_seconds, entry.message);
    change(queue, before, entry);
    group->in_flight.push_back({entry.sequence, entry.message.visible_at_ms});
    found.entries.push_back(std::move(entry));
  }
  settle(queue, group_id, *group, now_ms);
}

std::string deduplication_key(const OpenQueue& queue, const Message& message, std::int64_t window) {
  std::string_view scope = queue.row.deduplicates_per_group ? std::string_view(message.group_id) : std::string_view();
  return store::key(queue.row.incarnation, window, scope, std::string_view(message.deduplication_id));
}

std::string attempt_key(const OpenQueue& queue, std::string_view attempt_id, std::int64_t window) {
  return store::key(queue.row.incarnation, window, attempt_id);
}

}  // namespace

void enter_group(const OpenQueue& queue, const Entry& entry) {
  const Message& message = entry.message;
  // Read even when nothing is written: whoever empties the group meanwhile makes this run again.
  if (queue.tx.has(kGroups, group_key(queue, message.group_id))) return;
  queue.tx.put(kGroups, group_key(queue, message.group_id),
               {.ready_at_ms = message.visible_at_ms, .first_sequence = entry.sequence});
  queue.tx.put(kReady, ready_key(queue, message.visible_at_ms, message.group_id), {});
  lower_floor(queue, message.visible_at_ms);
}

std::int64_t settle_deleted(const OpenQueue& queue, const Entry& entry, std::int64_t now_ms) {
  auto group = queue.tx.get(kGroups, group_key(queue, entry.message.group_id));
  if (!group) return entry.message.visible_at_ms;
  std::erase_if(group->in_flight, [&](const InFlight& each) { return each.sequence == entry.sequence; });
  return settle(queue, entry.message.group_id, *group, now_ms);
}

std::int64_t settle_hidden(const OpenQueue& queue, const Entry& entry, std::int64_t now_ms) {
  auto group = queue.tx.get(kGroups, group_key(queue, entry.message.group_id));
  if (!group) return entry.message.visible_at_ms;
  for (InFlight& each : group->in_flight)
    if (each.sequence == entry.sequence) each.visible_at_ms = entry.message.visible_at_ms;
  return settle(queue, entry.message.group_id, *group, now_ms);
}

Found receive_fifo(Call& call, const OpenQueue& queue, const Wanted& wanted) {
  const std::int64_t now_ms = call.now_ms();
  const std::int64_t floor_ms = std::min(get_floor(queue), now_ms);
  Found found;
  std::int64_t reached_ms = now_ms;
  std::size_t looked_into = 0;
  store::Scan scan{.prefix = queue.generation_key(),
                   .from = store::key(queue.row.generation, floor_ms),
                   .until = store::key(queue.row.generation, now_ms + 1)};
  for (bool has_more = true; has_more && std::ssize(found.entries) < wanted.count;) {
    std::vector<std::string>
        ready;  // as many groups as messages are wanted, each has one at least, unless it has expired
    scan.limit = static_cast<std::size_t>(wanted.count - std::ssize(found.entries));
    queue.tx.scan_keys(kReady, scan, [&](std::string_view key) {
      scan.after = key;
      store::KeyReader parts(key);
      parts.unsigned_number();
      std::int64_t ready_at_ms = parts.number();
      if (looked_into == 0 && ready.empty()) reached_ms = ready_at_ms;
      ready.push_back(parts.text());
    });
    for (const std::string& group_id : ready)
      if (std::ssize(found.entries) < wanted.count) receive_from_group(call, queue, group_id, wanted, found);
    looked_into += ready.size();
    has_more = ready.size() == scan.limit;
    if (looked_into >= kGroupsPerReceive) {
      found.has_discarded = true;  // nothing but discarded messages so far, and perhaps better ones behind them
      break;
    }
  }
  raise_floor(queue, floor_ms, reached_ms);
  return found;
}

std::string expire_groups(const OpenQueue& queue, std::string_view after, std::size_t limit, std::int64_t now_ms) {
  std::vector<std::string> names;
  store::Scan scan{.prefix = queue.generation_key(), .limit = limit};
  if (!after.empty()) scan.after = group_key(queue, after);
  queue.tx.scan_keys(kGroups, scan, [&](std::string_view key) {
    store::KeyReader parts(key);
    parts.unsigned_number();
    names.push_back(parts.text());
  });
  for (const std::string& name : names) {
    auto group = queue.tx.get(kGroups, group_key(queue, name));
    if (!group || group->ready_at_ms > now_ms) continue;  // what is in flight is seen to when it comes back
    Sorted sorted = look_into(queue, name, *group, 1, now_ms);
    if (sorted.expired.empty()) continue;
    for (const Entry& entry : sorted.expired) remove(queue, entry);
    group->in_flight.clear();
    settle(queue, name, *group, now_ms);
  }
  return names.size() < limit ? "" : names.back();
}

std::string sequence_number(std::uint64_t sequence) { return fmt::format("188{:017}", sequence); }

std::optional<Deduplication> find_duplicate(const OpenQueue& queue, const Message& message, std::int64_t now_ms) {
  for (std::int64_t window : {now_ms / kWindowMs, now_ms / kWindowMs - 1}) {
    auto known = queue.tx.get(kDeduplications, deduplication_key(queue, message, window));
    if (known && now_ms < known->sent_ms + kDeduplicationMs) return known;
  }
  return std::nullopt;
}

void remember_sent(const OpenQueue& queue, const Entry& entry, std::int64_t now_ms) {
  queue.tx.put(kDeduplications, deduplication_key(queue, entry.message, now_ms / kWindowMs),
               {.sent_ms = now_ms, .message_id = entry.message.id, .sequence = entry.sequence});
}

// "If a caller of the ReceiveMessage action still has access to a message when the original visibility timeout hasn't
// expired, [the same attempt id] returns the same messages and receipt handles […]. The visibility timeout is reset."
std::optional<std::vector<Entry>> repeat_attempt(Call& call, const OpenQueue& queue, const std::string& attempt_id,
                                                 const Wanted& wanted) {
  const std::int64_t now_ms = call.now_ms();
  std::optional<ReceiveAttempt> attempt;
  for (std::int64_t window : {now_ms / kWindowMs - 1, now_ms / kWindowMs})
    if (auto known = queue.tx.get(kReceiveAttempts, attempt_key(queue, attempt_id, window))) attempt = std::move(known);
  if (!attempt || now_ms >= attempt->time_ms + kDeduplicationMs || attempt->messages.empty()) return std::nullopt;

  std::vector<Entry> entries;
  for (const Attempted& each : attempt->messages) {
    auto message =
        queue.tx.get(kFifoMessages, store::key(queue.row.generation, std::string_view(each.group_id), each.sequence));
    bool is_untouched =
        message && message->receive_count == each.receive_count && message->visible_at_ms == each.visible_at_ms;
    if (!is_untouched || message->visible_at_ms <= now_ms) return std::nullopt;
    entries.push_back({each.sequence, *std::move(message)});
  }
  for (Entry& entry : entries) {
    Entry before = entry;
    entry.message.receive_count -= 1;
    mark_received(now_ms, wanted.visibility_timeout_seconds, entry.message);
    change(queue, before, entry);
    settle_hidden(queue, entry, now_ms);
  }
  return entries;
}

void remember_attempt(const OpenQueue& queue, const std::string& attempt_id, const std::vector<Entry>& entries,
                      std::int64_t now_ms) {
  ReceiveAttempt attempt{.time_ms = now_ms};
  for (const Entry& entry : entries)
    attempt.messages.push_back(
        {entry.message.group_id, entry.sequence, entry.message.receive_count, entry.message.visible_at_ms});
  queue.tx.put(kReceiveAttempts, attempt_key(queue, attempt_id, now_ms / kWindowMs), attempt);
}

}  // namespace sqs
