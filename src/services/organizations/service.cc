// AWS Organizations. Operations are listed here and written in the files named beside them; README.md tells how it all
// works.
#include "services/organizations/guardrails.h"
#include "services/organizations/organization.h"
#include "services/organizations/service_limits.h"

namespace organizations {

// What a call is authorised on. Callers outside the management account are asked about everything: whether they may see
// or change something of the organization is decided by it and not by a policy of that account's.
std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  auto account = call.tx.get(kAccounts, call.caller.account);
  if (!account) return "*";
  const Organization organization = load_organization(call, account->organization);
  if (organization.management_account != account->id) return "*";
  // A policy that is put on something is authorised on both; the policy is the narrower.
  for (const char* member : {"PolicyId", "ResourceId"}) {
    const std::string& id = input.at(member).str();
    auto policy = get_policy(call, organization, id);
    if (policy && !policy->is_aws_managed) return policy_arn(organization, *policy);
    if (!id.empty() && !id.starts_with("p-") && !id.starts_with("rp-")) return target_arn(organization, id);
  }
  for (const char* member : {"AccountId", "TargetId", "OrganizationalUnitId", "ParentId", "RootId"})
    if (const std::string& id = input.at(member).str(); !id.empty()) return target_arn(organization, id);
  if (operation == "DeleteOrganization" || operation == "EnableAllFeatures") return organization_arn(organization);
  return "*";
}

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // organizations.cc
      OPERATION(CreateOrganization),
      OPERATION(DeleteOrganization),
      OPERATION(DescribeOrganization),
      OPERATION(ListRoots),
      // accounts.cc
      OPERATION(CloseAccount),
      OPERATION(CreateAccount),
      OPERATION(DescribeAccount),
      OPERATION(DescribeCreateAccountStatus),
      OPERATION(LeaveOrganization),
      OPERATION(ListAccounts),
      OPERATION(ListCreateAccountStatus),
      OPERATION(MoveAccount),
      OPERATION(RemoveAccountFromOrganization),
      // handshakes.cc, invitations.cc
      OPERATION(AcceptHandshake),
      OPERATION(CancelHandshake),
      OPERATION(DeclineHandshake),
      OPERATION(DescribeHandshake),
      OPERATION(ListHandshakesForAccount),
      OPERATION(ListHandshakesForOrganization),
      OPERATION(EnableAllFeatures),
      OPERATION(InviteAccountToOrganization),
      // units.cc
      OPERATION(CreateOrganizationalUnit),
      OPERATION(DeleteOrganizationalUnit),
      OPERATION(DescribeOrganizationalUnit),
      OPERATION(ListAccountsForParent),
      OPERATION(ListChildren),
      OPERATION(ListOrganizationalUnitsForParent),
      OPERATION(ListParents),
      OPERATION(UpdateOrganizationalUnit),
      // policies.cc, attachments.cc, effective.cc
      OPERATION(CreatePolicy),
      OPERATION(DeletePolicy),
      OPERATION(DescribePolicy),
      OPERATION(ListPolicies),
      OPERATION(ListPoliciesForTarget),
      OPERATION(ListTargetsForPolicy),
      OPERATION(UpdatePolicy),
      OPERATION(AttachPolicy),
      OPERATION(DetachPolicy),
      OPERATION(DisablePolicyType),
      OPERATION(EnablePolicyType),
      OPERATION(DescribeEffectivePolicy),
      // tags.cc
      OPERATION(ListTagsForResource),
      OPERATION(TagResource),
      OPERATION(UntagResource),
      // trusted_services.cc
      OPERATION(DeregisterDelegatedAdministrator),
      OPERATION(DisableAWSServiceAccess),
      OPERATION(EnableAWSServiceAccess),
      OPERATION(ListAWSServiceAccessForOrganization),
      OPERATION(ListDelegatedAdministrators),
      OPERATION(ListDelegatedServicesForAccount),
      OPERATION(RegisterDelegatedAdministrator),
      // resource_policy.cc
      OPERATION(DeleteResourcePolicy),
      OPERATION(DescribeResourcePolicy),
      OPERATION(PutResourcePolicy),
  });
  service.resource_of = resource_of;
  service.access.guardrails_of = guardrails_of;
  service.limits = {kAccountsMax};
  return service;
}

}  // namespace organizations
