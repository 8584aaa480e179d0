#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/sqs/state.h"

// A queue at work: what the operations are made of. Each part says in which file it is written.
namespace sqs {

// A queue as an operation has found it.
struct OpenQueue {
  store::Transaction tx;  // stands where the queue does, which need not be the caller's account
  Queue row;

  std::string arn() const;
  std::string topic() const;  // what receivers wait for
  std::string generation_key() const { return store::key(row.generation); }
  bool has_dead_letter_queue() const { return !row.dead_letter_queue.empty(); }
  bool is_exhausted(const Message& message) const {
    return has_dead_letter_queue() && message.receive_count >= row.receive_count_max;
  }
  bool is_expired(const Message& message, std::int64_t now_ms) const {
    return message.kept_from_ms + row.retention_seconds * 1'000 <= now_ms;
  }
};

struct QueueName {
  store::Place place;
  std::string name;
};

// queues.cc
std::optional<QueueName> parse_arn(std::string_view arn);
// The queue a QueueUrl names, whatever host it has: "https://…/123456789012/jobs", or only "jobs" for one of the
// caller's.
base::Result<QueueName> parse_queue_url(const Call& call, std::string_view url);
std::optional<OpenQueue> get_queue(Call& call, const QueueName& name);
base::Result<OpenQueue> find_queue(Call& call, std::string_view url);
std::string queue_url(const Call& call, const QueueName& name);
Settings get_settings(const OpenQueue& queue);

// access.cc
// The policy of the queue with this ARN; empty when there is none.
std::string queue_policy(const store::Transaction& tx, std::string_view arn);
// The same for a decision about the call: a policy cannot give to other accounts what only the owner may do.
std::string policy_for(Call& call, std::string_view arn);
kernel::Tags tags_of(Call& call, std::string_view arn);
// Whether the text is a policy. Errors: InvalidAttributeValue.
base::Result<void> check_policy(Call& call, const std::string& document);

// attributes.cc: checks the attributes given to CreateQueue or SetQueueAttributes and sets them in the rows;
// the caller writes these.
enum class Purpose { kCreate, kChange };
base::Result<void> apply_attributes(Call& call, const Value::Map& attributes, Purpose purpose, OpenQueue& queue,
                                    Settings& settings);
// An attribute as GetQueueAttributes answers it; nothing when it is not set or the queue's kind does not have it.
std::optional<std::string> show_attribute(Call& call, const OpenQueue& queue, const Settings& settings,
                                          std::string_view name);

// redrive.cc
base::Result<void> set_redrive_policy(Call& call, const std::string& text, OpenQueue& queue, Settings& settings);
base::Result<void> set_redrive_allow_policy(const std::string& text, Settings& settings);
// Enters a queue whose dead-letter queue was `before` among the sources of the one it has now.
void enter_dead_letter_source(const OpenQueue& queue, std::string_view before);
// Moves a message that has been received too often to the dead-letter queue; without effect when that has been deleted.
bool move_to_dead_letters(Call& call, const OpenQueue& queue, const Entry& entry);

// tags.cc
base::Result<void> set_tags(const OpenQueue& queue, const Value::Map& tags, Settings& settings);

// delivery.cc: what messages of both kinds of queues have in common.
Entry new_entry(Call& call, Message message);
std::string read_body(const OpenQueue& queue, const Entry& entry);
// Puts a message into the queue and lets waiting receivers know. `body` goes where it belongs by its size.
void deliver(Call& call, const OpenQueue& queue, Entry entry, std::string body);
// Takes a message out of the queue.
void remove(const OpenQueue& queue, const Entry& entry);
// Changes a message in its place or moves it to another: hides it, shows it.
void change(const OpenQueue& queue, const Entry& before, const Entry& after);
// Lets a receiver that waits know that something becomes visible at this time.
void announce(Call& call, const OpenQueue& queue, std::int64_t visible_at_ms);
std::int64_t get_floor(const OpenQueue& queue);
void lower_floor(const OpenQueue& queue, std::int64_t time_ms);                      // something stands at this time
void raise_floor(const OpenQueue& queue, std::int64_t from_ms, std::int64_t to_ms);  // nothing stands before `to_ms`

struct Counts {
  std::int64_t visible = 0, in_flight = 0, delayed = 0;
};
Counts count_messages(const OpenQueue& queue, std::int64_t now_ms);
// When the first hidden message becomes visible, if that is before `until_ms`.
std::optional<std::int64_t> next_visible(const OpenQueue& queue, std::int64_t now_ms, std::int64_t until_ms);

// standard.cc, fifo.cc: what a receive finds.
struct Wanted {
  std::int64_t count = 1;
  std::int64_t visibility_timeout_seconds = 30;
};
struct Found {
  std::vector<Entry> entries;  // as they are now: received once more and hidden
  bool has_discarded = false;  // messages went away that must not come back: not to be thrown away by waiting
};
Found receive_standard(Call& call, const OpenQueue& queue, const Wanted& wanted);
Found receive_fifo(Call& call, const OpenQueue& queue, const Wanted& wanted);
// The state of a message that is received now.
void mark_received(std::int64_t now_ms, std::int64_t visibility_timeout_seconds, Message& message);

// fifo.cc
void enter_group(const OpenQueue& queue, const Entry& entry);
// A message in flight has been deleted, or is hidden until another time; answers when its group can be received from
// again.
std::int64_t settle_deleted(const OpenQueue& queue, const Entry& entry, std::int64_t now_ms);
std::int64_t settle_hidden(const OpenQueue& queue, const Entry& entry, std::int64_t now_ms);
// Removes expired messages at the heads of groups, of `limit` groups after the named one; answers the last group looked
// at, "" at the end.
std::string expire_groups(const OpenQueue& queue, std::string_view after, std::size_t limit, std::int64_t now_ms);
std::string sequence_number(std::uint64_t sequence);
std::optional<Deduplication> find_duplicate(const OpenQueue& queue, const Message& message, std::int64_t now_ms);
void remember_sent(const OpenQueue& queue, const Entry& entry, std::int64_t now_ms);
std::optional<std::vector<Entry>> repeat_attempt(Call& call, const OpenQueue& queue, const std::string& attempt_id,
                                                 const Wanted& wanted);
void remember_attempt(const OpenQueue& queue, const std::string& attempt_id, const std::vector<Entry>& entries,
                      std::int64_t now_ms);

// handles.cc: a receipt handle says which receive of which message it is for.
struct ReceiptHandle {
  std::uint64_t generation = 0;
  std::uint64_t sequence = 0;
  std::int64_t visible_at_ms = 0;  // where the receive put the message
  std::int64_t received_ms = 0;
  std::int64_t receive_count = 0;
  std::string group_id;
};
std::string write_handle(const OpenQueue& queue, const Entry& entry, std::int64_t received_ms);
base::Result<ReceiptHandle> read_handle(const OpenQueue& queue, const std::string& text);
// The message the handle is for, as long as it has not been received again.
std::optional<Entry> find_message(const OpenQueue& queue, const ReceiptHandle& handle);

// cleanup.cc: what happens in its own time. Keys begin with account and region, because a queue need not stand where
// the call does that arms a timer for it.
base::Result<void> clear_step(Call& call, std::string_view key);
base::Result<void> expire_step(Call& call, std::string_view key);
base::Result<void> forget_step(Call& call, std::string_view key);
// Removes the rows of a generation that has ended, step by step.
inline constexpr kernel::Timer kClear{"sqs.clear", clear_step};
// Removes messages whose retention period has ended.
inline constexpr kernel::Timer kExpire{"sqs.expire", expire_step};
// Removes old deduplications and receive attempts of a FIFO queue.
inline constexpr kernel::Timer kForget{"sqs.forget", forget_step};
void begin_cleaning(Call& call, const OpenQueue& queue);
void end_generation(Call& call, const OpenQueue& queue);   // of the messages; before a new one begins
void end_incarnation(Call& call, const OpenQueue& queue);  // of the queue: likewise
inline constexpr std::int64_t kDeduplicationMs = 300'000;  // "The deduplication interval is 5 minutes."

// permissions.cc
// The hook of kernel::AccessHooks.
void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit);

// moves.cc
// The ARN of the queue the task moves messages from.
std::optional<std::string> move_task_source(std::string_view task_handle);
base::Result<void> move_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kMoveStep{"sqs.move", move_step};

// A quota that can be changed:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
inline constexpr kernel::Limit kInFlightMax{"sqs", "in-flight-messages", 120'000};

}  // namespace sqs
