// Services that the organization trusts, and the accounts that administer them.
#include "services/organizations/organization.h"

namespace organizations {

namespace {

// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services_list.html
constexpr std::string_view kServicePrincipals[] = {
    "access-analyzer.amazonaws.com",
    "account.amazonaws.com",
    "agentless.inspector2.amazonaws.com",
    "auditmanager.amazonaws.com",
    "aws-artifact-account-sync.amazonaws.com",
    "backup.amazonaws.com",
    "chatbot.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "compute-optimizer.amazonaws.com",
    "config-multiaccountsetup.amazonaws.com",
    "config.amazonaws.com",
    "controltower.amazonaws.com",
    "cost-optimization-hub.bcm.amazonaws.com",
    "detective.amazonaws.com",
    "devops-guru.amazonaws.com",
    "ds.amazonaws.com",
    "ec2.amazonaws.com",
    "fms.amazonaws.com",
    "guardduty.amazonaws.com",
    "health.amazonaws.com",
    "iam.amazonaws.com",
    "inspector2.amazonaws.com",
    "internetmonitor.amazonaws.com",
    "ipam.amazonaws.com",
    "license-management.marketplace.amazonaws.com",
    "license-manager-linux-subscriptions.amazonaws.com",
    "license-manager.amazonaws.com",
    "license-manager.member-account.amazonaws.com",
    "macie.amazonaws.com",
    "malware-protection.guardduty.amazonaws.com",
    "member.org.stacksets.cloudformation.amazonaws.com",
    "mgn.amazonaws.com",
    "networkmanager.amazonaws.com",
    "notifications.amazonaws.com",
    "observabilityadmin.amazonaws.com",
    "opsdatasync.ssm.amazonaws.com",
    "private-marketplace.marketplace.amazonaws.com",
    "ram.amazonaws.com",
    "reachabilityanalyzer.networkinsights.amazonaws.com",
    "reporting.trustedadvisor.amazonaws.com",
    "resource-explorer-2.amazonaws.com",
    "security-ir.amazonaws.com",
    "securityhub.amazonaws.com",
    "securitylake.amazonaws.com",
    "servicecatalog.amazonaws.com",
    "servicequotas.amazonaws.com",
    "ssm-quicksetup.amazonaws.com",
    "ssm.amazonaws.com",
    "sso.amazonaws.com",
    "stacksets.cloudformation.amazonaws.com",
    "storage-lens.s3.amazonaws.com",
    "tagpolicies.tag.amazonaws.com",
    "wellarchitected.amazonaws.com",
};

base::Result<void> check_principal(std::string_view principal) {
  if (!std::ranges::binary_search(kServicePrincipals, principal))
    return invalid_input("UNRECOGNIZED_SERVICE_PRINCIPAL", "You specified an unrecognized service principal.");
  return {};
}

base::Result<Organization> find_with_all_features(Call& call, Delegation delegation) {
  Organization organization = TRY(find_managed(call, delegation));
  if (!organization.has_all_features)
    return constraint_violation("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
                                "You can't perform this operation because your organization doesn't have all features "
                                "enabled.");
  return organization;
}

std::string account_of_delegation(std::string_view delegation) {
  store::KeyReader parts(delegation);
  parts.text();
  return parts.text();
}

std::string service_of_delegation(std::string_view delegation) {
  store::KeyReader parts(delegation);
  parts.text(), parts.text();
  return parts.text();
}

}  // namespace

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAWSServiceAccess.html
base::Result<Out> EnableAWSServiceAccess(Call& call, In in) {
  const Organization organization = TRY(find_with_all_features(call, Delegation::kNone));
  TRY_VOID(check_principal(in.str("ServicePrincipal")));
  const std::string row = key(organization.id, in.str("ServicePrincipal"));
  if (!call.tx.has(kTrustedServices, row)) call.tx.put(kTrustedServices, row, {call.now_ms()});
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisableAWSServiceAccess.html
base::Result<Out> DisableAWSServiceAccess(Call& call, In in) {
  const Organization organization = TRY(find_with_all_features(call, Delegation::kNone));
  const std::string& service = in.str("ServicePrincipal");
  TRY_VOID(check_principal(service));
  bool has_administrator = false;
  call.tx.scan_keys(kDelegations, {.prefix = key(organization.id)}, [&](std::string_view delegation) {
    has_administrator = service_of_delegation(delegation) == service;
    return !has_administrator;
  });
  if (has_administrator)
    return constraint_violation("DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
                                "You attempted to disable service access for an AWS service that has a delegated "
                                "administrator. Deregister all delegated administrators for the service first.");
  call.tx.erase(kTrustedServices, key(organization.id, service));
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAWSServiceAccessForOrganization.html
base::Result<Out> ListAWSServiceAccessForOrganization(Call& call, In in) {
  const Organization organization = TRY(find_with_all_features(call, Delegation::kRead));
  return list_rows(call, in, kTrustedServices, key(organization.id), "EnabledServicePrincipals",
                   [&](std::string_view row, Moment& enabled) -> std::optional<Value> {
                     store::KeyReader parts(row);
                     parts.text();
                     return Out{{"ServicePrincipal", parts.text()}, {"DateEnabled", enabled.time_ms}};
                   });
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html
base::Result<Out> RegisterDelegatedAdministrator(Call& call, In in) {
  const Organization organization = TRY(find_with_all_features(call, Delegation::kNone));
  const Account account = TRY(find_account(call, organization, in.str("AccountId")));
  TRY_VOID(check_principal(in.str("ServicePrincipal")));
  if (account.id == organization.management_account)
    return constraint_violation("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
                                "You cannot register master account/yourself as delegated administrator for your "
                                "organization.");
  if (account.closed_ms != 0)
    return constraint_violation("CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
                                "You cannot register a suspended account as a delegated administrator.");
  const std::string row = key(organization.id, account.id, in.str("ServicePrincipal"));
  if (call.tx.has(kDelegations, row))
    return error("AccountAlreadyRegisteredException",
                 "The provided account is already a delegated administrator for your organization.");
  if (!call.tx.has(kTrustedServices, key(organization.id, in.str("ServicePrincipal"))))
    return constraint_violation("SERVICE_ACCESS_NOT_ENABLED",
                                "You attempted to register a delegated administrator before you enabled service "
                                "access. Call the EnableAWSServiceAccess API first.");
  call.tx.put(kDelegations, row, {call.now_ms()});
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeregisterDelegatedAdministrator.html
base::Result<Out> DeregisterDelegatedAdministrator(Call& call, In in) {
  const Organization organization = TRY(find_with_all_features(call, Delegation::kNone));
  const Account account = TRY(find_account(call, organization, in.str("AccountId")));
  TRY_VOID(check_principal(in.str("ServicePrincipal")));
  if (account.id == organization.management_account)
    return constraint_violation("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
                                "You cannot register master account/yourself as delegated administrator for your "
                                "organization.");
  const std::string row = key(organization.id, account.id, in.str("ServicePrincipal"));
  if (!call.tx.has(kDelegations, row))
    return error("AccountNotRegisteredException",
                 "The provided account is not a registered delegated administrator for your organization.");
  call.tx.erase(kDelegations, row);
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html
base::Result<Out> ListDelegatedAdministrators(Call& call, In in) {
  const Organization organization = TRY(find_with_all_features(call, Delegation::kRead));
  const std::string& service = in.str("ServicePrincipal");
  if (!service.empty()) TRY_VOID(check_principal(service));
  return list_rows(call, in, kDelegations, key(organization.id), "DelegatedAdministrators",
                   [&](std::string_view row, Moment& registered) -> std::optional<Value> {
                     const std::string id = account_of_delegation(row);
                     if (!service.empty() && service_of_delegation(row) != service) return std::nullopt;
                     // Without a service each account is shown once, at its first service.
                     bool is_first = !service.empty();
                     if (!is_first)
                       call.tx.scan_keys(kDelegations, {.prefix = key(organization.id, id), .limit = 1},
                                         [&](std::string_view first) { is_first = first == row; });
                     auto account = call.tx.get(kAccounts, id);
                     if (!is_first || !account) return std::nullopt;
                     Value shown = show_account(call, organization, *account);
                     shown.erase("Paths");
                     shown.set("DelegationEnabledDate", registered.time_ms);
                     return shown;
                   });
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedServicesForAccount.html
base::Result<Out> ListDelegatedServicesForAccount(Call& call, In in) {
  const Organization organization = TRY(find_with_all_features(call, Delegation::kRead));
  const Account account = TRY(find_account(call, organization, in.str("AccountId")));
  const std::string prefix = key(organization.id, account.id);
  if (call.tx.scan_keys(kDelegations, {.prefix = prefix, .limit = 1}, [](std::string_view) {}) == 0)
    return error("AccountNotRegisteredException",
                 "The provided account is not a registered delegated administrator for your organization.");
  return list_rows(call, in, kDelegations, prefix, "DelegatedServices",
                   [&](std::string_view row, Moment& registered) -> std::optional<Value> {
                     return Out{{"ServicePrincipal", service_of_delegation(row)},
                                {"DelegationEnabledDate", registered.time_ms}};
                   });
}

}  // namespace organizations
