#pragma once

#include <string>
#include <string_view>

#include "services/iam/iam.h"

// What decisions ask of IAM (kernel/authorization.h).
namespace iam {

inline constexpr std::string_view kFullAccess =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

// decisions.cc
kernel::PrincipalPolicies policies_of_principal(Call& call, const kernel::Principal& principal);
std::string managed_policy(Call& call, std::string_view arn);
std::optional<kernel::RoleFacts> facts_of_role(Call& call, std::string_view role_arn);
base::Result<void> admit(Call& call, std::string_view operation);
std::string policy_of(Call& call, std::string_view arn);
kernel::Tags tags_of(Call& call, std::string_view arn);
void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit);
bool find_key(Call& call, std::string_view key, policy::Values& values);
// Policies of a user, group or role under the names they are explained by; for users those of their groups, too.
std::vector<policy::Source> sources_of_user(Call& call, const User& user);
std::vector<policy::Source> sources_of(Call& call, std::string_view word, std::string_view name, std::string_view id);
// The managed policy with this ARN, compiled; nothing when there is none.
std::optional<policy::Source> managed_source(Call& call, const std::string& arn, policy::Kind kind);

// resources.cc
std::string resource_of(Call& call, std::string_view operation, const Value& input);

}  // namespace iam
