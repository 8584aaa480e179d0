#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "services/organizations/state.h"

namespace organizations {

// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
struct PolicyType {
  std::string_view name;
  std::int64_t characters_max;
  int per_target_max;
  int per_organization_max;
  std::string_view top_key;  // the member every document has; empty: of the IAM kind, or not checked
};

inline constexpr std::string_view kServiceControl = "SERVICE_CONTROL_POLICY";
inline constexpr std::string_view kResourceControl = "RESOURCE_CONTROL_POLICY";

// Null for a type that is none.
const PolicyType* find_policy_type(std::string_view name);
// Whether it is written in IAM's language and takes part in decisions; the others are merged into effective policies.
bool is_authorization_type(std::string_view type);
// "p-FullAWSAccess" or "p-RCPFullAWSAccess", which stand on everything once their type is enabled; null for other types
// and ids.
const Policy* default_policy_of(std::string_view type);
const Policy* find_managed_policy(std::string_view id);

// Errors: MalformedPolicyDocumentException; ConstraintViolationException when it is too long.
base::Result<void> check_content(const PolicyType& type, const std::string& content);

}  // namespace organizations
