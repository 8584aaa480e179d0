// The organization itself.
#include "services/organizations/organization.h"
#include "services/organizations/policy_types.h"

namespace organizations {

namespace {

constexpr std::string_view kIdAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

// AWS: the policy type is available in the organization, whatever is enabled in its root.
Value show_organization(const Organization& organization, const Account& management) {
  Value::List types;
  if (organization.has_all_features) types.push_back(Out{{"Type", kServiceControl}, {"Status", "ENABLED"}});
  return Out{{"Id", organization.id},
             {"Arn", organization_arn(organization)},
             {"FeatureSet", organization.has_all_features ? "ALL" : "CONSOLIDATED_BILLING"},
             {"MasterAccountArn", account_arn(organization, management.id)},
             {"MasterAccountId", management.id},
             {"MasterAccountEmail", management.email},
             {"AvailablePolicyTypes", std::move(types)}};
}

}  // namespace

// AWS: "service control policies automatically enabled in the root", the documentation says; in truth no type is, and
// EnablePolicyType must be called, as Terraform does right after this.
//
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganization.html
base::Result<Out> CreateOrganization(Call& call, In in) {
  TRY_VOID(check_input(call));
  if (call.tx.has(kAccounts, call.caller.account))
    return error("AlreadyInOrganizationException", "The provided account is already a member of an organization.");

  Organization organization{.id = "o-" + call.random_text(10, kIdAlphabet),
                            .management_account = call.caller.account,
                            .root = "r-" + call.random_text(4, kIdAlphabet),
                            .has_all_features = in.str("FeatureSet") != "CONSOLIDATED_BILLING",
                            .created_ms = call.now_ms()};
  const Account management{.id = organization.management_account,
                           .organization = organization.id,
                           .parent = organization.root,
                           .email = "master@example.com",
                           .name = "master",
                           .joined_ms = call.now_ms()};
  call.tx.put(kOrganizations, organization.id, organization);
  add_member(call, organization, management);
  return Out{{"Organization", show_organization(organization, management)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
base::Result<Out> DescribeOrganization(Call& call, In) {
  const Account caller = TRY(find_caller(call));
  const Organization organization = load_organization(call, caller.organization);
  const Account management = TRY(find_account(call, organization, organization.management_account));
  return Out{{"Organization", show_organization(organization, management)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeleteOrganization.html
base::Result<Out> DeleteOrganization(Call& call, In) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  if (call.tx.scan_keys(kMembers, {.prefix = key(organization.id), .limit = 2}, [](std::string_view) {}) > 1)
    return error("OrganizationNotEmptyException",
                 "To delete an organization you must first remove all member accounts (except the master).");

  const std::string everything = key(organization.id);
  call.tx.erase(kAccounts, organization.management_account);
  call.tx.erase_all(kMembers, everything);
  call.tx.erase_all(kChildren, everything);
  call.tx.erase_all(kUnits, everything);
  call.tx.erase_all(kPolicies, everything);
  call.tx.erase_all(kAttachments, everything);
  call.tx.erase_all(kTargets, everything);
  call.tx.erase_all(kTags, everything);
  call.tx.erase_all(kCreateRequests, everything);
  call.tx.erase_all(kTrustedServices, everything);
  call.tx.erase(kResourcePolicies, organization.id);
  call.tx.erase(kOrganizations, organization.id);
  // What it had sent can no longer be accepted.
  std::vector<std::string> sent;
  call.tx.scan(kHandshakes, "", [&](std::string_view id, Handshake& handshake) {
    if (handshake.organization == organization.id) sent.emplace_back(id);
  });
  for (const std::string& id : sent) call.tx.erase(kHandshakes, id);
  kernel::policies_changed(call, "");
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html
base::Result<Out> ListRoots(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  TRY(read_token(in, ""));
  return Out{{"Roots", Value::List{show_root(organization)}}};
}

}  // namespace organizations
