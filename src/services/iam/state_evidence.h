// What AWS Identity and Access Management remembers of what principals prove themselves with, and of accounts. What
// hangs on a user stands under its unique id; devices for codes and the providers of identities are in aws/, because
// STS reads them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/iam/state.h"

namespace iam {

struct LoginProfile {
  std::string password_hash;  // see base/passwords.h
  std::int64_t created_ms = 0;
  std::int64_t changed_ms = 0;
  bool must_reset = false;
  std::vector<std::string> older_hashes;  // the newest first; as many as a password policy can ask about

  static void fields(auto& self, auto& field) {
    field("password_hash", self.password_hash);
    field("created_ms", self.created_ms);
    field("changed_ms", self.changed_ms);
    field("must_reset", self.must_reset);
    field("older_hashes", self.older_hashes);
  }
};

struct PasswordPolicy {
  std::int64_t characters_min = 6;
  bool requires_symbols = false;
  bool requires_numbers = false;
  bool requires_upper_case = false;
  bool requires_lower_case = false;
  bool allows_change = false;
  std::int64_t age_days_max = 0;      // 0: passwords do not expire
  std::int64_t reuse_prevention = 0;  // 0: any may be used again
  std::int8_t is_expiry_hard = -1;    // -1: not said

  static void fields(auto& self, auto& field) {
    field("characters_min", self.characters_min);
    field("requires_symbols", self.requires_symbols);
    field("requires_numbers", self.requires_numbers);
    field("requires_upper_case", self.requires_upper_case);
    field("requires_lower_case", self.requires_lower_case);
    field("allows_change", self.allows_change);
    field("age_days_max", self.age_days_max);
    field("reuse_prevention", self.reuse_prevention);
    field("is_expiry_hard", self.is_expiry_hard);
  }
};

// What an account has one of.
struct AccountSettings {
  std::string alias;
  std::int64_t token_version = 1;  // of sts.amazonaws.com: 1 or 2
  bool root_has_no_password = false;

  static void fields(auto& self, auto& field) {
    field("alias", self.alias);
    field("token_version", self.token_version);
    field("root_has_no_password", self.root_has_no_password);
  }
};

struct AliasOwner {
  std::string account;

  static void fields(auto& self, auto& field) { field("account", self.account); }
};

struct ServerCertificate {
  std::string name, path, id;  // "ASCA…"
  std::string body, chain, private_key;
  std::int64_t uploaded_ms = 0;
  std::int64_t expires_ms = 0;
  Tags tags;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("path", self.path);
    field("id", self.id);
    field("body", self.body);
    field("chain", self.chain);
    field("private_key", self.private_key);
    field("uploaded_ms", self.uploaded_ms);
    field("expires_ms", self.expires_ms);
    field("tags", self.tags);
  }
};

struct SshKey {
  std::string id;    // "APKA…"
  std::string blob;  // see aws/ssh_keys.h
  bool is_active = true;
  std::int64_t uploaded_ms = 0;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("blob", self.blob);
    field("is_active", self.is_active);
    field("uploaded_ms", self.uploaded_ms);
  }
};

struct SigningCertificate {
  std::string id, body;
  bool is_active = true;
  std::int64_t uploaded_ms = 0;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("body", self.body);
    field("is_active", self.is_active);
    field("uploaded_ms", self.uploaded_ms);
  }
};

struct ServiceCredential {
  std::string id;       // "ACCA…"
  std::string service;  // "codecommit.amazonaws.com"
  std::string name;     // ServiceUserName, or ServiceCredentialAlias of an API key
  std::string secret_sha256;
  bool is_active = true;
  std::int64_t created_ms = 0;
  std::int64_t expires_ms = 0;  // 0: never

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("service", self.service);
    field("name", self.name);
    field("secret_sha256", self.secret_sha256);
    field("is_active", self.is_active);
    field("created_ms", self.created_ms);
    field("expires_ms", self.expires_ms);
  }
};

struct CredentialReport {
  std::string content;  // CSV
  std::int64_t generated_ms = 0;

  static void fields(auto& self, auto& field) {
    field("content", self.content);
    field("generated_ms", self.generated_ms);
  }
};

// A service-linked role that was deleted.
struct DeletedRole {
  std::int64_t deleted_ms = 0;

  static void fields(auto& self, auto& field) { field("deleted_ms", self.deleted_ms); }
};

// A report of when somebody, or whoever has a policy, last used which service.
struct LastAccessReport {
  // One who may use a service, and the last time.
  struct Use {
    std::string entity_id;
    std::string entity_arn;
    std::int64_t at_ms = 0;  // 0: never
    std::string region;
    std::string action;  // of a use of one action

    static void fields(auto& self, auto& field) {
      field("entity_id", self.entity_id);
      field("entity_arn", self.entity_arn);
      field("at_ms", self.at_ms);
      field("region", self.region);
      field("action", self.action);
    }
  };
  struct Service {
    std::string prefix;        // of its actions: "sqs"
    std::vector<Use> uses;     // of each entity
    std::vector<Use> actions;  // the last of each action that was used; by name

    static void fields(auto& self, auto& field) {
      field("prefix", self.prefix);
      field("uses", self.uses);
      field("actions", self.actions);
    }
  };

  bool has_actions = false;
  std::int64_t created_ms = 0;
  std::vector<Service> services;  // by prefix

  static void fields(auto& self, auto& field) {
    field("has_actions", self.has_actions);
    field("created_ms", self.created_ms);
    field("services", self.services);
  }
};

// Key: job id.
inline constexpr store::Table<LastAccessReport> kLastAccessReports{"iam.last_access_reports", store::Scope::kAccount};
// Key: id of a user.
inline constexpr store::Table<LoginProfile> kLoginProfiles{"iam.login_profiles", store::Scope::kAccount};
// Key: "".
inline constexpr store::Table<PasswordPolicy> kPasswordPolicies{"iam.password_policies", store::Scope::kAccount};
inline constexpr store::Table<AccountSettings> kAccountSettings{"iam.account_settings", store::Scope::kAccount};
inline constexpr store::Table<CredentialReport> kCredentialReports{"iam.credential_reports", store::Scope::kAccount};
// Key: alias.
inline constexpr store::Table<AliasOwner> kAliases{"iam.aliases", store::Scope::kGlobal};
// Key: the name in lower case.
inline constexpr store::Table<ServerCertificate> kServerCertificates{"iam.server_certificates", store::Scope::kAccount};
// Key: id of a user, id of what it has.
inline constexpr store::Table<SshKey> kSshKeys{"iam.ssh_keys", store::Scope::kAccount};
inline constexpr store::Table<ServiceCredential> kServiceCredentials{"iam.service_credentials", store::Scope::kAccount};
// Key: id of a user, or the account for its root; certificate id.
inline constexpr store::Table<SigningCertificate> kSigningCertificates{"iam.signing_certificates",
                                                                       store::Scope::kAccount};
// Key: DeletionTaskId.
inline constexpr store::Table<DeletedRole> kDeletedRoles{"iam.deleted_roles", store::Scope::kAccount};

}  // namespace iam
