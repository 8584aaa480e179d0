// Who there is and what they may do: the operations, in the files named beside them, and what decisions ask of IAM.
#include "services/iam/access.h"
#include "services/iam/lists.h"

namespace iam {

namespace {

// Users and groups: users.cc, groups.cc, access_keys.cc.
std::vector<kernel::Operation> user_operations() {
  return {
      OPERATION(CreateUser),
      OPERATION(DeleteUser),
      OPERATION(DeleteUserPermissionsBoundary),
      OPERATION(GetUser),
      OPERATION(ListUserTags),
      OPERATION(ListUsers),
      OPERATION(PutUserPermissionsBoundary),
      OPERATION(TagUser),
      OPERATION(UntagUser),
      OPERATION(UpdateUser),
      OPERATION(AddUserToGroup),
      OPERATION(CreateGroup),
      OPERATION(DeleteGroup),
      OPERATION(GetGroup),
      OPERATION(ListGroups),
      OPERATION(ListGroupsForUser),
      OPERATION(RemoveUserFromGroup),
      OPERATION(UpdateGroup),
      OPERATION(CreateAccessKey),
      OPERATION(DeleteAccessKey),
      OPERATION(GetAccessKeyLastUsed),
      OPERATION(ListAccessKeys),
      OPERATION(UpdateAccessKey),
  };
}

// Roles and instance profiles: roles.cc, instance_profiles.cc.
std::vector<kernel::Operation> role_operations() {
  return {
      OPERATION(CreateRole),
      OPERATION(DeleteRole),
      OPERATION(DeleteRolePermissionsBoundary),
      OPERATION(GetRole),
      OPERATION(ListRoleTags),
      OPERATION(ListRoles),
      OPERATION(PutRolePermissionsBoundary),
      OPERATION(TagRole),
      OPERATION(UntagRole),
      OPERATION(UpdateAssumeRolePolicy),
      OPERATION(UpdateRole),
      OPERATION(UpdateRoleDescription),
      OPERATION(AddRoleToInstanceProfile),
      OPERATION(CreateInstanceProfile),
      OPERATION(DeleteInstanceProfile),
      OPERATION(GetInstanceProfile),
      OPERATION(ListInstanceProfileTags),
      OPERATION(ListInstanceProfiles),
      OPERATION(ListInstanceProfilesForRole),
      OPERATION(RemoveRoleFromInstanceProfile),
      OPERATION(TagInstanceProfile),
      OPERATION(UntagInstanceProfile),
  };
}

// Managed policies and who has them: policies.cc, policy_versions.cc, policy_entities.cc, attachments.cc.
std::vector<kernel::Operation> policy_operations() {
  return {
      OPERATION(CreatePolicy),
      OPERATION(DeletePolicy),
      OPERATION(GetPolicy),
      OPERATION(ListPolicies),
      OPERATION(ListPolicyTags),
      OPERATION(TagPolicy),
      OPERATION(UntagPolicy),
      OPERATION(CreatePolicyVersion),
      OPERATION(DeletePolicyVersion),
      OPERATION(GetPolicyVersion),
      OPERATION(ListPolicyVersions),
      OPERATION(SetDefaultPolicyVersion),
      OPERATION(ListEntitiesForPolicy),
      OPERATION(AttachGroupPolicy),
      OPERATION(AttachRolePolicy),
      OPERATION(AttachUserPolicy),
      OPERATION(DetachGroupPolicy),
      OPERATION(DetachRolePolicy),
      OPERATION(DetachUserPolicy),
      OPERATION(ListAttachedGroupPolicies),
      OPERATION(ListAttachedRolePolicies),
      OPERATION(ListAttachedUserPolicies),
  };
}

// Inline policies: inline_policies.cc.
std::vector<kernel::Operation> inline_policy_operations() {
  return {
      OPERATION(DeleteGroupPolicy), OPERATION(DeleteRolePolicy), OPERATION(DeleteUserPolicy),
      OPERATION(GetGroupPolicy),    OPERATION(GetRolePolicy),    OPERATION(GetUserPolicy),
      OPERATION(ListGroupPolicies), OPERATION(ListRolePolicies), OPERATION(ListUserPolicies),
      OPERATION(PutGroupPolicy),    OPERATION(PutRolePolicy),    OPERATION(PutUserPolicy),
  };
}

// What the account allows: account_details.cc, service_access.cc, simulate.cc.
std::vector<kernel::Operation> question_operations() {
  return {
      OPERATION(GetAccountAuthorizationDetails), OPERATION(ListPoliciesGrantingServiceAccess),
      OPERATION(GetContextKeysForCustomPolicy),  OPERATION(GetContextKeysForPrincipalPolicy),
      OPERATION(SimulateCustomPolicy),           OPERATION(SimulatePrincipalPolicy),
  };
}

}  // namespace

void list_entity_operations(kernel::Service& service) {
  for (const auto& operations :
       {user_operations(), role_operations(), policy_operations(), inline_policy_operations(), question_operations()})
    service.operations.insert(service.operations.end(), operations.begin(), operations.end());
  service.resource_of = resource_of;
  service.access = {.admit = admit,
                    .policy_of = policy_of,
                    .each_policy = each_policy,
                    .tags_of = tags_of,
                    .find_key = find_key,
                    .policies_of_principal = policies_of_principal,
                    .managed_policy = managed_policy,
                    .facts_of_role = facts_of_role};
  service.limits.insert(service.limits.end(),
                        {kUsersMax, kRolesMax, kGroupsMax, kPoliciesMax, kInstanceProfilesMax, kGroupsPerUserMax,
                         kPoliciesPerUserMax, kPoliciesPerGroupMax, kPoliciesPerRoleMax, kUserPolicyCharactersMax,
                         kGroupPolicyCharactersMax, kRolePolicyCharactersMax, kManagedPolicyCharactersMax,
                         kTrustPolicyCharactersMax, kAccessKeysPerUserMax, kPolicyVersionsMax});
}

}  // namespace iam
