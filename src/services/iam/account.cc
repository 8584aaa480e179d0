// An account's own page: its alias, its numbers, its tokens.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/console_account-alias.html
#include "aws/identity_providers.h"
#include "aws/mfa.h"
#include "base/arn.h"
#include "base/strings.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

template <class Row>
std::int64_t count_all(const Call& call, const store::Table<Row>& table) {
  return static_cast<std::int64_t>(call.tx.scan_keys(table, {}, skip_key));
}

// Everything that may have an alias: an alias is one account's alone.
void free_alias(Call& call, const std::string& alias) {
  if (!alias.empty()) call.tx.at({}).erase(kAliases, alias);
}

struct DeviceCounts {
  std::int64_t all = 0, in_use = 0, of_root = 0;
};

DeviceCounts count_devices(const Call& call) {
  DeviceCounts counts;
  call.tx.scan(aws::kMfaDevices, "", [&](std::string_view, aws::MfaDevice& device) {
    ++counts.all;
    counts.in_use += !device.owner_id.empty();
    counts.of_root += device.owner_id == call.place.account;
  });
  return counts;
}

// Quotas as GetAccountSummary names them.
struct SummaryQuota {
  std::string_view name;
  kernel::Limit limit;
};
constexpr SummaryQuota kSummaryQuotas[] = {
    {"AccessKeysPerUserQuota", kAccessKeysPerUserMax},
    {"AssumeRolePolicySizeQuota", kTrustPolicyCharactersMax},
    {"AttachedPoliciesPerGroupQuota", kPoliciesPerGroupMax},
    {"AttachedPoliciesPerRoleQuota", kPoliciesPerRoleMax},
    {"AttachedPoliciesPerUserQuota", kPoliciesPerUserMax},
    {"GroupsPerUserQuota", kGroupsPerUserMax},
    {"GroupsQuota", kGroupsMax},
    {"InstanceProfilesQuota", kInstanceProfilesMax},
    {"PoliciesQuota", kPoliciesMax},
    {"RolesQuota", kRolesMax},
    {"ServerCertificatesQuota", kServerCertificatesMax},
    {"SigningCertificatesPerUserQuota", kSigningCertificatesPerUserMax},
    {"UsersQuota", kUsersMax},
    {"VersionsPerPolicyQuota", kPolicyVersionsMax},
};
// And those that nobody can change.
constexpr std::pair<std::string_view, std::int64_t> kFixedQuotas[] = {
    {"GroupPolicySizeQuota", 5'120}, {"PolicySizeQuota", 6'144},     {"PolicyVersionsInUseQuota", 10'000},
    {"RolePolicySizeQuota", 10'240}, {"UserPolicySizeQuota", 2'048},
};

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html
base::Result<Out> CreateAccountAlias(Call& call, In in) {
  const std::string& alias = in.str("AccountAlias");
  // The pattern of the model says so with a look-ahead, which is checked here.
  if (alias.contains("--") || alias.ends_with('-') || base::is_account_id(alias))
    return error(
        "ValidationError",
        fmt::format("1 validation error detected: Value '{}' at 'accountAlias' failed to satisfy constraint: "
                    "Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){{1,61}}[a-z0-9]$",
                    alias));
  AccountSettings settings = account_settings(call);
  auto owner = call.tx.at({}).get(kAliases, alias);
  if (owner) return error("EntityAlreadyExists", fmt::format("The account alias {} already exists.", alias));
  // "If your account has an alias, it is replaced."
  free_alias(call, std::exchange(settings.alias, alias));
  call.tx.at({}).put(kAliases, alias, {call.place.account});
  put_account_settings(call, settings);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html
base::Result<Out> DeleteAccountAlias(Call& call, In in) {
  AccountSettings settings = account_settings(call);
  if (settings.alias != in.str("AccountAlias"))
    return error("NoSuchEntity", fmt::format("The account alias {} cannot be found.", in.str("AccountAlias")));
  free_alias(call, std::exchange(settings.alias, ""));
  put_account_settings(call, settings);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html
base::Result<Out> ListAccountAliases(Call& call, In in) {
  Listing listing = TRY(Listing::begin(in));
  const std::string alias = account_settings(call).alias;
  if (!alias.empty() && listing.wants(alias)) listing.add(alias);
  return listing.answer("AccountAliases");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetSecurityTokenServicePreferences.html
base::Result<Out> SetSecurityTokenServicePreferences(Call& call, In in) {
  AccountSettings settings = account_settings(call);
  settings.token_version = in.str("GlobalEndpointTokenVersion") == "v2Token" ? 2 : 1;
  put_account_settings(call, settings);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
base::Result<Out> GetAccountSummary(Call& call, In) {
  const AccountSettings settings = account_settings(call);
  const DeviceCounts devices = count_devices(call);
  const std::string& root = call.place.account;
  Value map{Value::Map{}};
  for (const SummaryQuota& quota : kSummaryQuotas) map.set(quota.name, call.limit(quota.limit));
  for (const auto& [name, value] : kFixedQuotas) map.set(name, value);
  map.set("AccountAccessKeysPresent", access_keys_of(call, root).empty() ? 0 : 1);
  map.set("AccountMFAEnabled", devices.of_root == 0 ? 0 : 1);
  map.set("AccountPasswordPresent", settings.root_has_no_password ? 0 : 1);
  map.set("AccountSigningCertificatesPresent", count_of(call, kSigningCertificates, root) == 0 ? 0 : 1);
  map.set("GlobalEndpointTokenVersion", settings.token_version);
  map.set("Groups", count_all(call, kGroups));
  map.set("InstanceProfiles", count_all(call, kInstanceProfiles));
  map.set("MFADevices", devices.all);
  map.set("MFADevicesInUse", devices.in_use);
  map.set("Policies", count_all(call, kPolicies));
  map.set("PolicyVersionsInUse", count_all(call, kPolicyVersions));
  map.set("Providers", count_all(call, aws::kSamlProviders) + count_all(call, aws::kOidcProviders));
  map.set("Roles", count_all(call, kRoles));
  map.set("ServerCertificates", count_all(call, kServerCertificates));
  map.set("Users", count_all(call, kUsers));
  return Out{{"SummaryMap", std::move(map)}};
}

}  // namespace iam
