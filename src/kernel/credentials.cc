#include "kernel/credentials.h"

#include "kernel/cloud.h"

namespace kernel {

namespace {

constexpr std::string_view kKeyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kSecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct RootKeyRow {
  std::string access_key_id;

  static void fields(auto& self, auto& field) { field("access_key_id", self.access_key_id); }
};

// Key: account.
constexpr store::Table<RootKeyRow> kRootKeys{"kernel.root_keys", store::Scope::kGlobal};

CredentialRow row_for(Call& call, const Principal& principal) {
  return {.secret = call.random_text(40, kSecretAlphabet),
          .type = principal.type,
          .account = principal.account,
          .arn = principal.arn,
          .user_id = principal.user_id,
          .multi_factor_present = principal.multi_factor_present,
          .session = principal.session ? *principal.session : Session{}};
}

bool is_account_id(std::string_view text) {
  return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Whether AWS could have issued it. Such a key may be somebody's real one, sent here by mistake.
bool looks_real(std::string_view access_key_id) {
  return access_key_id.size() == 20 && (access_key_id.starts_with("AKIA") || access_key_id.starts_with("ASIA")) &&
         std::ranges::all_of(access_key_id, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

}  // namespace

SessionCredentials issue_session(Call& call, const Principal& principal, Millis duration) {
  CredentialRow row = row_for(call, principal);
  row.session_token = "IQoJb3JpZ2luX2Vj" + call.random_text(340, kSecretAlphabet) + "==";
  row.expires_ms = to_ms(call.now + duration);
  SessionCredentials session{.access_key_id = "ASIA" + call.random_text(16, kKeyAlphabet),
                             .secret = row.secret,
                             .session_token = row.session_token,
                             .expires = call.now + duration};
  call.tx.put(kCredentials, session.access_key_id, row);
  return session;
}

std::string issue_key(Call& call, const Principal& principal) {
  std::string access_key_id = "AKIA" + call.random_text(16, kKeyAlphabet);
  call.tx.put(kCredentials, access_key_id, row_for(call, principal));
  return access_key_id;
}

RootKey ensure_root_key(Call& call, const std::string& account) {
  if (auto known = call.tx.get(kRootKeys, account))
    if (auto row = call.tx.get(kCredentials, known->access_key_id)) return {known->access_key_id, row->secret};
  RootKey key{.access_key_id = issue_key(call, Principal::root(account)), .secret = {}, .is_new = true};
  key.secret = call.tx.get(kCredentials, key.access_key_id)->secret;
  call.tx.put(kRootKeys, account, {key.access_key_id});
  return key;
}

Result<Identity> identify(const store::Transaction& tx, const CredentialRules& rules, std::string_view access_key_id,
                          Time now) {
  // Only what looks issued is looked up: the keys of the rules below cost no read.
  if (looks_real(access_key_id)) {
    auto row = tx.unrecorded().get(kCredentials, access_key_id);
    if (row && row->active) {
      if (row->expires_ms != 0 && row->expires_ms <= to_ms(now))
        return base::fail("ExpiredToken", "The security token included in the request is expired");
      Principal principal{.type = row->type,
                          .account = row->account,
                          .arn = row->arn,
                          .user_id = row->user_id,
                          .access_key_id = std::string(access_key_id),
                          .multi_factor_present = row->multi_factor_present};
      if (row->expires_ms != 0) principal.session = std::make_shared<const Session>(row->session);
      return Identity{std::move(principal), row->secret, row->session_token};
    }
  } else if (!rules.strict) {
    Principal principal =
        Principal::root(is_account_id(access_key_id) ? std::string(access_key_id) : rules.default_account);
    principal.access_key_id = access_key_id;
    return Identity{std::move(principal), std::nullopt, {}};
  }
  return base::fail("InvalidClientTokenId", "The security token included in the request is invalid.");
}

}  // namespace kernel
