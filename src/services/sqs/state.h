#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/sqs.h"

// What SQS remembers: its tables, their rows, and what is done to a queue's messages below the operations. How the tables work together
// is told in README.md.
namespace sqs {

using base::Value;

// ---- queues -----------------------------------------------------------------------------------------------------------------------------

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
  }
};

// What is rarely looked at. Texts are as the user gave them; empty: not set.
struct Settings {
  std::string policy;
  std::string redrive_policy;
  std::string redrive_allow_policy;
  std::string kms_master_key_id;
  std::int64_t kms_data_key_reuse_seconds = 300;
  bool has_managed_encryption = true;
  std::map<std::string, std::string> tags;
  std::int64_t purged_ms = 0;  // 0: never

  static void fields(auto& self, auto& field) {
    field("policy", self.policy);
    field("redrive_policy", self.redrive_policy);
    field("redrive_allow_policy", self.redrive_allow_policy);
    field("kms_master_key_id", self.kms_master_key_id);
    field("kms_data_key_reuse_seconds", self.kms_data_key_reuse_seconds);
    field("has_managed_encryption", self.has_managed_encryption);
    field("tags", self.tags);
    field("purged_ms", self.purged_ms);
  }
};

// A moment, where nothing else is to be remembered.
struct Moment {
  std::int64_t time_ms = 0;

  static void fields(auto& self, auto& field) { field("time_ms", self.time_ms); }
};

// A row that says all by being there.
struct Mark {
  static void fields(auto&, auto&) {}
};

inline constexpr store::Table<Queue> kQueues{"sqs.queues"};                         // key: queue name
inline constexpr store::Table<Settings> kSettings{"sqs.settings"};                  // key: queue name
inline constexpr store::Table<Moment> kDeletedQueues{"sqs.deleted_queues"};         // key: queue name; when it was deleted
inline constexpr store::Table<Mark> kDeadLetterSources{"sqs.dead_letter_sources"};  // key: dead-letter queue name, source queue name

// ---- messages ---------------------------------------------------------------------------------------------------------------------------

struct MessageAttribute {
  std::string name;
  std::string type;   // "String", "Number", "Binary", or one of them with a label of the user's: "Number.int"
  std::string value;  // text, or the bytes of a binary one

  bool is_binary() const { return type.starts_with("Binary"); }
  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("type", self.type);
    field("value", self.value);
  }
};

// What hides a message until `visible_at_ms`; it is not reset when that time comes.
enum class Hiding : std::uint8_t { kNone = 0, kDelay = 1, kReceive = 2 };

struct Message {
  std::string id;
  std::string body;            // empty when it is long and stands in kBodies
  bool has_body_apart = false;
  std::string body_md5;        // hex, as the next
  std::string attributes_md5;  // empty without attributes
  std::vector<MessageAttribute> attributes;
  std::string sender_id;
  std::int64_t sent_ms = 0;
  std::int64_t kept_from_ms = 0;   // the retention period counts from here
  std::int64_t visible_at_ms = 0;  // can be received from then on
  Hiding hiding = Hiding::kNone;
  std::int64_t receive_count = 0;
  std::int64_t first_received_ms = 0;
  bool has_moved = false;          // stands in kMoved
  std::string group_id;
  std::string deduplication_id;
  std::string trace_header;
  std::string dead_letter_source;  // ARN of the queue it came from

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("body", self.body);
    field("has_body_apart", self.has_body_apart);
    field("body_md5", self.body_md5);
    field("attributes_md5", self.attributes_md5);
    field("attributes", self.attributes);
    field("sender_id", self.sender_id);
    field("sent_ms", self.sent_ms);
    field("kept_from_ms", self.kept_from_ms);
    field("visible_at_ms", self.visible_at_ms);
    field("hiding", self.hiding);
    field("receive_count", self.receive_count);
    field("first_received_ms", self.first_received_ms);
    field("has_moved", self.has_moved);
    field("group_id", self.group_id);
    field("deduplication_id", self.deduplication_id);
    field("trace_header", self.trace_header);
    field("dead_letter_source", self.dead_letter_source);
  }
};

// A message and its number in the queue: the order of sending, and its SequenceNumber in a FIFO queue.
struct Entry {
  std::uint64_t sequence = 0;
  Message message;
};

struct Body {
  std::string text;

  static void fields(auto& self, auto& field) { field("text", self.text); }
};

inline constexpr std::size_t kInlineBodyBytesMax = 4'096;  // receiving rewrites the row, so long bodies stand apart

inline constexpr store::Table<Message> kMessages{"sqs.messages"};           // of standard queues; key: generation, visible_at_ms, sequence
inline constexpr store::Table<Message> kFifoMessages{"sqs.fifo_messages"};  // key: generation, group, sequence
inline constexpr store::Table<Body> kBodies{"sqs.bodies"};                  // key: generation, sequence
inline constexpr store::Table<Moment> kMoved{"sqs.moved"};  // key: generation, sequence; where ChangeMessageVisibility put a message of a
                                                            // standard queue, for receipt handles that know an earlier place

// Where a scan for what can be received begins: nothing stands before this time. Rows that were taken away leave traces in the engine that
// would have to be stepped over; this steps over them at once. Who puts something before the floor lowers it.
inline constexpr store::Table<Moment> kFloors{"sqs.floors"};  // key: generation

inline constexpr store::Counter kDepth{"sqs.depth"};        // key: generation; messages in the queue
inline constexpr store::Counter kReceived{"sqs.received"};  // key: generation; those of them received before
// Key: generation, tenth of a second, Hiding; messages that become visible in this tenth. Says how many are hidden, and when to look again,
// without walking over messages.
inline constexpr store::Counter kHidden{"sqs.hidden"};

// ---- FIFO queues ------------------------------------------------------------------------------------------------------------------------

struct InFlight {
  std::uint64_t sequence = 0;
  std::int64_t visible_at_ms = 0;

  static void fields(auto& self, auto& field) {
    field("sequence", self.sequence);
    field("visible_at_ms", self.visible_at_ms);
  }
};

// A message group that has messages.
struct Group {
  std::int64_t ready_at_ms = 0;       // when its next message can be received; its place in kReady
  std::uint64_t first_sequence = 0;   // of its oldest message
  std::vector<InFlight> in_flight;    // received and not deleted, by sequence; while one is hidden the group waits

  static void fields(auto& self, auto& field) {
    field("ready_at_ms", self.ready_at_ms);
    field("first_sequence", self.first_sequence);
    field("in_flight", self.in_flight);
  }
};

// A message sent with a deduplication id. A second one within five minutes is answered with the first one's ids.
struct Deduplication {
  std::int64_t sent_ms = 0;
  std::string message_id;
  std::uint64_t sequence = 0;

  static void fields(auto& self, auto& field) {
    field("sent_ms", self.sent_ms);
    field("message_id", self.message_id);
    field("sequence", self.sequence);
  }
};

struct Attempted {
  std::string group_id;
  std::uint64_t sequence = 0;
  std::int64_t receive_count = 0;
  std::int64_t visible_at_ms = 0;

  static void fields(auto& self, auto& field) {
    field("group_id", self.group_id);
    field("sequence", self.sequence);
    field("receive_count", self.receive_count);
    field("visible_at_ms", self.visible_at_ms);
  }
};

// What a ReceiveMessage with a ReceiveRequestAttemptId answered, to answer the same again.
struct ReceiveAttempt {
  std::int64_t time_ms = 0;
  std::vector<Attempted> messages;

  static void fields(auto& self, auto& field) {
    field("time_ms", self.time_ms);
    field("messages", self.messages);
  }
};

inline constexpr store::Table<Group> kGroups{"sqs.groups"};  // key: generation, group
inline constexpr store::Table<Mark> kReady{"sqs.ready"};     // key: generation, ready_at_ms, group
// Both are kept in windows of five minutes, so that old ones can be thrown away together; one still valid is in this window or the last.
inline constexpr store::Table<Deduplication> kDeduplications{"sqs.deduplications"};     // key: incarnation, window, group or "", id
inline constexpr store::Table<ReceiveAttempt> kReceiveAttempts{"sqs.receive_attempts"};  // key: incarnation, window, id

// ---- a queue at work ----------------------------------------------------------------------------------------------------------------------

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
// The queue a QueueUrl names, whatever host it has: "https://…/123456789012/jobs", or only "jobs" for one of the caller's.
base::Result<QueueName> parse_queue_url(const Call& call, std::string_view url);
std::optional<OpenQueue> get_queue(Call& call, const QueueName& name);
base::Result<OpenQueue> find_queue(Call& call, std::string_view url);
std::string queue_url(const Call& call, const QueueName& name);
Settings get_settings(const OpenQueue& queue);
// The policy of the queue with this ARN, for authorisation; empty when there is none.
std::string queue_policy(const store::Transaction& tx, std::string_view arn);

// attributes.cc: checks the attributes given to CreateQueue or SetQueueAttributes and sets them in the rows;
// the caller writes these.
enum class Purpose { kCreate, kChange };
base::Result<void> apply_attributes(Call& call, const Value::Map& attributes, Purpose purpose, OpenQueue& queue, Settings& settings);
// An attribute as GetQueueAttributes answers it; nothing when it is not set or the queue's kind does not have it.
std::optional<std::string> show_attribute(Call& call, const OpenQueue& queue, const Settings& settings, std::string_view name);

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
void lower_floor(const OpenQueue& queue, std::int64_t time_ms);  // something stands at this time
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
  std::vector<Entry> entries;     // as they are now: received once more and hidden
  bool has_discarded = false;     // messages went away that must not come back: not to be thrown away by waiting
};
Found receive_standard(Call& call, const OpenQueue& queue, const Wanted& wanted);
Found receive_fifo(Call& call, const OpenQueue& queue, const Wanted& wanted);
// The state of a message that is received now.
void mark_received(std::int64_t now_ms, std::int64_t visibility_timeout_seconds, Message& message);

// fifo.cc
void enter_group(const OpenQueue& queue, const Entry& entry);
// A message in flight has been deleted, or is hidden until another time; answers when its group can be received from again.
std::int64_t settle_deleted(const OpenQueue& queue, const Entry& entry, std::int64_t now_ms);
std::int64_t settle_hidden(const OpenQueue& queue, const Entry& entry, std::int64_t now_ms);
// Removes expired messages at the heads of groups, of `limit` groups after the named one; answers the last group looked at, "" at the end.
std::string expire_groups(const OpenQueue& queue, std::string_view after, std::size_t limit, std::int64_t now_ms);
std::string sequence_number(std::uint64_t sequence);
std::optional<Deduplication> find_duplicate(const OpenQueue& queue, const Message& message, std::int64_t now_ms);
void remember_sent(const OpenQueue& queue, const Entry& entry, std::int64_t now_ms);
std::optional<std::vector<Entry>> repeat_attempt(Call& call, const OpenQueue& queue, const std::string& attempt_id, const Wanted& wanted);
void remember_attempt(const OpenQueue& queue, const std::string& attempt_id, const std::vector<Entry>& entries, std::int64_t now_ms);

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

// cleanup.cc: what happens in its own time. Keys begin with account and region, because a queue need not stand where the call does that
// arms a timer for it.
base::Result<void> clear_step(Call& call, std::string_view key);
base::Result<void> expire_step(Call& call, std::string_view key);
base::Result<void> forget_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kClear{"sqs.clear", clear_step};     // removes the rows of a generation that has ended, step by step
inline constexpr kernel::Timer kExpire{"sqs.expire", expire_step};  // removes messages whose retention period has ended
inline constexpr kernel::Timer kForget{"sqs.forget", forget_step};  // removes old deduplications and receive attempts of a FIFO queue
void begin_cleaning(Call& call, const OpenQueue& queue);
void end_generation(Call& call, const OpenQueue& queue);   // of the messages; before a new one begins
void end_incarnation(Call& call, const OpenQueue& queue);  // of the queue: likewise
inline constexpr std::int64_t kDeduplicationMs = 300'000;  // "The deduplication interval is 5 minutes."

// moves.cc
std::optional<std::string> move_task_source(std::string_view task_handle);  // ARN of the queue the task moves messages from
base::Result<void> move_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kMoveStep{"sqs.move", move_step};

// A quota that can be changed: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
inline constexpr kernel::Limit kInFlightMax{"sqs", "in-flight-messages", 120'000};

}  // namespace sqs
