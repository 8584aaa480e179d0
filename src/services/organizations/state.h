// What AWS Organizations remembers: its rows, and the tables that hold them. Organizations stand above accounts and
// regions, so all tables are global.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/organizations.h"
#include "store/table.h"

namespace organizations {

using base::Value;

// A row that says all by being there.
struct Mark {
  static void fields(auto&, auto&) {}
};

struct Organization {
  std::string id;  // "o-…"
  std::string management_account;
  std::string root;  // "r-…"
  bool has_all_features = true;
  std::vector<std::string> enabled_policy_types;  // in the root, in the order they were enabled
  std::int64_t created_ms = 0;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("management_account", self.management_account);
    field("root", self.root);
    field("has_all_features", self.has_all_features);
    field("enabled_policy_types", self.enabled_policy_types);
    field("created_ms", self.created_ms);
  }
};

// An account that is in an organization.
struct Account {
  std::string id;
  std::string organization;
  std::string parent;  // root or unit
  std::string email;
  std::string name;
  bool was_created = false;  // by the organization; else invited
  std::int64_t joined_ms = 0;
  std::int64_t closed_ms = 0;  // 0: it is open

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("organization", self.organization);
    field("parent", self.parent);
    field("email", self.email);
    field("name", self.name);
    field("was_created", self.was_created);
    field("joined_ms", self.joined_ms);
    field("closed_ms", self.closed_ms);
  }
};

struct CreateRequest {
  std::string id;  // "car-…"
  std::string account;
  std::string account_name;
  std::int64_t requested_ms = 0;
  std::string failure;  // a FailureReason; empty when the account was made

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("account", self.account);
    field("account_name", self.account_name);
    field("requested_ms", self.requested_ms);
    field("failure", self.failure);
  }
};

// An organizational unit.
struct Unit {
  std::string id;  // "ou-…"
  std::string name;
  std::string parent;  // root or unit

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("name", self.name);
    field("parent", self.parent);
  }
};

struct Policy {
  std::string id;  // "p-…"
  std::string type;
  std::string name;
  std::string description;
  std::string content;
  bool is_aws_managed = false;
  std::int64_t updated_ms = 0;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("type", self.type);
    field("name", self.name);
    field("description", self.description);
    field("content", self.content);
    field("is_aws_managed", self.is_aws_managed);
    field("updated_ms", self.updated_ms);
  }
};

enum class HandshakeState : std::uint8_t {
  kRequested = 0,
  kOpen = 1,
  kCanceled = 2,
  kAccepted = 3,
  kDeclined = 4,
};

struct Handshake {
  std::string id;  // "h-…"
  std::string organization;
  std::string management_account;  // of the organization, when it was sent
  bool had_all_features = true;    // the organization, when it was sent
  std::string action;              // "INVITE", "ENABLE_ALL_FEATURES", "APPROVE_ALL_FEATURES"
  std::string account;             // to whom it was sent; empty where it is the organization's own
  std::string email;               // the invited one, when it was invited by address
  std::string notes;
  std::string parent;  // the ENABLE_ALL_FEATURES that an APPROVE_ALL_FEATURES belongs to
  HandshakeState state = HandshakeState::kOpen;
  std::int64_t requested_ms = 0;
  std::int64_t expires_ms = 0;
  std::int64_t changed_ms = 0;              // when it came into its state
  std::map<std::string, std::string> tags;  // for the account that joins

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("organization", self.organization);
    field("management_account", self.management_account);
    field("had_all_features", self.had_all_features);
    field("action", self.action);
    field("account", self.account);
    field("email", self.email);
    field("notes", self.notes);
    field("parent", self.parent);
    field("state", self.state);
    field("requested_ms", self.requested_ms);
    field("expires_ms", self.expires_ms);
    field("changed_ms", self.changed_ms);
    field("tags", self.tags);
  }
};

struct Moment {
  std::int64_t time_ms = 0;

  static void fields(auto& self, auto& field) { field("time_ms", self.time_ms); }
};

struct TagSet {
  std::map<std::string, std::string> tags;

  static void fields(auto& self, auto& field) { field("tags", self.tags); }
};

struct ResourcePolicy {
  std::string id;  // "rp-…"
  std::string content;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("content", self.content);
  }
};

inline constexpr store::Scope kEverywhere = store::Scope::kGlobal;

// Key: organization id.
inline constexpr store::Table<Organization> kOrganizations{"organizations.organizations", kEverywhere};
// Key: account id; an account is in one organization at most.
inline constexpr store::Table<Account> kAccounts{"organizations.accounts", kEverywhere};
// Key: organization, account.
inline constexpr store::Table<Mark> kMembers{"organizations.members", kEverywhere};
// Key: organization, request id.
inline constexpr store::Table<CreateRequest> kCreateRequests{"organizations.create_requests", kEverywhere};
// Key: organization, unit id.
inline constexpr store::Table<Unit> kUnits{"organizations.units", kEverywhere};
// Which accounts and units a root or unit holds. Key: organization, parent, child.
inline constexpr store::Table<Mark> kChildren{"organizations.children", kEverywhere};
// Key: organization, policy id. Those that AWS manages have no rows (see policy_types.h).
inline constexpr store::Table<Policy> kPolicies{"organizations.policies", kEverywhere};
// Key: organization, target, policy type, policy id.
inline constexpr store::Table<Mark> kAttachments{"organizations.attachments", kEverywhere};
// The same the other way round. Key: organization, policy id, target.
inline constexpr store::Table<Mark> kTargets{"organizations.targets", kEverywhere};
// Key: handshake id.
inline constexpr store::Table<Handshake> kHandshakes{"organizations.handshakes", kEverywhere};
// Key: organization, id of the tagged thing.
inline constexpr store::Table<TagSet> kTags{"organizations.tags", kEverywhere};
// Services the organization trusts, since when. Key: organization, service principal.
inline constexpr store::Table<Moment> kTrustedServices{"organizations.trusted_services", kEverywhere};
// Delegated administrators, since when. Key: organization, account, service principal.
inline constexpr store::Table<Moment> kDelegations{"organizations.delegations", kEverywhere};
// Key: organization id.
inline constexpr store::Table<ResourcePolicy> kResourcePolicies{"organizations.resource_policies", kEverywhere};

}  // namespace organizations
