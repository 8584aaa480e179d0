// Roles that AWS services have in an account, with what they may do decided by AWS.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
#include "aws/managed_policies.h"
#include "base/strings.h"
#include "kernel/authorization.h"
#include "services/iam/evidence.h"
#include "services/iam/service_roles.h"

namespace iam {

namespace {

constexpr std::string_view kDomain = ".amazonaws.com";
constexpr std::string_view kRolePrefix = "AWSServiceRoleFor";
constexpr std::string_view kTaskPrefix = "task/aws-service-role/";
constexpr std::size_t kTaskParts = 5;

const ServiceRole* get_service_role(std::string_view service) {
  if (!service.ends_with(kDomain)) return nullptr;
  service.remove_suffix(kDomain.size());
  auto found = std::ranges::find(kServiceRoles, service, &ServiceRole::service);
  return found == std::end(kServiceRoles) ? nullptr : found;
}

// Most of these policies have a path of their own, some that of other service roles or none.
std::string find_policy_arn(std::string_view name) {
  for (std::string_view path : {"/aws-service-role/", "/service-role/", "/"}) {
    std::string arn = fmt::format("arn:aws:iam::aws:policy{}{}", path, name);
    if (aws::find_managed_policy(arn)) return arn;
  }
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
base::Result<Out> CreateServiceLinkedRole(Call& call, In in) {
  const std::string& service = in.str("AWSServiceName");
  const ServiceRole* kind = get_service_role(service);
  if (!kind) return error("InvalidInput", fmt::format("The service {} does not have a service-linked role.", service));
  if (in.has("CustomSuffix") && !kind->allows_suffix)
    return error("InvalidInput", fmt::format("Custom suffix is not allowed for {}", service));
  Role role{.name = std::string(kRolePrefix).append(kind->name),
            .path = fmt::format("/aws-service-role/{}/", service),
            .id = new_entity_id(call, "AROA"),
            .created_ms = now_seconds_ms(call),
            .trust_policy = {},
            .trusted_id_of = {},
            .description = in.str("Description")};
  if (in.has("CustomSuffix")) role.name.append("_").append(in.str("CustomSuffix"));
  if (call.tx.has(kRoles, name_key(role.name)))
    return error(
        "InvalidInput",
        fmt::format("Service role name {} has been taken in this account, please try a different suffix.", role.name));
  TRY_VOID(check_quota(call, kRolesMax, "RolesPerAccount", call.tx.scan_keys(kRoles, {}, skip_key)));
  TRY_VOID(set_trust_policy(
      call,
      fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Action":["sts:AssumeRole"],"Effect":"Allow",)"
                  R"("Principal":{{"Service":["{}"]}}}}]}})",
                  service),
      role));
  put_role(call, role);
  TRY_VOID(attach_policy(call,
                         {.kind = Entity::Kind::kRole, .id = role.id, .name = role.name, .is_service_linked = true},
                         find_policy_arn(kind->policy)));
  kernel::policies_changed(call, call.place.account);
  return Out{{"Role", show_role(call, role, Detail::kFull)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html
base::Result<Out> DeleteServiceLinkedRole(Call& call, In in) {
  const Role role = TRY(find_role(call, in.str("RoleName")));
  if (!role.is_service_linked())
    return error("InvalidInput", fmt::format("The role with name {} is not a service-linked role.", role.name));
  const std::string service(base::split(role.path, '/')[2]);
  const std::string task = fmt::format("{}{}/{}/{}", kTaskPrefix, service, role.name, call.uuid());
  erase_role(call, role);
  kernel::policies_changed(call, call.place.account);
  call.tx.put(kDeletedRoles, task, {call.now_ms()});
  return Out{{"DeletionTaskId", task}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html
base::Result<Out> GetServiceLinkedRoleDeletionStatus(Call& call, In in) {
  const std::string& task = in.str("DeletionTaskId");
  if (!task.starts_with(kTaskPrefix) || base::split(task, '/').size() != kTaskParts)
    return error("InvalidInput", fmt::format("The deletion task id {} is not valid.", task));
  // LIMIT: roles are deleted at once and whatever uses them, so that no task ever fails.
  if (!call.tx.has(kDeletedRoles, task))
    return error("NoSuchEntity", fmt::format("The deletion task with id {} cannot be found.", task));
  return Out{{"Status", "SUCCEEDED"}};
}

}  // namespace iam
