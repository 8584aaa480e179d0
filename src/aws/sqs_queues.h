// What others need to know of SQS's queues to receive from them as its long polls do: how a queue is set, and when to
// look again. Written by SQS.
#pragma once

#include <cstdint>
#include <string>

#include "store/store.h"

namespace aws::sqs {

// How what messages say is kept.
enum class Sealing : std::uint8_t {
  kNone = 0,
  kManaged = 1,  // under SQS's own key
  kKms = 2,      // under a KMS key
};

// What every operation on messages needs to know of a queue.
struct Queue {
  std::string name;
  std::uint64_t incarnation = 0;  // a queue deleted and created again is another one
  std::uint64_t generation = 0;   // of its messages: a purge begins a new one, and what is of an older one has gone
  std::int64_t created_ms = 0;
  std::int64_t modified_ms = 0;
  bool is_fifo = false;
  std::int64_t delay_seconds = 0;
  std::int64_t message_bytes_max = 1'048'576;
  std::int64_t retention_seconds = 345'600;
  std::int64_t receive_wait_seconds = 0;
  std::int64_t visibility_timeout_seconds = 30;
  std::string dead_letter_queue;       // its name, empty for none; it is always of the same account and region
  std::int64_t receive_count_max = 0;  // receives before a message goes there
  bool deduplicates_by_content = false;
  bool deduplicates_per_group = false;
  bool limits_per_group = false;
  // From the settings, for the messages sent from now on.
  Sealing sealing = Sealing::kNone;
  std::string kms_key;
  std::int64_t data_key_reuse_seconds = 300;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("incarnation", self.incarnation);
    field("generation", self.generation);
    field("created_ms", self.created_ms);
    field("modified_ms", self.modified_ms);
    field("is_fifo", self.is_fifo);
    field("delay_seconds", self.delay_seconds);
    field("message_bytes_max", self.message_bytes_max);
    field("retention_seconds", self.retention_seconds);
    field("receive_wait_seconds", self.receive_wait_seconds);
    field("visibility_timeout_seconds", self.visibility_timeout_seconds);
    field("dead_letter_queue", self.dead_letter_queue);
    field("receive_count_max", self.receive_count_max);
    field("deduplicates_by_content", self.deduplicates_by_content);
    field("deduplicates_per_group", self.deduplicates_per_group);
    field("limits_per_group", self.limits_per_group);
    field("sealing", self.sealing);
    field("kms_key", self.kms_key);
    field("data_key_reuse_seconds", self.data_key_reuse_seconds);
  }
};

inline constexpr store::Table<Queue> kQueues{"sqs.queues"};  // key: queue name

inline constexpr store::Counter kDepth{"sqs.depth"};  // key: generation; messages in the queue
// Key: generation, tenth of a second, Hiding; messages that become visible in this tenth. Says how many are hidden, and
// when to look again, without walking over messages.
inline constexpr store::Counter kHidden{"sqs.hidden"};

// What receivers of the queue wait for. One is woken for each message; one that goes without taking any wakes another.
std::string arrivals_topic(const store::Place& place, const std::string& queue);

// Who waits is not told of what becomes visible later than this from now, and looks again by then.
inline constexpr std::int64_t kWaitMsMax = 20'000;

// Until when a receiver that has found nothing may wait: until something becomes visible, or for as long as anybody
// waits. Reading it makes whatever is sent meanwhile show. `tx` stands where the queue does.
std::int64_t wait_until_ms(const store::Transaction& tx, const Queue& queue, std::int64_t now_ms);

}  // namespace aws::sqs
