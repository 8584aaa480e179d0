#include "kernel/credentials.h"

#include "base/arn.h"
#include "base/strings.h"
#include "kernel/cloud.h"

namespace kernel {

namespace {

constexpr std::string_view kKeyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
// An access key id is four letters of prefix, then 80 bits in base 32: a one, the account in 40 bits, the rest by
// chance.
constexpr int kKeyDigits = 16;
constexpr int kAccountDigits = 10;  // they hold 50 bits: the one, the account, and 9 by chance
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

// Whether AWS could have issued it. Such a key may be somebody's real one, sent here by mistake.
bool looks_real(std::string_view access_key_id) {
  return access_key_id.size() == 20 && (access_key_id.starts_with("AKIA") || access_key_id.starts_with("ASIA")) &&
         std::ranges::all_of(access_key_id, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

std::string new_key_id(Call& call, std::string_view prefix, std::string_view account) {
  std::uint64_t bits = base::parse_number<std::uint64_t>(account).value_or(0) & ((std::uint64_t{1} << 40) - 1);
  bits = (std::uint64_t{1} << 49) | (bits << 9) | call.dice(512);
  std::string id(prefix);
  for (int digit = kAccountDigits - 1; digit >= 0; --digit) id += kKeyAlphabet[(bits >> (5 * digit)) & 31];
  return id + call.random_text(kKeyDigits - kAccountDigits, kKeyAlphabet);
}

}  // namespace

std::optional<std::string> account_of_key(std::string_view access_key_id) {
  if (!looks_real(access_key_id)) return std::nullopt;
  std::uint64_t bits = 0;
  for (char c : access_key_id.substr(4, kAccountDigits)) {
    std::size_t digit = kKeyAlphabet.find(c);
    if (digit == kKeyAlphabet.npos) return std::nullopt;
    bits = (bits << 5) | digit;
  }
  bool tells = (bits >> 49) == 1;
  if (!tells) return std::nullopt;
  return fmt::format("{:012}", (bits >> 9) & ((std::uint64_t{1} << 40) - 1));
}

SessionCredentials issue_session(Call& call, const Principal& principal, Millis duration, std::size_t token_bytes_min) {
  CredentialRow row = row_for(call, principal);
  constexpr std::string_view kTokenStart = "IQoJb3JpZ2luX2Vj";
  std::size_t random_bytes =
      std::max<std::size_t>(340, token_bytes_min - std::min(token_bytes_min, kTokenStart.size() + 2));
  row.session_token =
      std::string(kTokenStart) + call.random_text(static_cast<int>(random_bytes), kSecretAlphabet) + "==";
  row.expires_ms = to_ms(call.now + duration);
  SessionCredentials session{.access_key_id = new_key_id(call, "ASIA", principal.account),
                             .secret = row.secret,
                             .session_token = row.session_token,
                             .expires = call.now + duration};
  call.tx.put(kCredentials, session.access_key_id, row);
  return session;
}

std::string issue_key(Call& call, const Principal& principal) {
  std::string access_key_id = new_key_id(call, "AKIA", principal.account);
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
    const auto row = tx.unrecorded().get_shared(kCredentials, access_key_id);
    if (row && row->active) {
      if (row->expires_ms != 0 && row->expires_ms <= to_ms(now))
        return base::fail("ExpiredToken", "The security token included in the request is expired");
      Principal principal{.type = row->type,
                          .account = row->account,
                          .arn = row->arn,
                          .user_id = row->user_id,
                          .access_key_id = std::string(access_key_id),
                          .multi_factor_present = row->multi_factor_present};
      // The row goes on living with its session.
      if (row->expires_ms != 0) principal.session = std::shared_ptr<const Session>(row, &row->session);
      return Identity{std::move(principal), row->secret, row->session_token};
    }
  } else if (!rules.strict) {
    Principal principal =
        Principal::root(base::is_account_id(access_key_id) ? std::string(access_key_id) : rules.default_account);
    principal.access_key_id = access_key_id;
    return Identity{std::move(principal), std::nullopt, {}};
  }
  return base::fail("InvalidClientTokenId", "The security token included in the request is invalid.");
}

}  // namespace kernel
