// What the operations that give out temporary credentials share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/sts.h"
#include "kernel/authorization.h"
#include "kernel/credentials.h"

namespace sts {

using base::Value;
using kernel::Principal;
using kernel::Session;

enum class CredentialKind {
  kLongTerm,      // of a user or root; and whoever has no session
  kSessionToken,  // of GetSessionToken
  kFederated,     // of GetFederationToken
  kRole,          // of AssumeRole, AssumeRoleWithSAML, AssumeRoleWithWebIdentity
};
CredentialKind kind_of(const Principal& principal);

// A role as STS needs to know it.
struct TrustedRole {
  std::string arn, account, name, id;
  std::int64_t seconds_max = 0;  // MaxSessionDuration
};
// Whether a text can be the ARN of a role at all. Errors: ValidationError.
base::Result<void> check_role_arn(std::string_view arn);
// Nothing when there is no such role.
std::optional<TrustedRole> get_role(Call& call, std::string_view arn);

// AWS words the refusal of a stranger without saying who or whose: "Not authorized to perform sts:AssumeRoleWithSAML".
std::unexpected<base::Error> not_authorized_to(std::string_view action);

// How long a session of the role may last: DurationSeconds, or an hour. Errors: ValidationError.
base::Result<kernel::Seconds> find_role_duration(const TrustedRole& role, std::optional<std::int64_t> wanted_seconds);

// Session tags, each with a name of its own whatever its case. Errors: InvalidParameterValue, ValidationError.
base::Result<kernel::Tags> read_tags(const Value::List& tags);

// Puts Policy and PolicyArns into the session, read in the account whose managed policies count. Errors:
// MalformedPolicyDocument, ValidationError.
base::Result<void> add_policies(Call& call, In in, std::string_view account, Session& session);

// How much of the room for policies and tags the session takes, in percent; nothing when it has none. Errors:
// PackedPolicyTooLarge.
base::Result<std::optional<std::int64_t>> packed_size(const Session& session);

// Opens a session of the role under the name in `session`.
struct RoleSession {
  Principal principal;
  kernel::SessionCredentials credentials;
  std::optional<std::int64_t> packed_percent;
};
base::Result<RoleSession> open_role_session(Call& call, In in, const TrustedRole& role, Session session,
                                            kernel::Seconds duration);

// Issues the credentials, with a token as long as MinimumSessionTokenSize asks.
kernel::SessionCredentials issue(Call& call, In in, const Principal& principal, kernel::Seconds duration);
// Puts the credentials and what there is to say of their token into an answer.
void show_credentials(Out& out, const kernel::SessionCredentials& credentials);
// The same for a role's session, with who it is and how much room it took.
Out show_role_session(const RoleSession& opened);

}  // namespace sts
