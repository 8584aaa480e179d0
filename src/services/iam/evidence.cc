// What principals prove themselves with, and the accounts' own pages: the operations, in the files named beside them,
// and what they have in common.
#include "services/iam/evidence.h"

#include "aws/mfa.h"
#include "services/iam/lists.h"

namespace iam {

namespace {

constexpr std::string_view kOnlyKey = "account";
constexpr std::string_view kRootName = "root";

constexpr kernel::Operation kEvidenceOperations[] = {
    // passwords.cc
    OPERATION(ChangePassword),
    OPERATION(CreateLoginProfile),
    OPERATION(DeleteLoginProfile),
    OPERATION(GetLoginProfile),
    OPERATION(UpdateLoginProfile),
    // password_policy.cc
    OPERATION(DeleteAccountPasswordPolicy),
    OPERATION(GetAccountPasswordPolicy),
    OPERATION(UpdateAccountPasswordPolicy),
    // mfa_devices.cc, mfa_assignment.cc
    OPERATION(CreateVirtualMFADevice),
    OPERATION(DeactivateMFADevice),
    OPERATION(DeleteVirtualMFADevice),
    OPERATION(EnableMFADevice),
    OPERATION(GetMFADevice),
    OPERATION(ListMFADeviceTags),
    OPERATION(ListMFADevices),
    OPERATION(ListVirtualMFADevices),
    OPERATION(ResyncMFADevice),
    OPERATION(TagMFADevice),
    OPERATION(UntagMFADevice),
    // saml_providers.cc
    OPERATION(CreateSAMLProvider),
    OPERATION(DeleteSAMLProvider),
    OPERATION(GetSAMLProvider),
    OPERATION(ListSAMLProviderTags),
    OPERATION(ListSAMLProviders),
    OPERATION(TagSAMLProvider),
    OPERATION(UntagSAMLProvider),
    OPERATION(UpdateSAMLProvider),
    // oidc_providers.cc
    OPERATION(AddClientIDToOpenIDConnectProvider),
    OPERATION(CreateOpenIDConnectProvider),
    OPERATION(DeleteOpenIDConnectProvider),
    OPERATION(GetOpenIDConnectProvider),
    OPERATION(ListOpenIDConnectProviderTags),
    OPERATION(ListOpenIDConnectProviders),
    OPERATION(RemoveClientIDFromOpenIDConnectProvider),
    OPERATION(TagOpenIDConnectProvider),
    OPERATION(UntagOpenIDConnectProvider),
    OPERATION(UpdateOpenIDConnectProviderThumbprint),
    // server_certificates.cc
    OPERATION(DeleteServerCertificate),
    OPERATION(GetServerCertificate),
    OPERATION(ListServerCertificateTags),
    OPERATION(ListServerCertificates),
    OPERATION(TagServerCertificate),
    OPERATION(UntagServerCertificate),
    OPERATION(UpdateServerCertificate),
    OPERATION(UploadServerCertificate),
    // ssh_keys.cc
    OPERATION(DeleteSSHPublicKey),
    OPERATION(GetSSHPublicKey),
    OPERATION(ListSSHPublicKeys),
    OPERATION(UpdateSSHPublicKey),
    OPERATION(UploadSSHPublicKey),
    // signing_certificates.cc
    OPERATION(DeleteSigningCertificate),
    OPERATION(ListSigningCertificates),
    OPERATION(UpdateSigningCertificate),
    OPERATION(UploadSigningCertificate),
    // service_credentials.cc
    OPERATION(CreateServiceSpecificCredential),
    OPERATION(DeleteServiceSpecificCredential),
    OPERATION(ListServiceSpecificCredentials),
    OPERATION(ResetServiceSpecificCredential),
    OPERATION(UpdateServiceSpecificCredential),
    // account.cc
    OPERATION(CreateAccountAlias),
    OPERATION(DeleteAccountAlias),
    OPERATION(GetAccountSummary),
    OPERATION(ListAccountAliases),
    OPERATION(SetSecurityTokenServicePreferences),
    // credential_report.cc
    OPERATION(GenerateCredentialReport),
    OPERATION(GetCredentialReport),
    // service_linked_roles.cc
    OPERATION(CreateServiceLinkedRole),
    OPERATION(DeleteServiceLinkedRole),
    OPERATION(GetServiceLinkedRoleDeletionStatus),
    // last_accessed.cc
    OPERATION(GenerateServiceLastAccessedDetails),
    OPERATION(GetServiceLastAccessedDetails),
    OPERATION(GetServiceLastAccessedDetailsWithEntities),
    // root_access.cc
    OPERATION(DisableOrganizationsRootCredentialsManagement),
    OPERATION(DisableOrganizationsRootSessions),
    OPERATION(EnableOrganizationsRootCredentialsManagement),
    OPERATION(EnableOrganizationsRootSessions),
    OPERATION(ListOrganizationsFeatures),
};

Holder root_holder(const Call& call) {
  return {.id = call.tx.place().account, .name = std::string(kRootName), .is_root = true};
}

}  // namespace

base::Result<Holder> find_holder(const Call& call, In in) {
  const bool is_root = call.caller.type == kernel::Principal::Type::kRoot;
  if (is_root && !in.has("UserName")) return root_holder(call);
  auto user = find_user_or_caller(call, in);
  if (user) return Holder{.id = user->id, .name = user->name};
  // AWS: only the console enables devices of the root; here its own calls may name it.
  if (is_root && (in.str("UserName") == kRootName || in.str("UserName") == call.caller.account))
    return root_holder(call);
  return std::unexpected(std::move(user).error());
}

std::optional<Holder> get_holder(const Call& call, std::string_view id) {
  if (id == call.tx.place().account) return root_holder(call);
  auto entity = get_entity(call, id);
  if (!entity || entity->kind != Entity::Kind::kUser) return std::nullopt;
  return Holder{.id = std::string(id), .name = entity->name};
}

AccountSettings account_settings(const Call& call) {
  return call.tx.get(kAccountSettings, kOnlyKey).value_or(AccountSettings{});
}

void put_account_settings(Call& call, const AccountSettings& settings) {
  call.tx.put(kAccountSettings, kOnlyKey, settings);
}

std::string_view status_word(bool is_active) { return is_active ? "Active" : "Inactive"; }

base::Result<bool> read_status(In in) {
  if (in.str("Status") == "Expired")
    return error("ValidationError",
                 "1 validation error detected: Value 'Expired' at 'status' failed to satisfy "
                 "constraint: Member must satisfy enum value set: [Active, Inactive]");
  return in.str("Status") == "Active";
}

std::optional<std::string> evidence_conflict(Call& call, const User& user) {
  if (call.tx.has(kLoginProfiles, user.id)) return "Cannot delete entity, must delete login profile first.";
  if (count_mfa_devices(call, user.id) != 0) return "Cannot delete entity, must delete MFA device first.";
  if (count_of(call, kSigningCertificates, user.id) != 0)
    return "Cannot delete entity, must delete signing certificates first.";
  if (count_of(call, kSshKeys, user.id) + count_of(call, kServiceCredentials, user.id) != 0)
    return "Cannot delete entity, must delete referenced objects first.";
  return std::nullopt;
}

void list_evidence_operations(kernel::Service& service) {
  service.operations.insert(service.operations.end(), std::begin(kEvidenceOperations), std::end(kEvidenceOperations));
  service.limits.insert(service.limits.end(),
                        {kServerCertificatesMax, kSamlProvidersMax, kOidcProvidersMax, kMfaDevicesPerUserMax,
                         kSshKeysPerUserMax, kSigningCertificatesPerUserMax, kServiceCredentialsPerUserMax,
                         kClientIdsPerProviderMax, kThumbprintsPerProviderMax});
}

std::optional<std::string> evidence_target(Call&, std::string_view, const Value&) { return std::nullopt; }

Tags evidence_tags(Call&, std::string_view) { return {}; }

}  // namespace iam
