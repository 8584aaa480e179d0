// What CloudWatch Logs remembers: its rows, and the tables that hold them. Events have a header of their own, events.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/logs.h"
#include "store/key.h"
#include "store/table.h"

namespace logs {

using base::Result;
using base::Value;

// ---- groups and streams

// STANDARD, INFREQUENT_ACCESS and DELIVERY, by their names in the API.
using GroupClass = std::string;

struct Group {
  std::uint64_t id = 0;  // a group deleted and created again is another one
  std::string name;
  std::int64_t created_ms = 0;
  std::int64_t retention_days = 0;  // 0: for ever
  GroupClass group_class = "STANDARD";
  std::string kms_key;         // the ARN of its key; empty: none of the user's
  std::uint64_t data_key = 0;  // that seals what comes; see DataKey
  bool is_deletion_protected = false;
  std::map<std::string, std::string> tags;
  std::string data_protection;  // the policy, as given; empty: none
  std::int64_t data_protection_ms = 0;
  std::string index_policy;  // likewise
  std::int64_t index_policy_ms = 0;
  std::int64_t metric_filters = 0;        // how many there are
  std::int64_t subscription_filters = 0;  // likewise
  bool has_transformer = false;           // of its own

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("name", self.name);
    field("created_ms", self.created_ms);
    field("retention_days", self.retention_days);
    field("group_class", self.group_class);
    field("kms_key", self.kms_key);
    field("data_key", self.data_key);
    field("is_deletion_protected", self.is_deletion_protected);
    field("tags", self.tags);
    field("data_protection", self.data_protection);
    field("data_protection_ms", self.data_protection_ms);
    field("index_policy", self.index_policy);
    field("index_policy_ms", self.index_policy_ms);
    field("metric_filters", self.metric_filters);
    field("subscription_filters", self.subscription_filters);
    field("has_transformer", self.has_transformer);
  }
};

// The chunk of a stream that small batches are still added to.
struct OpenChunk {
  std::int64_t first_ms = 0;
  std::uint64_t sequence = 0;  // 0: there is none
  std::int64_t stored_bytes = 0;

  static void fields(auto& self, auto& field) {
    field("first_ms", self.first_ms);
    field("sequence", self.sequence);
    field("stored_bytes", self.stored_bytes);
  }
};

struct Stream {
  std::uint64_t id = 0;
  std::string name;
  std::int64_t created_ms = 0;
  std::int64_t first_event_ms = 0;  // like the next two, of use when there are events: next_ordinal is not 0
  std::int64_t last_event_ms = 0;
  std::int64_t last_ingestion_ms = 0;
  std::uint64_t next_ordinal = 0;  // events are counted in the order in which they come
  OpenChunk open_chunk;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("name", self.name);
    field("created_ms", self.created_ms);
    field("first_event_ms", self.first_event_ms);
    field("last_event_ms", self.last_event_ms);
    field("last_ingestion_ms", self.last_ingestion_ms);
    field("next_ordinal", self.next_ordinal);
    field("open_chunk", self.open_chunk);
  }
};

// A data key that seals chunks of a group, as KMS has sealed it. Each time a group is given a KMS key it gets one.
struct SealedDataKey {
  std::string sealed;
  std::string kms_key;  // ARN

  static void fields(auto& self, auto& field) {
    field("sealed", self.sealed);
    field("kms_key", self.kms_key);
  }
};

inline constexpr store::Table<Group> kGroups{"logs.groups"};               // key: name
inline constexpr store::Table<Stream> kStreams{"logs.streams"};            // key: group id, name
inline constexpr store::Table<SealedDataKey> kDataKeys{"logs.data_keys"};  // key: group id, number
inline constexpr store::Counter kStoredBytes{"logs.stored_bytes"};         // key: group id

// ---- filters

struct MetricFilter {
  std::string name, pattern;
  std::string transformation;  // MetricTransformation as JSON
  std::int64_t created_ms = 0;
  bool on_transformed = false;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("pattern", self.pattern);
    field("transformation", self.transformation);
    field("created_ms", self.created_ms);
    field("on_transformed", self.on_transformed);
  }
};

struct SubscriptionFilter {
  std::string name, pattern, destination_arn, role_arn, distribution;
  std::int64_t created_ms = 0;
  bool on_transformed = false;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("pattern", self.pattern);
    field("destination_arn", self.destination_arn);
    field("role_arn", self.role_arn);
    field("distribution", self.distribution);
    field("created_ms", self.created_ms);
    field("on_transformed", self.on_transformed);
  }
};

inline constexpr store::Table<MetricFilter> kMetricFilters{"logs.metric_filters"};  // key: group id, name
inline constexpr store::Table<SubscriptionFilter> kSubscriptionFilters{"logs.subscription_filters"};  // likewise

struct Transformer {
  std::string config;  // transformerConfig as JSON
  std::int64_t created_ms = 0, modified_ms = 0;

  static void fields(auto& self, auto& field) {
    field("config", self.config);
    field("created_ms", self.created_ms);
    field("modified_ms", self.modified_ms);
  }
};
inline constexpr store::Table<Transformer> kTransformers{"logs.transformers"};  // key: group id

// ---- of the account

struct ResourcePolicy {
  std::string name, document;
  std::int64_t updated_ms = 0;
  std::string resource_arn;  // of one that stands at a resource; empty: of the account's
  std::string revision;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("document", self.document);
    field("updated_ms", self.updated_ms);
    field("resource_arn", self.resource_arn);
    field("revision", self.revision);
  }
};

struct AccountPolicy {
  std::string name, type, document, scope, selection;
  std::int64_t updated_ms = 0;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("type", self.type);
    field("document", self.document);
    field("scope", self.scope);
    field("selection", self.selection);
    field("updated_ms", self.updated_ms);
  }
};

struct Destination {
  std::string name, target_arn, role_arn, policy;
  std::int64_t created_ms = 0;
  std::map<std::string, std::string> tags;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("target_arn", self.target_arn);
    field("role_arn", self.role_arn);
    field("policy", self.policy);
    field("created_ms", self.created_ms);
    field("tags", self.tags);
  }
};

// Where deliveries of vended logs may lead.
struct DeliveryDestination {
  std::string name, type, target_arn, format, policy;
  std::map<std::string, std::string> tags;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("type", self.type);
    field("target_arn", self.target_arn);
    field("format", self.format);
    field("policy", self.policy);
    field("tags", self.tags);
  }
};

struct LookupTable {
  std::string name, description, body;
  std::int64_t created_ms = 0, updated_ms = 0;
  std::map<std::string, std::string> tags;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("description", self.description);
    field("body", self.body);
    field("created_ms", self.created_ms);
    field("updated_ms", self.updated_ms);
    field("tags", self.tags);
  }
};

enum class ExportStatus : std::uint8_t { kPending = 0, kRunning = 1, kCompleted = 2, kFailed = 3, kCancelled = 4 };

struct ExportTask {
  std::string id, name, group, stream_prefix, bucket, prefix;
  std::uint64_t group_id = 0;
  std::int64_t from_ms = 0, to_ms = 0;
  ExportStatus status = ExportStatus::kPending;
  std::string message;
  std::int64_t created_ms = 0, completed_ms = 0;
  // How far it has come: the streams before this one are written, and of this one so many files, up to this event.
  std::string stream;
  std::int64_t files = 0;
  std::int64_t next_ms = 0;
  std::uint64_t next_ordinal = 0;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("name", self.name);
    field("group", self.group);
    field("stream_prefix", self.stream_prefix);
    field("bucket", self.bucket);
    field("prefix", self.prefix);
    field("group_id", self.group_id);
    field("from_ms", self.from_ms);
    field("to_ms", self.to_ms);
    field("status", self.status);
    field("message", self.message);
    field("created_ms", self.created_ms);
    field("completed_ms", self.completed_ms);
    field("stream", self.stream);
    field("files", self.files);
    field("next_ms", self.next_ms);
    field("next_ordinal", self.next_ordinal);
  }
};

// Key: name, or the ARN of the resource at which it stands.
inline constexpr store::Table<ResourcePolicy> kResourcePolicies{"logs.resource_policies"};
inline constexpr store::Table<AccountPolicy> kAccountPolicies{"logs.account_policies"};  // key: type, name
inline constexpr store::Table<Destination> kDestinations{"logs.destinations"};           // key: name
inline constexpr store::Table<DeliveryDestination> kDeliveryDestinations{"logs.delivery_destinations"};  // key: name
inline constexpr store::Table<LookupTable> kLookupTables{"logs.lookup_tables"};                          // key: name
inline constexpr store::Table<ExportTask> kExportTasks{"logs.export_tasks"};                             // key: id

}  // namespace logs
