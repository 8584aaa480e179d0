// GetSessionToken and GetFederationToken: sessions of a user's own, and of somebody a user vouches for.
#include "aws/mfa.h"
#include "services/sts/sessions.h"

namespace sts {

namespace {

constexpr std::int64_t kSessionSecondsDefault = 43'200;
// "Sessions for AWS account owners are restricted to a maximum of 3,600 seconds (one hour)."
constexpr std::int64_t kRootSessionSecondsMax = 3'600;

kernel::Seconds duration_of(const Call& call, In in) {
  std::int64_t seconds = in.num("DurationSeconds", kSessionSecondsDefault);
  if (call.caller.type == Principal::Type::kRoot) seconds = std::min(seconds, kRootSessionSecondsMax);
  return kernel::Seconds(seconds);
}

}  // namespace

// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
base::Result<Out> GetSessionToken(Call& call, In in) {
  if (kind_of(call.caller) != CredentialKind::kLongTerm)
    return error("AccessDenied", "Cannot call GetSessionToken with session credentials");
  Session session{.issued_ms = call.now_ms()};
  if (in.has("SerialNumber") || in.has("TokenCode")) {
    TRY_VOID(aws::verify_mfa_code(call, call.caller, in.str("SerialNumber"), in.str("TokenCode")));
    session.multi_factor_ms = call.now_ms();
  }
  Principal principal = call.caller;
  principal.multi_factor_present = session.multi_factor_ms != 0;
  principal.session = std::make_shared<const Session>(std::move(session));
  Out out;
  show_credentials(out, issue(call, in, principal, duration_of(call, in)));
  return out;
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
base::Result<Out> GetFederationToken(Call& call, In in) {
  if (kind_of(call.caller) != CredentialKind::kLongTerm)
    return error("AccessDenied", "Cannot call GetFederationToken with session credentials");
  const Principal& user = call.caller;
  const std::string& name = in.str("Name");
  Principal principal{.type = Principal::Type::kFederatedUser,
                      .account = user.account,
                      .arn = fmt::format("arn:aws:sts::{}:federated-user/{}", user.account, name),
                      .user_id = fmt::format("{}:{}", user.account, name)};
  // "If you do not pass a session policy, the resulting federated user session has no permissions."
  Session session{.name = name, .is_restricted = true, .issued_ms = call.now_ms()};
  session.issuer_arn = user.arn;
  TRY_VOID(add_policies(call, in, user.account, session));
  session.tags = TRY(read_tags(in.list("Tags")));
  if (!session.tags.empty()) TRY_VOID(call.authorize("sts:TagSession", principal.arn));
  auto packed_percent = TRY(packed_size(session));
  principal.session = std::make_shared<const Session>(std::move(session));
  Out out{{"FederatedUser", Out{{"FederatedUserId", principal.user_id}, {"Arn", principal.arn}}}};
  show_credentials(out, issue(call, in, principal, duration_of(call, in)));
  if (packed_percent) out.set("PackedPolicySize", *packed_percent);
  return out;
}

}  // namespace sts
