// What a call to IAM is authorised on.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
#include "services/iam/access.h"

namespace iam {

namespace {

std::string arn_here(const Call& call, std::string_view type, std::string_view path, std::string_view name) {
  return entity_arn(call.place.account, type, path, name);
}

// The ARN of what is there under the name, else what it would be: under the path the request gives.
std::string user_target(const Call& call, const std::string& name, const std::string& path) {
  auto user = call.tx.get(kUsers, name_key(name));
  return user ? user_arn(call, *user) : arn_here(call, "user", path, name);
}

std::string group_target(const Call& call, const std::string& name, const std::string& path) {
  auto group = call.tx.get(kGroups, name_key(name));
  return group ? group_arn(call, *group) : arn_here(call, "group", path, name);
}

std::string role_target(const Call& call, const std::string& name, const std::string& path) {
  auto role = call.tx.get(kRoles, name_key(name));
  return role ? role_arn(call, *role) : arn_here(call, "role", path, name);
}

std::string profile_target(const Call& call, const std::string& name, const std::string& path) {
  auto profile = call.tx.get(kInstanceProfiles, name_key(name));
  return profile ? instance_profile_arn(call, *profile) : arn_here(call, "instance-profile", path, name);
}

// Lists are authorised on the path they ask for.
std::optional<std::string> list_target(const Call& call, std::string_view operation, const std::string& prefix) {
  struct List {
    std::string_view operation, type;
  };
  constexpr List kLists[] = {{"ListUsers", "user"},
                             {"ListGroups", "group"},
                             {"ListRoles", "role"},
                             {"ListInstanceProfiles", "instance-profile"},
                             {"ListServerCertificates", "server-certificate"}};
  auto found = std::ranges::find(kLists, operation, &List::operation);
  if (found == std::end(kLists)) return std::nullopt;
  return arn_here(call, found->type, prefix.empty() ? "/" : prefix, "");
}

// Operations that a user may call about itself without saying so.
bool is_about_caller(std::string_view operation) {
  constexpr std::string_view kOperations[] = {"ChangePassword",
                                              "CreateAccessKey",
                                              "CreateLoginProfile",
                                              "DeactivateMFADevice",
                                              "DeleteAccessKey",
                                              "DeleteLoginProfile",
                                              "DeleteServiceSpecificCredential",
                                              "DeleteSigningCertificate",
                                              "GetLoginProfile",
                                              "GetUser",
                                              "ListAccessKeys",
                                              "ListMFADevices",
                                              "ListSSHPublicKeys",
                                              "ListServiceSpecificCredentials",
                                              "ListSigningCertificates",
                                              "ResetServiceSpecificCredential",
                                              "UpdateAccessKey",
                                              "UpdateServiceSpecificCredential",
                                              "UpdateSigningCertificate",
                                              "UploadSigningCertificate"};
  return std::ranges::find(kOperations, operation) != std::end(kOperations);
}

std::string caller_target(const Call& call) {
  auto entity = get_entity(call, call.caller.user_id);
  return entity && entity->kind == Entity::Kind::kUser ? user_target(call, entity->name, "/")
                                                       : fmt::format("arn:aws:iam::{}:root", call.place.account);
}

}  // namespace

std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  auto text = [&](std::string_view member) -> const std::string& { return input.at(member).str(); };
  const std::string path = input.has("Path") ? text("Path") : "/";
  if (auto list = list_target(call, operation, text("PathPrefix"))) return *list;
  if (input.has("GroupName")) return group_target(call, text("GroupName"), path);
  if (input.has("InstanceProfileName")) return profile_target(call, text("InstanceProfileName"), path);
  if (input.has("RoleName")) return role_target(call, text("RoleName"), path);
  if (auto target = evidence_target(call, operation, input)) return *target;
  if (input.has("UserName")) return user_target(call, text("UserName"), path);
  if (operation == "CreatePolicy") return arn_here(call, "policy", path, text("PolicyName"));
  for (std::string_view member : {"PolicyArn", "PolicySourceArn", "Arn"})
    if (input.has(member)) return text(member);
  return is_about_caller(operation) ? caller_target(call) : "*";
}

}  // namespace iam
