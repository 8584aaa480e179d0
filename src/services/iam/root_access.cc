// Central management of the roots of an organization's member accounts.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
#include "aws/root_access.h"

#include "api/organizations.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

constexpr std::string_view kServicePrincipal = "iam.amazonaws.com";

// Who may do it: only the management account, or one it has registered for this as well.
enum class Administrator { kManagement, kDelegated };
enum class Feature { kOff, kOn };

base::Result<Value> ask_organizations(Call& call, kernel::OperationId operation, Value input) {
  return call.as_service(kServicePrincipal, "").invoke(operation, std::move(input));
}

bool is_delegated(Call& call) {
  auto answer = ask_organizations(call, kernel::operation<organizations::Model>("ListDelegatedAdministrators"),
                                  Value::Map{{"ServicePrincipal", kServicePrincipal}});
  return answer && std::ranges::any_of(answer->at("DelegatedAdministrators").list(), [&](const Value& account) {
           return account.at("Id").str() == call.place.account;
         });
}

bool is_trusted(Call& call) {
  Value input{Value::Map{}};
  for (;;) {
    auto page =
        ask_organizations(call, kernel::operation<organizations::Model>("ListAWSServiceAccessForOrganization"), input);
    if (!page) return false;
    for (const Value& service : page->at("EnabledServicePrincipals").list())
      if (service.at("ServicePrincipal").str() == kServicePrincipal) return true;
    if (!page->has("NextToken")) return false;
    input.set("NextToken", page->at("NextToken"));
  }
}

// The id of the caller's organization. Errors: whatever stands in the way.
base::Result<std::string> find_organization(Call& call, Administrator administrator) {
  auto answer = ask_organizations(call, kernel::operation<organizations::Model>("DescribeOrganization"), Value::Map{});
  if (!answer) {
    if (answer.error().code != "AWSOrganizationsNotInUseException") return std::unexpected(std::move(answer).error());
    return error("OrganizationNotFoundException",
                 "The request was rejected because no organization is associated with your account.");
  }
  const Value& organization = answer->at("Organization");
  const bool is_management = organization.at("MasterAccountId").str() == call.place.account;
  if (!is_management && administrator == Administrator::kManagement)
    return error("CallerIsNotManagementAccountException",
                 "The request was rejected because the account making the request is not the management account for "
                 "the organization.");
  if (!is_management && !is_delegated(call))
    return error("AccountNotManagementOrDelegatedAdministratorException",
                 "The request was rejected because the account making the request is not the management account or "
                 "delegated administrator account for centralized root access.");
  if (organization.at("FeatureSet").str() != "ALL")
    return error("OrganizationNotInAllFeaturesModeException",
                 "The request was rejected because your organization does not have All features enabled.");
  if (!is_trusted(call))
    return error("ServiceAccessNotEnabledException",
                 "The request was rejected because trusted access is not enabled for IAM in Organizations.");
  return organization.at("Id").str();
}

Out show_features(const std::string& organization_id, const aws::RootAccess& access) {
  Value::List features;
  if (access.manages_credentials) features.push_back("RootCredentialsManagement");
  if (access.has_sessions) features.push_back("RootSessions");
  return Out{{"OrganizationId", organization_id}, {"EnabledFeatures", std::move(features)}};
}

base::Result<Out> set_feature(Call& call, Administrator administrator, bool aws::RootAccess::* feature, Feature state) {
  const std::string id = TRY(find_organization(call, administrator));
  const store::Transaction tx = call.tx.at({});
  aws::RootAccess access = tx.get(aws::kRootAccess, id).value_or(aws::RootAccess{});
  access.*feature = state == Feature::kOn;
  tx.put(aws::kRootAccess, id, access);
  return show_features(id, access);
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOrganizationsRootCredentialsManagement.html
base::Result<Out> EnableOrganizationsRootCredentialsManagement(Call& call, In) {
  return set_feature(call, Administrator::kManagement, &aws::RootAccess::manages_credentials, Feature::kOn);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOrganizationsRootCredentialsManagement.html
base::Result<Out> DisableOrganizationsRootCredentialsManagement(Call& call, In) {
  return set_feature(call, Administrator::kDelegated, &aws::RootAccess::manages_credentials, Feature::kOff);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOrganizationsRootSessions.html
base::Result<Out> EnableOrganizationsRootSessions(Call& call, In) {
  return set_feature(call, Administrator::kManagement, &aws::RootAccess::has_sessions, Feature::kOn);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOrganizationsRootSessions.html
base::Result<Out> DisableOrganizationsRootSessions(Call& call, In) {
  return set_feature(call, Administrator::kDelegated, &aws::RootAccess::has_sessions, Feature::kOff);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html
base::Result<Out> ListOrganizationsFeatures(Call& call, In) {
  const std::string id = TRY(find_organization(call, Administrator::kDelegated));
  return show_features(id, call.tx.at({}).get(aws::kRootAccess, id).value_or(aws::RootAccess{}));
}

}  // namespace iam
