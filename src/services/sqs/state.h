#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/sqs.h"
#include "aws/sqs_queues.h"

// What SQS remembers: its tables and their rows. How they work together is told in README.md.
namespace sqs {

using base::Value;

// ---- queues

using aws::sqs::kDepth;
using aws::sqs::kHidden;
using aws::sqs::kQueues;
using aws::sqs::Queue;
using aws::sqs::Sealing;

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

inline constexpr store::Table<Settings> kSettings{"sqs.settings"};           // key: queue name
inline constexpr store::Table<Moment> kDeletedQueues{"sqs.deleted_queues"};  // key: queue name; when it was deleted
// Key: dead-letter queue name, source queue name.
inline constexpr store::Table<Mark> kDeadLetterSources{"sqs.dead_letter_sources"};

// ---- messages

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
  std::string body;  // empty when it is long and stands in kBodies; sealed, with the next three and the trace header
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
  bool has_moved = false;  // stands in kMoved
  std::string group_id;
  std::string deduplication_id;
  std::string trace_header;
  std::string dead_letter_source;  // ARN of the queue it came from
  Sealing sealing = Sealing::kNone;

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
    field("sealing", self.sealing);
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

// Messages of standard queues. Key: generation, visible_at_ms, sequence.
inline constexpr store::Table<Message> kMessages{"sqs.messages"};
// Messages of FIFO queues. Key: generation, group, sequence.
inline constexpr store::Table<Message> kFifoMessages{"sqs.fifo_messages"};
// Key: generation, sequence.
inline constexpr store::Table<Body> kBodies{"sqs.bodies"};
// Where ChangeMessageVisibility has put a message of a standard queue, for receipt handles that know an earlier place.
// Key: generation, sequence.
inline constexpr store::Table<Moment> kMoved{"sqs.moved"};

// Where a scan for what can be received begins: nothing stands before this time. Rows that were taken away leave traces
// in the engine that would have to be stepped over; this steps over them at once. Who puts something before the floor
// lowers it.
inline constexpr store::Table<Moment> kFloors{"sqs.floors"};  // key: generation

inline constexpr store::Counter kReceived{"sqs.received"};  // key: generation; those of them received before

// ---- FIFO queues

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
  std::int64_t ready_at_ms = 0;      // when its next message can be received; its place in kReady
  std::uint64_t first_sequence = 0;  // of its oldest message
  std::vector<InFlight> in_flight;   // received and not deleted, by sequence; while one is hidden the group waits

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

// The last two are kept in windows of five minutes, so that old ones can be thrown away together; one still valid is in
// this window or the last. Key: incarnation, window, group or "", id.
inline constexpr store::Table<Deduplication> kDeduplications{"sqs.deduplications"};
// Key: incarnation, window, attempt id.
inline constexpr store::Table<ReceiveAttempt> kReceiveAttempts{"sqs.receive_attempts"};

}  // namespace sqs
