#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/dynamodb.h"
#include "aws/dynamodb_changes.h"

// What DynamoDB remembers: its tables and their rows. How they work together is told in README.md.
namespace dynamodb {

using aws::dynamodb::Change;
using aws::dynamodb::StreamView;
using aws::dynamodb::Type;
using base::Value;

// An attribute of a key.
struct KeyPart {
  std::string name;
  Type type = Type::kString;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("type", self.type);
  }
};

enum class Projection : std::uint8_t { kAll = 1, kKeysOnly = 2, kInclude = 3 };
enum class IndexStatus : std::uint8_t { kActive = 1, kBackfilling = 2 };
// Whether provisioned throughput bites: as AWS does it, or as the table's tag virga:throttling says ("on", "off").
enum class Throttling : std::uint8_t { kByBilling = 0, kOn = 1, kOff = 2 };
enum class Billing : std::uint8_t { kProvisioned = 1, kOnDemand = 2 };

// What is provisioned for a table or a global index; 0 on demand.
struct Throughput {
  std::int64_t read_units = 0;
  std::int64_t write_units = 0;
  std::int64_t increased_ms = 0;
  std::int64_t decreased_ms = 0;
  std::int64_t decreases = 0;        // on the day of `decreased_ms`
  std::int64_t read_units_max = -1;  // OnDemandThroughput; -1: not limited
  std::int64_t write_units_max = -1;
  std::int64_t warm_read_units = 0;  // WarmThroughput, where it was asked for
  std::int64_t warm_write_units = 0;

  static void fields(auto& self, auto& field) {
    field("read_units", self.read_units);
    field("write_units", self.write_units);
    field("increased_ms", self.increased_ms);
    field("decreased_ms", self.decreased_ms);
    field("decreases", self.decreases);
    field("read_units_max", self.read_units_max);
    field("write_units_max", self.write_units_max);
    field("warm_read_units", self.warm_read_units);
    field("warm_write_units", self.warm_write_units);
  }
};

struct Index {
  std::string name;
  std::uint64_t id = 0;  // where its entries stand, see kItems
  bool is_local = false;
  KeyPart hash;
  std::optional<KeyPart> range;
  Projection projection = Projection::kAll;
  std::vector<std::string> included;  // NonKeyAttributes
  IndexStatus status = IndexStatus::kActive;
  Throughput throughput;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("id", self.id);
    field("is_local", self.is_local);
    field("hash", self.hash);
    field("range", self.range);
    field("projection", self.projection);
    field("included", self.included);
    field("status", self.status);
    field("throughput", self.throughput);
  }
};

// Who follows a table's changes: bits of Table::followers. While there are any, changes are recorded.
inline constexpr std::uint32_t kStreamFollows = 1;
inline constexpr std::uint32_t kRecoveryFollows = 2;
inline constexpr std::uint32_t kReplicasFollow = 4;
inline constexpr std::uint32_t kKinesisFollows = 8;

// What every operation on items needs to know of a table.
struct Table {
  std::string name;
  std::uint64_t id = 0;  // a table deleted and created again is another one
  KeyPart hash;
  std::optional<KeyPart> range;
  std::vector<Index> indexes;
  Billing billing = Billing::kProvisioned;
  Throughput throughput;
  std::uint32_t followers = 0;
  std::string ttl_attribute;  // empty: time to live is off
  Throttling throttling = Throttling::kByBilling;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("id", self.id);
    field("hash", self.hash);
    field("range", self.range);
    field("indexes", self.indexes);
    field("billing", self.billing);
    field("throughput", self.throughput);
    field("followers", self.followers);
    field("ttl_attribute", self.ttl_attribute);
    field("throttling", self.throttling);
  }
};
// Key: table name.
inline constexpr store::Table<Table> kTables{"dynamodb.tables"};

// What is rarely looked at. Texts are as the user gave them; empty: not set.
struct TableDetails {
  std::string table_id;  // TableId, a UUID
  std::int64_t created_ms = 0;
  std::vector<KeyPart> definitions;  // AttributeDefinitions
  bool is_protected = false;
  std::string table_class;
  std::int64_t class_changed_ms = 0;
  std::int64_t on_demand_since_ms = 0;           // 0: never was
  std::vector<std::int64_t> billing_changes_ms;  // to on-demand, of the last day
  bool has_own_key = false;                      // SSESpecification.Enabled
  std::string kms_key;                           // ARN
  std::string stream_label;                      // of the latest stream
  StreamView stream_view = StreamView::kNone;    // of the open one
  std::string policy;
  std::string policy_revision;
  std::map<std::string, std::string> tags;

  static void fields(auto& self, auto& field) {
    field("table_id", self.table_id);
    field("created_ms", self.created_ms);
    field("definitions", self.definitions);
    field("is_protected", self.is_protected);
    field("table_class", self.table_class);
    field("class_changed_ms", self.class_changed_ms);
    field("on_demand_since_ms", self.on_demand_since_ms);
    field("billing_changes_ms", self.billing_changes_ms);
    field("has_own_key", self.has_own_key);
    field("kms_key", self.kms_key);
    field("stream_label", self.stream_label);
    field("stream_view", self.stream_view);
    field("policy", self.policy);
    field("policy_revision", self.policy_revision);
    field("tags", self.tags);
  }
};
// Key: table name.
inline constexpr store::Table<TableDetails> kDetails{"dynamodb.table_details"};

// An item, or an index's entry for one; as bytes, see aws/dynamodb_item.h.
struct ItemRow {
  std::string bytes;

  static void fields(auto& self, auto& field) { field("bytes", self.bytes); }
};
// Key of an item: table id, hash of the partition key, partition key, sort key where there is one (see keys.h).
// Of an index's entry: index id, hash of the index's partition key, that, the index's sort key where there is one, then
// the table's own key.
inline constexpr store::Table<ItemRow> kItems{"dynamodb.items"};

// How many items a table or entries an index has, and how many bytes they are by AWS's count. Key: its id.
inline constexpr store::Counter kCounts{"dynamodb.counts"};
inline constexpr store::Counter kBytes{"dynamodb.bytes"};

// A TransactWriteItems call that was answered. Kept for ten minutes.
struct RequestToken {
  std::string request_hash;
  std::int64_t at_ms = 0;
  std::string answer;  // JSON

  static void fields(auto& self, auto& field) {
    field("request_hash", self.request_hash);
    field("at_ms", self.at_ms);
    field("answer", self.answer);
  }
};
// Key: ten-minute window, token.
inline constexpr store::Table<RequestToken> kTokens{"dynamodb.tokens"};

}  // namespace dynamodb
