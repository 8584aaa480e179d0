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
  std::vector<KeyPart> more_hash, more_range;  // further attributes of the keys, of global indexes only

  bool has_many_parts() const { return !more_hash.empty() || !more_range.empty(); }
  // Calls visit(part, is_hash) for the attributes of its key, in order.
  template <class Visit>
  void each_part(const Visit& visit) const {
    visit(hash, true);
    for (const KeyPart& part : more_hash) visit(part, true);
    if (range) visit(*range, false);
    for (const KeyPart& part : more_range) visit(part, false);
  }
  bool has_part(std::string_view part_name) const {
    bool is_there = false;
    each_part([&](const KeyPart& part, bool) { is_there = is_there || part.name == part_name; });
    return is_there;
  }

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
    field("more_hash", self.more_hash);
    field("more_range", self.more_range);
  }
};

// Who follows a table's changes: bits of Table::followers. While there are any, changes are recorded.
inline constexpr std::uint32_t kStreamFollows = 1;
inline constexpr std::uint32_t kRecoveryFollows = 2;
inline constexpr std::uint32_t kReplicasFollow = 4;
inline constexpr std::uint32_t kKinesisFollows = 8;
inline constexpr std::uint32_t kBackupFollows = 16;  // while one is made

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
  bool is_restoring = false;  // its items are still being copied
  // As a replica of a global table:
  std::uint64_t global_id = 0;              // of its group; 0: it is none
  bool is_strong = false;                   // MultiRegionConsistency
  std::int64_t replication_lag_ms = 1'000;  // until its changes come to the other regions
  std::int64_t expiry_delay_ms = 0;         // items expire so much later than they should: another region does it
  std::uint64_t seal_id = 0;                // of the data key its items are sealed with; 0: they are not

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
    field("is_restoring", self.is_restoring);
    field("global_id", self.global_id);
    field("is_strong", self.is_strong);
    field("replication_lag_ms", self.replication_lag_ms);
    field("expiry_delay_ms", self.expiry_delay_ms);
    field("seal_id", self.seal_id);
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
  std::int64_t ttl_changed_ms = 0;
  std::int64_t recovery_since_ms = 0;  // from when on any moment can be restored; 0: point-in-time recovery is off
  std::int64_t recovery_days = 0;
  std::string restored_backup;  // ARNs; empty: it was not restored
  std::string restored_table;
  std::int64_t restored_ms = 0;  // the moment it was restored to
  bool has_managed_key = false;  // the key is alias/aws/dynamodb

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
    field("ttl_changed_ms", self.ttl_changed_ms);
    field("recovery_since_ms", self.recovery_since_ms);
    field("recovery_days", self.recovery_days);
    field("restored_backup", self.restored_backup);
    field("restored_table", self.restored_table);
    field("restored_ms", self.restored_ms);
    field("has_managed_key", self.has_managed_key);
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

// The same rows without a copy of the bytes: for reading and writing many.
struct ItemView {
  std::string_view bytes;

  static void fields(auto& self, auto& field) { field("bytes", self.bytes); }
};
inline constexpr store::Table<ItemView> kItemViews{"dynamodb.items"};
// That a caller could open a table's data key of late. Key: id of the data key, hash of the caller's ARN.
struct KeyCheck {
  std::int64_t at_ms = 0;

  static void fields(auto& self, auto& field) { field("at_ms", self.at_ms); }
};
inline constexpr store::Table<KeyCheck> kKeyChecks{"dynamodb.key_checks"};

// How many items a table or entries an index has, and how many bytes they are by AWS's count. Key: its id.
inline constexpr store::Counter kCounts{"dynamodb.counts"};
inline constexpr store::Counter kBytes{"dynamodb.bytes"};

enum class ReplicaStatus : std::uint8_t { kCreating = 1, kActive = 2 };

// A region's table in a global table. Settings of its own are empty or below zero where it has none.
struct Replica {
  std::string region;
  ReplicaStatus status = ReplicaStatus::kCreating;
  std::int64_t created_ms = 0;
  std::string source_region;  // from where it was filled; empty: the table that was there first
  std::int64_t read_units = -1;
  std::int64_t read_units_max = -1;
  std::string table_class;

  static void fields(auto& self, auto& field) {
    field("region", self.region);
    field("status", self.status);
    field("created_ms", self.created_ms);
    field("source_region", self.source_region);
    field("read_units", self.read_units);
    field("read_units_max", self.read_units_max);
    field("table_class", self.table_class);
  }
};

// A global table. Its replicas are in the order of their creation.
struct GlobalTable {
  std::string name;
  std::uint64_t id = 0;
  bool is_strong = false;
  std::string witness_region;  // empty: none
  std::vector<Replica> replicas;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("id", self.id);
    field("is_strong", self.is_strong);
    field("witness_region", self.witness_region);
    field("replicas", self.replicas);
  }
};
// Key: table name, id.
inline constexpr store::Table<GlobalTable> kGlobalTables{"dynamodb.global_tables", store::Scope::kAccount};

// The last write of an item of a replica, a deletion too: when it was, and where.
struct ItemVersion {
  std::int64_t at_ms = 0;
  std::string region;

  static void fields(auto& self, auto& field) {
    field("at_ms", self.at_ms);
    field("region", self.region);
  }
};
// Key: as the item's.
inline constexpr store::Table<ItemVersion> kVersions{"dynamodb.versions"};

// How far a replica's changes have come to another region.
struct Replication {
  std::vector<std::uint64_t> done;  // per shard: the last change that has been sent

  static void fields(auto& self, auto& field) { field("done", self.done); }
};
// Key: table id, region.
inline constexpr store::Table<Replication> kReplications{"dynamodb.replications"};
// That there is more to send, and when its timer fires. Key: table id, region.
struct NextReplication {
  std::int64_t at_ms = 0;

  static void fields(auto& self, auto& field) { field("at_ms", self.at_ms); }
};
inline constexpr store::Table<NextReplication> kNextReplications{"dynamodb.next_replications"};

// When items of tables with time to live expire. Key: table id, the second, then the item's key.
struct Expiry {
  std::int64_t at_seconds = 0;

  static void fields(auto& self, auto& field) { field("at_seconds", self.at_seconds); }
};
inline constexpr store::Table<Expiry> kExpiries{"dynamodb.expiries"};
// The earliest of a table's, for which its timer is armed. Key: table id.
inline constexpr store::Table<Expiry> kNextExpiries{"dynamodb.next_expiries"};

// kCopying: items are copied while the table is written to. kUndoing: what was written meanwhile is taken back.
enum class BackupStatus : std::uint8_t { kCopying = 1, kUndoing = 2, kAvailable = 3 };

// A backup of a table: its items as they were at one moment stand in kItems, under an id of their own. A restore to a
// point in time makes one for itself, and so does an export; nobody sees them.
struct Backup {
  std::string name;   // as the user calls it
  std::string label;  // "01767225600000-1a2b3c4d", of its ARN
  std::uint64_t id = 0;
  Table table;  // as it was
  TableDetails details;
  std::int64_t created_ms = 0;
  BackupStatus status = BackupStatus::kCopying;
  std::vector<std::uint64_t> kept;  // per shard: the last change that is in it
  std::vector<std::uint64_t> undo;  // per shard: the last change that may be in the copy, and is to be taken back
  std::uint64_t restores = 0;       // from it, at work
  std::string restored_to;          // for the restore of this table only; empty: not for a restore
  std::string exported_as;          // for the export of this label only; empty: not for an export
  std::string restored_region;      // where `restored_to` is
  std::int64_t expires_ms = 0;      // of a system backup, of a table that was deleted; 0: it is none

  // Others are made for something else, and nobody sees them.
  bool is_users() const { return restored_to.empty() && exported_as.empty(); }

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("label", self.label);
    field("id", self.id);
    field("table", self.table);
    field("details", self.details);
    field("created_ms", self.created_ms);
    field("status", self.status);
    field("kept", self.kept);
    field("undo", self.undo);
    field("restores", self.restores);
    field("restored_to", self.restored_to);
    field("exported_as", self.exported_as);
    field("restored_region", self.restored_region);
    field("expires_ms", self.expires_ms);
  }
};
// Key: table name, label (as parts).
inline constexpr store::Table<Backup> kBackups{"dynamodb.backups"};

enum class InsightMode : std::uint8_t { kAll = 1, kThrottled = 2 };

// That contributor insights are switched on for a table or index, or were.
struct Insight {
  bool is_enabled = false;
  InsightMode mode = InsightMode::kAll;
  std::int64_t enabled_ms = 0;
  std::int64_t changed_ms = 0;

  static void fields(auto& self, auto& field) {
    field("is_enabled", self.is_enabled);
    field("mode", self.mode);
    field("enabled_ms", self.enabled_ms);
    field("changed_ms", self.changed_ms);
  }
};
// Key: table name, index name or nothing.
inline constexpr store::Table<Insight> kInsights{"dynamodb.insights"};

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
