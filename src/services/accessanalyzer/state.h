// What Access Analyzer remembers: analyzers, their archive rules, and what they have found.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/accessanalyzer.h"
#include "store/key.h"
#include "store/table.h"

namespace accessanalyzer {

using base::Result;
using base::Value;
using store::key;

struct Analyzer {
  std::string name;
  std::string type;  // "ACCOUNT" or "ORGANIZATION"
  std::map<std::string, std::string> tags;
  std::int64_t created_ms = 0;
  std::string last_resource;  // the ARN of what was looked at last
  std::int64_t last_analyzed_ms = 0;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("type", self.type);
    field("tags", self.tags);
    field("created_ms", self.created_ms);
    field("last_resource", self.last_resource);
    field("last_analyzed_ms", self.last_analyzed_ms);
  }
};

// What a property of a finding must be.
struct Criterion {
  std::vector<std::string> equal, not_equal, contains;
  std::optional<bool> exists;

  static void fields(auto& self, auto& field) {
    field("equal", self.equal);
    field("not_equal", self.not_equal);
    field("contains", self.contains);
    field("exists", self.exists);
  }
};
using Filter = std::map<std::string, Criterion>;

struct ArchiveRule {
  std::string name;
  Filter filter;
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("filter", self.filter);
    field("created_ms", self.created_ms);
    field("updated_ms", self.updated_ms);
  }
};

// A resource that has been looked at.
struct Resource {
  std::string arn;
  std::string type;
  std::string owner;   // account
  std::string policy;  // as it was then
  std::int64_t found_ms = 0;
  std::int64_t analyzed_ms = 0;
  std::int64_t updated_ms = 0;  // when the policy was first seen as it is

  static void fields(auto& self, auto& field) {
    field("arn", self.arn);
    field("type", self.type);
    field("owner", self.owner);
    field("policy", self.policy);
    field("found_ms", self.found_ms);
    field("analyzed_ms", self.analyzed_ms);
    field("updated_ms", self.updated_ms);
  }
};

enum class Status : std::uint8_t { kActive = 0, kArchived = 1, kResolved = 2 };

// One outsider's way into one resource.
struct Finding {
  std::string id;
  std::string resource, resource_type, owner;
  std::string principal_type, principal;
  std::map<std::string, std::string> conditions;
  std::vector<std::string> actions;
  bool is_public = false;
  Status status = Status::kActive;
  std::int64_t created_ms = 0;
  std::int64_t analyzed_ms = 0;
  std::int64_t updated_ms = 0;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("resource", self.resource);
    field("resource_type", self.resource_type);
    field("owner", self.owner);
    field("principal_type", self.principal_type);
    field("principal", self.principal);
    field("conditions", self.conditions);
    field("actions", self.actions);
    field("is_public", self.is_public);
    field("status", self.status);
    field("created_ms", self.created_ms);
    field("analyzed_ms", self.analyzed_ms);
    field("updated_ms", self.updated_ms);
  }
};

// Key: analyzer name.
inline constexpr store::Table<Analyzer> kAnalyzers{"accessanalyzer.analyzers"};
// Key: analyzer name, rule name.
inline constexpr store::Table<ArchiveRule> kArchiveRules{"accessanalyzer.archive_rules"};
// Key: analyzer name, resource ARN.
inline constexpr store::Table<Resource> kResources{"accessanalyzer.resources"};
// Key: analyzer name, resource ARN, what tells findings of a resource apart.
inline constexpr store::Table<Finding> kFindings{"accessanalyzer.findings"};

}  // namespace accessanalyzer
