#include "aws/sqs_queues.h"

#include <fmt/format.h>

#include <algorithm>

namespace aws::sqs {

namespace {

constexpr std::int64_t kTenthMs = 100;

}  // namespace

std::string arrivals_topic(const store::Place& place, const std::string& queue) {
  return fmt::format("sqs/{}/{}/{}", place.account, place.region, queue);
}

std::int64_t wait_until_ms(const store::Transaction& tx, const Queue& queue, std::int64_t now_ms) {
  tx.count(kDepth, store::key(queue.generation));
  std::int64_t until_ms = now_ms + kWaitMsMax;
  store::Scan hidden{.prefix = store::key(queue.generation),
                     .from = store::key(queue.generation, now_ms / kTenthMs + 1),
                     .until = store::key(queue.generation, until_ms / kTenthMs + 1)};
  tx.scan(kHidden, hidden, [&](std::string_view key, std::int64_t count) {
    if (count <= 0) return true;
    store::KeyReader parts(key);
    parts.unsigned_number();
    until_ms = std::min(until_ms, parts.number() * kTenthMs);
    return false;
  });
  return until_ms;
}

}  // namespace aws::sqs
