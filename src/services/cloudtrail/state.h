#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/cloudtrail.h"

// What CloudTrail remembers: its tables and their rows. How they work together is told in README.md.
namespace cloudtrail {

using base::Value;

using Tags = std::map<std::string, std::string>;

// ---- what was recorded

// Who called, as it stands in userIdentity; calls that follow each other share one.
struct Caller {
  kernel::Principal::Type type = kernel::Principal::Type::kAnonymous;
  std::string account, arn, user_id, access_key_id;
  bool has_session = false;
  std::string role_arn;
  std::int64_t issued_ms = 0;
  bool multi_factor_present = false;
  std::string source_identity;
  std::string provider;  // web identity or SAML
  std::string source_ip, user_agent;

  friend bool operator==(const Caller&, const Caller&) = default;
  static void fields(auto& self, auto& field) {
    field("type", self.type);
    field("account", self.account);
    field("arn", self.arn);
    field("user_id", self.user_id);
    field("access_key_id", self.access_key_id);
    field("has_session", self.has_session);
    field("role_arn", self.role_arn);
    field("issued_ms", self.issued_ms);
    field("multi_factor_present", self.multi_factor_present);
    field("source_identity", self.source_identity);
    field("provider", self.provider);
    field("source_ip", self.source_ip);
    field("user_agent", self.user_agent);
  }
};

// One call, as small as it can be: the rest of a CloudTrail record follows from the API model.
struct Note {
  std::int64_t time_ms = 0;
  std::uint64_t id_high = 0, id_low = 0;          // eventID
  std::uint64_t shared_high = 0, shared_low = 0;  // sharedEventID; zero: none
  std::uint32_t caller = 0;                       // its place in the block
  std::string service, operation;                 // of the model
  std::string region;
  std::string request_id;
  std::string tls_host;              // empty: came in the clear
  std::string parameters, response;  // JSON, secrets withheld; empty: null
  std::string error_code, error_message;
  std::string resource;     // ARN, or empty
  std::string action;       // that IAM was asked
  std::string invoked_by;   // service principal, for calls made by services
  bool is_foreign = false;  // of a caller of another account: its userIdentity says no more than that

  static void fields(auto& self, auto& field) {
    field("time_ms", self.time_ms);
    field("id_high", self.id_high);
    field("id_low", self.id_low);
    field("shared_high", self.shared_high);
    field("shared_low", self.shared_low);
    field("caller", self.caller);
    field("service", self.service);
    field("operation", self.operation);
    field("region", self.region);
    field("request_id", self.request_id);
    field("tls_host", self.tls_host);
    field("parameters", self.parameters);
    field("response", self.response);
    field("error_code", self.error_code);
    field("error_message", self.error_message);
    field("resource", self.resource);
    field("action", self.action);
    field("invoked_by", self.invoked_by);
    field("is_foreign", self.is_foreign);
  }
};

// The calls of one turn of a lane.
struct Block {
  std::vector<Caller> callers;
  std::vector<Note> notes;

  static void fields(auto& self, auto& field) {
    field("callers", self.callers);
    field("notes", self.notes);
  }
};

struct Moment {
  std::int64_t time_ms = 0;

  static void fields(auto& self, auto& field) { field("time_ms", self.time_ms); }
};

// The event history. Key: time of the block's first call, sequence.
inline constexpr store::Table<Block> kHistory{"cloudtrail.history"};
inline constexpr std::int64_t kHistoryMs = 90LL * 24 * 3'600'000;
inline constexpr store::Table<Moment> kPurging{"cloudtrail.purging"};  // key: ""; when kPurge is armed for

// A whole event as JSON: of insights.
struct Text {
  std::string text;

  static void fields(auto& self, auto& field) { field("text", self.text); }
};
inline constexpr store::Table<Text> kInsights{"cloudtrail.insights"};  // key: time, sequence

// ---- selectors

struct FieldSelector {
  std::string field;
  std::vector<std::string> equals, starts_with, ends_with, not_equals, not_starts_with, not_ends_with;

  static void fields(auto& self, auto& visit) {
    visit("field", self.field);
    visit("equals", self.equals);
    visit("starts_with", self.starts_with);
    visit("ends_with", self.ends_with);
    visit("not_equals", self.not_equals);
    visit("not_starts_with", self.not_starts_with);
    visit("not_ends_with", self.not_ends_with);
  }
};

struct AdvancedSelector {
  std::string name;
  std::vector<FieldSelector> fields_selected;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("fields_selected", self.fields_selected);
  }
};

// ---- trails

struct Trail {
  std::string name, home_region;
  std::string bucket, prefix, topic, log_group_arn, log_role_arn, kms_key_id;
  bool includes_global = true, is_multi_region = false, validates = false, is_organization = false;
  bool is_logging = false;
  std::int64_t started_ms = 0, stopped_ms = 0;
  std::string event_selectors;  // JSON as given; empty: the default
  std::vector<AdvancedSelector> advanced_selectors;
  std::vector<std::string> insights;  // types
  std::int64_t insights_since_ms = 0;
  Tags tags;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("home_region", self.home_region);
    field("bucket", self.bucket);
    field("prefix", self.prefix);
    field("topic", self.topic);
    field("log_group_arn", self.log_group_arn);
    field("log_role_arn", self.log_role_arn);
    field("kms_key_id", self.kms_key_id);
    field("includes_global", self.includes_global);
    field("is_multi_region", self.is_multi_region);
    field("validates", self.validates);
    field("is_organization", self.is_organization);
    field("is_logging", self.is_logging);
    field("started_ms", self.started_ms);
    field("stopped_ms", self.stopped_ms);
    field("event_selectors", self.event_selectors);
    field("advanced_selectors", self.advanced_selectors);
    field("insights", self.insights);
    field("insights_since_ms", self.insights_since_ms);
    field("tags", self.tags);
  }
};
inline constexpr store::Table<Trail> kTrails{"cloudtrail.trails", store::Scope::kAccount};  // key: home region, name

// ---- event data stores

struct EventDataStore {
  std::string id, name;
  std::vector<AdvancedSelector> selectors;
  bool is_multi_region = true, is_organization = false, is_protected = true, is_ingesting = true;
  std::int64_t retention_days = 366;
  std::string billing_mode;
  std::string kms_key_id;
  std::int64_t created_ms = 0, updated_ms = 0;
  std::int64_t deleted_ms = 0;  // 0: it is not pending deletion
  Tags tags;
  std::string policy;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("name", self.name);
    field("selectors", self.selectors);
    field("is_multi_region", self.is_multi_region);
    field("is_organization", self.is_organization);
    field("is_protected", self.is_protected);
    field("is_ingesting", self.is_ingesting);
    field("retention_days", self.retention_days);
    field("billing_mode", self.billing_mode);
    field("kms_key_id", self.kms_key_id);
    field("created_ms", self.created_ms);
    field("updated_ms", self.updated_ms);
    field("deleted_ms", self.deleted_ms);
    field("tags", self.tags);
    field("policy", self.policy);
  }
};
inline constexpr store::Table<EventDataStore> kStores{"cloudtrail.stores"};  // key: id
// Events of a store, as lines of JSON. Key: id, time of the first, sequence.
inline constexpr store::Table<Text> kStored{"cloudtrail.stored"};

struct Query {
  std::string id, store_id, statement, alias, status, message;
  std::int64_t created_ms = 0, scanned = 0, matched = 0, bytes = 0, took_ms = 0;
  std::string rows;  // JSON: the result

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("store_id", self.store_id);
    field("statement", self.statement);
    field("alias", self.alias);
    field("status", self.status);
    field("message", self.message);
    field("created_ms", self.created_ms);
    field("scanned", self.scanned);
    field("matched", self.matched);
    field("bytes", self.bytes);
    field("took_ms", self.took_ms);
    field("rows", self.rows);
  }
};
inline constexpr store::Table<Query> kQueries{"cloudtrail.queries"};  // key: query id

// ---- what the recorder must know, in one row

struct SelectedStore {
  std::string account, region, id;
  bool is_multi_region = true;
  std::vector<AdvancedSelector> selectors;

  static void fields(auto& self, auto& field) {
    field("account", self.account);
    field("region", self.region);
    field("id", self.id);
    field("is_multi_region", self.is_multi_region);
    field("selectors", self.selectors);
  }
};

struct WatchedPlace {  // a trail there looks for insights
  std::string account, region;
  bool is_multi_region = false, watches_calls = false, watches_errors = false;
  std::int64_t since_ms = 0;
  std::string trail;

  static void fields(auto& self, auto& field) {
    field("account", self.account);
    field("region", self.region);
    field("is_multi_region", self.is_multi_region);
    field("watches_calls", self.watches_calls);
    field("watches_errors", self.watches_errors);
    field("since_ms", self.since_ms);
    field("trail", self.trail);
  }
};

struct Selection {
  std::vector<SelectedStore> stores;
  std::vector<WatchedPlace> watched;

  static void fields(auto& self, auto& field) {
    field("stores", self.stores);
    field("watched", self.watched);
  }
};
inline constexpr store::Table<Selection> kSelection{"cloudtrail.selection", store::Scope::kGlobal};  // key: ""

}  // namespace cloudtrail
