// What AWS Identity and Access Management remembers of who there is and what they may do. Entities stand under their
// names; everything that hangs on one stands under its unique id, so that a new name moves one row and a deleted
// entity's belongings cannot pass to another of its name.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "api/iam.h"
#include "store/table.h"

namespace iam {

using Tags = std::map<std::string, std::string>;  // keys as given; no two of them differ in case alone

// Times are whole seconds, as IAM shows them, kept in milliseconds.

struct User {
  std::string name, path, id;  // "/" or "/…/"; "AIDA…"
  std::int64_t created_ms = 0;
  std::string boundary_arn;  // permissions boundary; empty: none
  Tags tags;
  std::int64_t password_last_used_ms = 0;  // 0: never

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("path", self.path);
    field("id", self.id);
    field("created_ms", self.created_ms);
    field("boundary_arn", self.boundary_arn);
    field("tags", self.tags);
    field("password_last_used_ms", self.password_last_used_ms);
  }
};

struct Group {
  std::string name, path, id;  // "AGPA…"
  std::int64_t created_ms = 0;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("path", self.path);
    field("id", self.id);
    field("created_ms", self.created_ms);
  }
};

struct Role {
  std::string name, path, id;  // "AROA…"; a service-linked role has the path "/aws-service-role/<service>/"
  std::int64_t created_ms = 0;
  std::string trust_policy;                          // as given
  std::map<std::string, std::string> trusted_id_of;  // unique ids of the users and roles it names, by their ARN there
  std::string description;
  std::int64_t session_seconds_max = 3'600;
  std::string boundary_arn;
  Tags tags;

  bool is_service_linked() const { return path.starts_with("/aws-service-role/"); }
  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("path", self.path);
    field("id", self.id);
    field("created_ms", self.created_ms);
    field("trust_policy", self.trust_policy);
    field("trusted_id_of", self.trusted_id_of);
    field("description", self.description);
    field("session_seconds_max", self.session_seconds_max);
    field("boundary_arn", self.boundary_arn);
    field("tags", self.tags);
  }
};

// A customer managed policy. Those of AWS are not rows: aws/managed_policies.h.
struct ManagedPolicy {
  std::string name, path, id;  // "ANPA…"
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
  std::string description;
  std::int64_t default_version = 1;  // a number: 1 is "v1"
  std::int64_t newest_version = 1;   // numbers are never given twice
  Tags tags;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("path", self.path);
    field("id", self.id);
    field("created_ms", self.created_ms);
    field("updated_ms", self.updated_ms);
    field("description", self.description);
    field("default_version", self.default_version);
    field("newest_version", self.newest_version);
    field("tags", self.tags);
  }
};

struct PolicyVersion {
  std::string document;  // as given
  std::int64_t created_ms = 0;

  static void fields(auto& self, auto& field) {
    field("document", self.document);
    field("created_ms", self.created_ms);
  }
};

struct InlinePolicy {
  std::string document;

  static void fields(auto& self, auto& field) { field("document", self.document); }
};

struct InstanceProfile {
  std::string name, path, id;  // "AIPA…"
  std::int64_t created_ms = 0;
  std::string role_id;  // empty: none
  Tags tags;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("path", self.path);
    field("id", self.id);
    field("created_ms", self.created_ms);
    field("role_id", self.role_id);
    field("tags", self.tags);
  }
};

// Its secret, and whether it is active, stand in kernel::kCredentials.
struct AccessKey {
  std::int64_t created_ms = 0;

  static void fields(auto& self, auto& field) { field("created_ms", self.created_ms); }
};

// Where to find what has a unique id.
struct Entity {
  enum class Kind : std::uint8_t { kUser = 0, kGroup = 1, kRole = 2, kPolicy = 3, kInstanceProfile = 4 };

  Kind kind = Kind::kUser;
  std::string account;
  std::string name;

  static void fields(auto& self, auto& field) {
    field("kind", self.kind);
    field("account", self.account);
    field("name", self.name);
  }
};

// A row that says all by being there.
struct Mark {
  static void fields(auto&, auto&) {}
};

// Key: the name in lower case (name_key), as "names are not distinguished by case".
inline constexpr store::Table<User> kUsers{"iam.users", store::Scope::kAccount};
inline constexpr store::Table<Group> kGroups{"iam.groups", store::Scope::kAccount};
inline constexpr store::Table<Role> kRoles{"iam.roles", store::Scope::kAccount};
inline constexpr store::Table<ManagedPolicy> kPolicies{"iam.policies", store::Scope::kAccount};
inline constexpr store::Table<InstanceProfile> kInstanceProfiles{"iam.instance_profiles", store::Scope::kAccount};

inline constexpr store::Table<Entity> kEntities{"iam.entities", store::Scope::kGlobal};  // key: unique id

// Key: policy id, version number.
inline constexpr store::Table<PolicyVersion> kPolicyVersions{"iam.policy_versions", store::Scope::kAccount};
// Key: id of a user, group or role; policy name.
inline constexpr store::Table<InlinePolicy> kInlinePolicies{"iam.inline_policies", store::Scope::kAccount};
// Key: id of a user, or the account for its root; access key id.
inline constexpr store::Table<AccessKey> kAccessKeys{"iam.access_keys", store::Scope::kAccount};

// Who has what, each in both directions.
// Key: id of a user, group or role; policy ARN.
inline constexpr store::Table<Mark> kAttachedPolicies{"iam.attached_policies", store::Scope::kAccount};
// Key: policy ARN; id of a user, group or role.
inline constexpr store::Table<Mark> kAttachedTo{"iam.attached_to", store::Scope::kAccount};
// Key: policy ARN; id of a user or role whose boundary it is.
inline constexpr store::Table<Mark> kBoundaryOf{"iam.boundary_of", store::Scope::kAccount};
// Key: user id, group id.
inline constexpr store::Table<Mark> kGroupsOfUser{"iam.groups_of_user", store::Scope::kAccount};
// Key: group id, user id.
inline constexpr store::Table<Mark> kUsersOfGroup{"iam.users_of_group", store::Scope::kAccount};
// Key: role id, instance profile id.
inline constexpr store::Table<Mark> kProfilesOfRole{"iam.profiles_of_role", store::Scope::kAccount};

}  // namespace iam
