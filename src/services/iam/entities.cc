// Who there is and what they may do: the operations on users, groups, roles, policies and access keys, in the files
// named beside them, and what decisions ask of IAM.
#include "services/iam/access.h"
#include "services/iam/lists.h"

namespace iam {

void list_entity_operations(kernel::Service& service) {
  service.operations.insert(service.operations.end(), {
                                                          // users.cc
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
                                                          // groups.cc
                                                          OPERATION(AddUserToGroup),
                                                          OPERATION(CreateGroup),
                                                          OPERATION(DeleteGroup),
                                                          OPERATION(GetGroup),
                                                          OPERATION(ListGroups),
                                                          OPERATION(ListGroupsForUser),
                                                          OPERATION(RemoveUserFromGroup),
                                                          OPERATION(UpdateGroup),
                                                          // roles.cc
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
                                                          // attachments.cc
                                                          OPERATION(AttachGroupPolicy),
                                                          OPERATION(AttachRolePolicy),
                                                          OPERATION(AttachUserPolicy),
                                                          OPERATION(DetachGroupPolicy),
                                                          OPERATION(DetachRolePolicy),
                                                          OPERATION(DetachUserPolicy),
                                                          OPERATION(ListAttachedGroupPolicies),
                                                          OPERATION(ListAttachedRolePolicies),
                                                          OPERATION(ListAttachedUserPolicies),
                                                          // policies.cc
                                                          OPERATION(CreatePolicy),
                                                          OPERATION(DeletePolicy),
                                                          OPERATION(GetPolicy),
                                                          OPERATION(ListPolicies),
                                                          OPERATION(ListPolicyTags),
                                                          OPERATION(TagPolicy),
                                                          OPERATION(UntagPolicy),
                                                          // policy_versions.cc
                                                          OPERATION(CreatePolicyVersion),
                                                          OPERATION(DeletePolicyVersion),
                                                          OPERATION(GetPolicyVersion),
                                                          OPERATION(ListPolicyVersions),
                                                          OPERATION(SetDefaultPolicyVersion),
                                                          // policy_entities.cc
                                                          OPERATION(ListEntitiesForPolicy),
                                                          // inline_policies.cc
                                                          OPERATION(DeleteGroupPolicy),
                                                          OPERATION(DeleteRolePolicy),
                                                          OPERATION(DeleteUserPolicy),
                                                          OPERATION(GetGroupPolicy),
                                                          OPERATION(GetRolePolicy),
                                                          OPERATION(GetUserPolicy),
                                                          OPERATION(ListGroupPolicies),
                                                          OPERATION(ListRolePolicies),
                                                          OPERATION(ListUserPolicies),
                                                          OPERATION(PutGroupPolicy),
                                                          OPERATION(PutRolePolicy),
                                                          OPERATION(PutUserPolicy),
                                                          // instance_profiles.cc
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
                                                          // account_details.cc, service_access.cc
                                                          OPERATION(GetAccountAuthorizationDetails),
                                                          OPERATION(ListPoliciesGrantingServiceAccess),
                                                          // simulate.cc
                                                          OPERATION(GetContextKeysForCustomPolicy),
                                                          OPERATION(GetContextKeysForPrincipalPolicy),
                                                          OPERATION(SimulateCustomPolicy),
                                                          OPERATION(SimulatePrincipalPolicy),
                                                          // access_keys.cc
                                                          OPERATION(CreateAccessKey),
                                                          OPERATION(DeleteAccessKey),
                                                          OPERATION(GetAccessKeyLastUsed),
                                                          OPERATION(ListAccessKeys),
                                                          OPERATION(UpdateAccessKey),
                                                      });
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
