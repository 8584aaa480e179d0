// Who there is and what they may do: the operations on users, groups, roles, policies and access keys, in the files
// named beside them, and what decisions ask of IAM.
#include "services/iam/iam.h"
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
                                                          // access_keys.cc
                                                          OPERATION(CreateAccessKey),
                                                          OPERATION(DeleteAccessKey),
                                                          OPERATION(ListAccessKeys),
                                                          OPERATION(UpdateAccessKey),
                                                      });
  service.limits.insert(service.limits.end(),
                        {kUsersMax, kRolesMax, kGroupsMax, kPoliciesMax, kInstanceProfilesMax, kGroupsPerUserMax,
                         kPoliciesPerUserMax, kPoliciesPerGroupMax, kPoliciesPerRoleMax, kTrustPolicyCharactersMax,
                         kAccessKeysPerUserMax, kPolicyVersionsMax});
}

}  // namespace iam
