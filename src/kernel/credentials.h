#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/call.h"

// Access keys that Virga issued, and the rules for those it did not.
namespace kernel {

// Key: access key id.
struct CredentialRow {
  std::string secret;
  std::string session_token;    // empty for long-term keys
  std::int64_t expires_ms = 0;  // 0: never
  Principal::Type type = Principal::Type::kRoot;
  std::string account, arn, user_id;
  bool multi_factor_present = false;
  bool active = true;
  Session session;  // of temporary credentials

  static void fields(auto& self, auto& field) {
    field("secret", self.secret);
    field("session_token", self.session_token);
    field("expires_ms", self.expires_ms);
    field("type", self.type);
    field("account", self.account);
    field("arn", self.arn);
    field("user_id", self.user_id);
    field("multi_factor_present", self.multi_factor_present);
    field("active", self.active);
    field("session", self.session);
  }
};

inline constexpr store::Table<CredentialRow> kCredentials{"kernel.credentials", store::Scope::kGlobal};

// Temporary credentials as GetSessionToken and AssumeRole answer them.
struct SessionCredentials {
  std::string access_key_id;
  std::string secret;
  std::string session_token;
  Time expires;
};

// Makes temporary credentials for `principal`, its session included, that end after `duration`, by the cloud's clock.
// They survive a restart. The token has `token_bytes_min` bytes at least.
SessionCredentials issue_session(Call& call, const Principal& principal, Millis duration,
                                 std::size_t token_bytes_min = 0);

// The account that an access key id tells, as those of AWS do since 2019; nothing for ids of other forms.
std::optional<std::string> account_of_key(std::string_view access_key_id);

// Makes a long-term key ("AKIA…") for `principal`; answers its id. The row holds the secret.
std::string issue_key(Call& call, const Principal& principal);

// The key of the account's root that `--strict` prints at the first start: made once, then always the same.
struct RootKey {
  std::string access_key_id;
  std::string secret;
  bool is_new = false;
};
RootKey ensure_root_key(Call& call, const std::string& account);

// Whom an access key id stands for, before any signature is looked at.
struct Identity {
  Principal principal;
  std::optional<std::string> secret;  // to verify the signature with; nothing: it is not checked
  std::string session_token;          // that the request must carry; empty: none
};

struct CredentialRules {
  std::string default_account = "000000000000";
  bool strict = false;  // only keys that Virga issued
};

// The rules of docs/guide/credentials.md. Errors: "InvalidClientTokenId" (unknown key that looks real, or any unknown
// one when strict), "ExpiredToken".
Result<Identity> identify(const store::Transaction& tx, const CredentialRules& rules, std::string_view access_key_id,
                          Time now);

}  // namespace kernel
