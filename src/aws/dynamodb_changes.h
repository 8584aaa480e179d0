// What has happened to the items of DynamoDB's tables: written by DynamoDB with each write, read by its streams and by
// whatever else follows a table (replicas, recovery to a point in time, Kinesis).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aws/dynamodb_item.h"
#include "kernel/call.h"
#include "store/store.h"

namespace aws::dynamodb {

// Changes are numbered per table and shard, without gaps, in the order of their commits; all changes of an item are in
// one shard, told by the hash of its partition key.
inline constexpr std::uint64_t kChangeShards = 4;
inline std::uint64_t shard_of(std::uint64_t partition_hash) { return partition_hash >> 62; }

enum class Event : std::uint8_t { kInsert = 1, kModify = 2, kRemove = 3 };

struct Change {
  Event event = Event::kInsert;
  std::int64_t at_ms = 0;
  std::string keys;       // an item of the key attributes alone
  std::string old_image;  // items; empty: there was none
  std::string new_image;
  std::string principal;        // of deletes that DynamoDB itself makes: "dynamodb.amazonaws.com"
  std::string origin_region;    // of a replicated change: where it was made
  std::int64_t version_ms = 0;  // of a change of a global table: by which replicas tell the last one

  static void fields(auto& self, auto& field) {
    field("event", self.event);
    field("at_ms", self.at_ms);
    field("keys", self.keys);
    field("old_image", self.old_image);
    field("new_image", self.new_image);
    field("principal", self.principal);
    field("origin_region", self.origin_region);
    field("version_ms", self.version_ms);
  }
};
// Key: table id, shard, number.
inline constexpr store::Table<Change> kChanges{"dynamodb.changes"};

// The number of the shard's latest change. Reading and writing this row with each change is what makes the order of
// numbers the order of commits.
struct ChangeHead {
  std::uint64_t number = 0;

  static void fields(auto& self, auto& field) { field("number", self.number); }
};
// Key: table id, shard.
inline constexpr store::Table<ChangeHead> kChangeHeads{"dynamodb.change_heads"};

// The number of the shard's latest change; 0 when there was none.
inline std::uint64_t latest_change(const store::Transaction& tx, std::uint64_t table_id, std::uint64_t shard) {
  return tx.get(kChangeHeads, store::key(table_id, shard)).value_or(ChangeHead{}).number;
}

// The number of the shard's last change at `time_ms` or before. What is no longer kept counts as made before.
std::uint64_t last_change_by(const store::Transaction& tx, std::uint64_t table_id, std::uint64_t shard,
                             std::int64_t time_ms);

// "All data in DynamoDB Streams is subject to a 24-hour lifetime."
inline constexpr std::int64_t kStreamRetentionMs = 86'400'000;

enum class StreamView : std::uint8_t { kNone = 0, kKeysOnly = 1, kNewImage = 2, kOldImage = 3, kBothImages = 4 };

// A stream of a table, from when it was enabled; kept for a day after it was disabled.
struct Stream {
  std::string table;
  std::uint64_t table_id = 0;
  std::string label;  // "2026-01-01T00:00:00.000"
  StreamView view = StreamView::kNone;
  std::int64_t created_ms = 0;
  std::int64_t closed_ms = 0;         // 0: it is open
  std::vector<std::uint64_t> first;   // per shard: its changes are those after this number
  std::vector<std::uint64_t> last;    // per shard, once closed: up to this one
  std::string hash_name, range_name;  // key attributes of the table
  Type hash_type = Type::kString, range_type = Type::kString;
  std::string policy;  // empty: none
  std::string policy_revision;

  // Whether it was disabled so long ago that it is there no more.
  bool is_gone(std::int64_t now_ms) const { return closed_ms != 0 && closed_ms + kStreamRetentionMs <= now_ms; }

  static void fields(auto& self, auto& field) {
    field("table", self.table);
    field("table_id", self.table_id);
    field("label", self.label);
    field("view", self.view);
    field("created_ms", self.created_ms);
    field("closed_ms", self.closed_ms);
    field("first", self.first);
    field("last", self.last);
    field("hash_name", self.hash_name);
    field("range_name", self.range_name);
    field("hash_type", self.hash_type);
    field("range_type", self.range_type);
    field("policy", self.policy);
    field("policy_revision", self.policy_revision);
  }
};
// Key: table name, label (as parts).
inline constexpr store::Table<Stream> kStreams{"dynamodb.streams"};

// How changes, shards and views are named to readers of streams.
std::string_view event_name(Event event);     // "INSERT"
std::string_view view_name(StreamView view);  // "NEW_AND_OLD_IMAGES"
std::string event_id(std::uint64_t table_id, std::uint64_t shard, std::uint64_t number);
// Numbers of changes as SequenceNumber: 21 digits that sort as the numbers of a shard do, and are unique in the stream.
std::string sequence_number(std::uint64_t shard, std::uint64_t number);
// "shards … are ephemeral": each goes on for four hours, and then in a child. A shard of the record of changes is so a
// chain of shards of the stream, of which `epoch` have gone before.
inline constexpr std::int64_t kShardMs = 4 * 3'600'000;
std::string shard_id(const Stream& stream, std::uint64_t chain, std::int64_t epoch);

// What waiting readers of a table's changes are woken by.
inline std::string changes_topic(const store::Place& place, std::uint64_t table_id) {
  return "dynamodb.changes/" + place.account + "/" + place.region + "/" + std::to_string(table_id);
}

// Appends a change to its shard and answers its number. `tx` stands where the table does.
inline std::uint64_t append_change(const store::Transaction& tx, std::uint64_t table_id, std::uint64_t shard,
                                   const Change& change) {
  const std::string head_key = store::key(table_id, shard);
  ChangeHead head = tx.get(kChangeHeads, head_key).value_or(ChangeHead{});
  ++head.number;
  tx.put(kChangeHeads, head_key, head);
  tx.put(kChanges, store::key(table_id, shard, head.number), change);
  return head.number;
}

}  // namespace aws::dynamodb
