// What Systems Manager remembers: its rows, and the tables that hold them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/ssm.h"
#include "store/table.h"

namespace ssm {

struct Tag {
  std::string key, value;

  static void fields(auto& self, auto& field) {
    field("key", self.key);
    field("value", self.value);
  }
};

enum class PolicyStatus : std::uint8_t { kPending = 0, kFinished = 1 };

// A parameter policy: it makes the parameter expire, or says something about it at a time.
struct ParameterPolicy {
  std::string text;  // JSON, as given
  std::string type;  // "Expiration", "ExpirationNotification", "NoChangeNotification"
  std::int64_t due_ms = 0;
  PolicyStatus status = PolicyStatus::kPending;

  static void fields(auto& self, auto& field) {
    field("text", self.text);
    field("type", self.type);
    field("due_ms", self.due_ms);
    field("status", self.status);
  }
};

// One version of a parameter: everything that PutParameter gives.
struct Version {
  std::int64_t number = 0;
  std::string type;    // "String", "StringList", "SecureString"
  std::string value;   // of a SecureString: sealed, see secure.cc
  std::string key_id;  // of a SecureString: as given
  std::string tier;    // "Standard", "Advanced"
  std::string description;
  std::string allowed_pattern;
  std::string data_type;
  std::vector<ParameterPolicy> policies;
  std::int64_t modified_ms = 0;
  std::string modified_by;  // ARN of who did it

  static void fields(auto& self, auto& field) {
    field("number", self.number);
    field("type", self.type);
    field("value", self.value);
    field("key_id", self.key_id);
    field("tier", self.tier);
    field("description", self.description);
    field("allowed_pattern", self.allowed_pattern);
    field("data_type", self.data_type);
    field("policies", self.policies);
    field("modified_ms", self.modified_ms);
    field("modified_by", self.modified_by);
  }
};

struct Parameter {
  std::string name;      // as given
  std::uint64_t id = 0;  // a parameter deleted and created again is another one
  Version current;
  std::int64_t oldest = 1;  // number of the oldest version that is kept
  std::map<std::string, std::int64_t> labels;
  std::vector<Tag> tags;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("id", self.id);
    field("current", self.current);
    field("oldest", self.oldest);
    field("labels", self.labels);
    field("tags", self.tags);
  }
};

// The policy by which a parameter is shared with other accounts.
struct ResourcePolicy {
  std::string id, hash, text;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("hash", self.hash);
    field("text", self.text);
  }
};

struct Setting {
  std::string value;
  std::int64_t modified_ms = 0;
  std::string modified_by;

  static void fields(auto& self, auto& field) {
    field("value", self.value);
    field("modified_ms", self.modified_ms);
    field("modified_by", self.modified_by);
  }
};

// Key: the name as a path, "/db/password"; "db" and "/db" are one parameter.
inline constexpr store::Table<Parameter> kParameters{"ssm.parameters"};
inline constexpr store::Table<Version> kHistory{"ssm.history"};  // key: id, number; all but the current
inline constexpr store::Table<ResourcePolicy> kResourcePolicies{"ssm.resource_policies"};  // key: as kParameters
inline constexpr store::Table<Setting> kSettings{"ssm.settings"};                          // key: setting id
inline constexpr store::Counter kParameterCount{"ssm.parameter_count"};                    // key: tier

}  // namespace ssm
