#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/call.h"
#include "policy/evaluate.h"

// How services take part in authorisation: what each contributes about the resources it owns and the principals it
// keeps. The decision itself is policy/evaluate.h; the questions come from dispatch and from Call::authorize.
namespace kernel {

using Tags = std::map<std::string, std::string>;

// What IAM knows of a principal; gathered once per change (see policies_changed) and kept compiled.
struct PrincipalPolicies {
  std::vector<policy::Source> identity;
  std::optional<policy::Source> boundary;
  Tags tags;           // of the user or role: aws:PrincipalTag
  bool exists = true;  // false: the user or role has been deleted; its keys are refused
};

// What the organization imposes on an account.
struct Guardrails {
  std::string organization_id;                               // aws:PrincipalOrgID; empty: none
  std::string path;                                          // aws:PrincipalOrgPaths
  std::vector<std::vector<policy::Source>> service_control;  // per level, root first
  std::vector<std::vector<policy::Source>> resource_control;
};

// A service's part. Every function is pure: it reads through `call.tx` (placed with `at` where needed). Null: none.
struct AccessHooks {
  // The policy of the resource with this ARN: of a queue, a bucket, a key; the trust policy of a role. Empty: it has
  // none. Called only for ARNs of the service's own signing name.
  std::string (*policy_of)(Call& call, std::string_view arn) = nullptr;
  // Its tags: aws:ResourceTag.
  Tags (*tags_of)(Call& call, std::string_view arn) = nullptr;
  // A condition key of the service ("dynamodb:leadingkeys", lower case) for the operation that runs (call.operation,
  // call.input). False: the request does not have it.
  bool (*find_key)(Call& call, std::string_view key, policy::Values& values) = nullptr;
  // IAM's: what a user, role (by role ARN) or group member may do.
  PrincipalPolicies (*policies_of_principal)(Call& call, const Principal& principal) = nullptr;
  // Organizations': what stands over an account.
  Guardrails (*guardrails_of)(Call& call, std::string_view account) = nullptr;
};

// Must be called by whatever changes what policies_of_principal or guardrails_of answer, in the same transaction: the
// next decision sees the change. `account` is empty for a change of the organization.
void policies_changed(Call& call, std::string_view account);

// --- for services that act for others
// ------------------------------------------------------------------------------------

// May `subject`, who need not be the caller, do this? For STS, which decides for the holder of a token. `keys` are
// condition keys besides the request's own, in lower case. Errors: AccessDenied.
Result<void> authorize_subject(Call& call, const policy::Subject& subject, std::string_view action,
                               std::string_view resource_arn, const std::map<std::string, policy::Values>& keys);

// The caller hands a role to a service ("lambda.amazonaws.com"): iam:PassRole with iam:PassedToService. Whether the
// role's trust policy admits the service shows when that assumes it; services that check at once use can_assume.
// Errors: AccessDenied.
Result<void> authorize_pass_role(Call& call, std::string_view role_arn, std::string_view service);

// Whether the role exists and its trust policy admits the service (sts:AssumeRole), asked for `source_arn`.
bool can_assume(Call& call, std::string_view role_arn, std::string_view service, std::string_view source_arn);

// The session in which a service acts with a role's permissions; for Call::as_role. Errors: AccessDenied when the role
// does not exist or does not trust the service.
Result<Principal> assume_role(Call& call, std::string_view role_arn, std::string_view service,
                              std::string_view session_name, std::string_view source_arn);

}  // namespace kernel
