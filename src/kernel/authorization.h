#pragma once

#include <functional>
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
  std::string id;      // AIDA… or AROA…, of the user or role
  bool exists = true;  // false: the user or role has been deleted; its sessions are refused
};

// What STS needs to know of a role besides.
struct RoleFacts {
  std::string arn;  // with its path
  std::string id;   // "AROA…"
  std::int64_t session_seconds_max = 3'600;
};

// What the organization imposes on an account.
struct Guardrails {
  std::string organization_id;                               // aws:PrincipalOrgID; empty: none
  std::string path;                                          // aws:PrincipalOrgPaths
  std::vector<std::vector<policy::Source>> service_control;  // per level, root first
  std::vector<std::vector<policy::Source>> resource_control;
};

// A resource with a policy of its own, for those who look at all of them.
struct GuardedResource {
  std::string arn;
  std::string type;    // as CloudFormation calls it: "AWS::SQS::Queue"
  std::string policy;  // its text; empty: none, only its owner's account has access
};
using VisitResource = std::function<void(const GuardedResource&)>;

// A service's part. Every function is pure: it reads through `call.tx` (placed with `at` where needed). Null: none.
struct AccessHooks {
  // Whether credentials of the caller's kind may be used for an operation of the service, whatever policies say.
  Result<void> (*admit)(Call& call, std::string_view operation) = nullptr;
  // The policy of the resource with this ARN: of a queue, a bucket, a key; the trust policy of a role. Empty: it has
  // none. Called only for ARNs of the service's own signing name.
  std::string (*policy_of)(Call& call, std::string_view arn) = nullptr;
  // Visits all resources at a place that can have such a policy; those of services without regions in every region.
  void (*each_policy)(Call& call, const Place& place, const VisitResource& visit) = nullptr;
  // What its owner has granted besides that policy, in another way (the grants of KMS): a policy that admits the
  // subject to the action on the resource, which then needs no other permission, be it of this account or another.
  // Asked only when nothing else allows the operation that runs, and nothing denies it. Empty: nothing.
  std::string (*granted_to)(Call& call, const policy::Subject& subject, std::string_view action,
                            std::string_view arn) = nullptr;
  // Its tags: aws:ResourceTag.
  Tags (*tags_of)(Call& call, std::string_view arn) = nullptr;
  // The account that owns it, for ARNs that do not say so (of a bucket). Empty: there is no such resource.
  std::string (*account_of)(Call& call, std::string_view arn) = nullptr;
  // A condition key of the service ("dynamodb:leadingkeys", lower case) for the operation that runs (call.operation,
  // call.input). False: the request does not have it.
  bool (*find_key)(Call& call, std::string_view key, policy::Values& values) = nullptr;
  // IAM's: what a user, role (session->role_arn of a session, or a role's own ARN) or the user behind a federated
  // session may do. Nothing of the session itself: session policies are the kernel's.
  PrincipalPolicies (*policies_of_principal)(Call& call, const Principal& principal) = nullptr;
  // IAM's: the document of a managed policy, for session policies given by ARN. Empty: there is none.
  std::string (*managed_policy)(Call& call, std::string_view arn) = nullptr;
  // IAM's: the role with this ARN, in whichever account. Nothing: there is none.
  std::optional<RoleFacts> (*facts_of_role)(Call& call, std::string_view role_arn) = nullptr;
  // Organizations': what stands over an account.
  Guardrails (*guardrails_of)(Call& call, std::string_view account) = nullptr;
};

// Must be called by whatever changes what policies_of_principal or guardrails_of answer, in the same transaction: the
// next decision sees the change. `account` is empty for a change of the organization.
void policies_changed(Call& call, std::string_view account);

// --- for services that act for others
// ------------------------------------------------------------------------------------

using ConditionKeys = std::map<std::string, policy::Values>;  // by name in lower case

// May `subject`, who need not be the caller, do this? For STS, which decides for the holder of a token. `keys` are
// condition keys besides the request's own, in lower case. Errors: AccessDenied, in the service's code.
Result<void> authorize_subject(Call& call, const policy::Subject& subject, std::string_view action,
                               std::string_view resource_arn, const ConditionKeys& keys);

// The caller hands a role to a service ("lambda.amazonaws.com"): iam:PassRole with iam:PassedToService, and with
// iam:AssociatedResourceArn where `resource_arn` names what the role is handed over for. Whether the role's trust
// policy admits the service shows when that assumes it; services that check at once use can_assume. Errors:
// AccessDenied, in the service's code; a role of another account is never passed.
Result<void> authorize_pass_role(Call& call, std::string_view role_arn, std::string_view service,
                                 std::string_view resource_arn = {});

// Whether the role exists and its trust policy admits the service (sts:AssumeRole), asked for `source_arn`.
bool can_assume(Call& call, std::string_view role_arn, std::string_view service, std::string_view source_arn);

// The ARN of the first user or role that the document names as a principal and that there is not: for services that
// refuse such policies, as AWS does. Accounts, sessions and unique ids are not looked up.
std::optional<std::string> find_missing_principal(Call& call, const policy::Policy& document);

// The session in which a service acts with a role's permissions; for Call::as_role. Errors: AccessDenied, in the
// service's code, when the role does not exist or does not trust the service.
Result<Principal> assume_role(Call& call, std::string_view role_arn, std::string_view service,
                              std::string_view session_name, std::string_view source_arn);

// --- for IAM's simulator ---------------------------------------------------------------------------------------------

// Who a principal is to policies.
policy::Subject subject_of(const Principal& principal);

// --- encoded authorization messages ----------------------------------------------------------------------------------

// Seals what a refusal was about, JSON text, for the message that EC2 answers; only this cloud can open it.
std::string encode_authorization_message(Call& call, std::string_view text);

// Errors: InvalidAuthorizationMessageException.
Result<std::string> decode_authorization_message(Call& call, std::string_view message);

}  // namespace kernel
