#pragma once

#include <string>
#include <string_view>

#include "services/iam/iam.h"
#include "services/iam/state_evidence.h"

// What principals prove themselves with, at work.
namespace iam {

// ---- evidence.cc

// Who has something to prove: a user, or the account's root.
struct Holder {
  std::string id;    // AIDA…, the account's for its root
  std::string name;  // as answers show it
  bool is_root = false;
};
// Whom UserName names or, without it, the caller. Errors: NoSuchEntity; ValidationError, for callers who are neither.
base::Result<Holder> find_holder(const Call& call, In in);
// A user, or the root of this account, by its id.
std::optional<Holder> get_holder(const Call& call, std::string_view id);

AccountSettings account_settings(const Call& call);
void put_account_settings(Call& call, const AccountSettings& settings);

std::string_view status_word(bool is_active);
// The Status of a request. Errors: ValidationError, for one that only AWS sets.
base::Result<bool> read_status(In in);

// How many rows stand under the id.
template <class Row>
std::size_t count_of(const Call& call, const store::Table<Row>& table, std::string_view holder_id) {
  return call.tx.scan_keys(table, {.prefix = store::key(holder_id)}, skip_key);
}

// ---- mfa_devices.cc
std::size_t count_mfa_devices(const Call& call, std::string_view holder_id);

// ---- password_policy.cc: whether it may be a password here. Errors: PasswordPolicyViolation.
base::Result<void> check_password(const Call& call, std::string_view password);
std::optional<PasswordPolicy> get_password_policy(const Call& call);

// ---- limits: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

inline constexpr kernel::Limit kServerCertificatesMax{"iam", "L-BF35879D", 20};
inline constexpr kernel::Limit kSamlProvidersMax{"iam", "L-DB618D39", 100};
inline constexpr kernel::Limit kOidcProvidersMax{"iam", "L-858F3967", 100};
inline constexpr kernel::Limit kMfaDevicesPerUserMax{"iam", "mfa-devices-per-user", 8};
inline constexpr kernel::Limit kSshKeysPerUserMax{"iam", "L-8BEB3A53", 5};
inline constexpr kernel::Limit kSigningCertificatesPerUserMax{"iam", "signing-certificates-per-user", 2};
inline constexpr kernel::Limit kServiceCredentialsPerUserMax{"iam", "service-credentials-per-user", 2};
inline constexpr kernel::Limit kClientIdsPerProviderMax{"iam", "client-ids-per-oidc-provider", 100};
inline constexpr kernel::Limit kThumbprintsPerProviderMax{"iam", "thumbprints-per-oidc-provider", 5};

}  // namespace iam
