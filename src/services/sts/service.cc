// AWS Security Token Service: who a caller is, and temporary credentials.
#include "api/sts.h"
#include "kernel/credentials.h"

namespace sts {

namespace {

constexpr std::int64_t kSessionSecondsDefault = 43'200;
// "Sessions for AWS account owners are restricted to a maximum of 3,600 seconds (one hour)."
constexpr std::int64_t kRootSessionSecondsMax = 3'600;

bool is_temporary(std::string_view access_key_id) { return access_key_id.starts_with("ASIA"); }

}  // namespace

// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
base::Result<Out> GetCallerIdentity(Call& call, In) {
  return Out{{"UserId", call.caller.user_id}, {"Account", call.caller.account}, {"Arn", call.caller.arn}};
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
base::Result<Out> GetSessionToken(Call& call, In in) {
  if (is_temporary(call.caller.access_key_id))
    return error("AccessDenied", "Cannot call GetSessionToken with session credentials");
  // LIMIT: there are no MFA devices before IAM has them, so no code can be right.
  if (in.has("SerialNumber") || in.has("TokenCode"))
    return error("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.");
  std::int64_t seconds = in.num("DurationSeconds", kSessionSecondsDefault);
  if (call.caller.type == kernel::Principal::Type::kRoot) seconds = std::min(seconds, kRootSessionSecondsMax);

  kernel::SessionCredentials session = kernel::issue_session(call, call.caller, kernel::Seconds(seconds));
  return Out{{"Credentials", Out{{"AccessKeyId", session.access_key_id},
                                 {"SecretAccessKey", session.secret},
                                 {"SessionToken", session.session_token},
                                 {"Expiration", kernel::to_ms(session.expires)}}}};
}

kernel::Service service() {
  return kernel::make_service<Model>({
      OPERATION(GetCallerIdentity),
      OPERATION(GetSessionToken),
  });
}

}  // namespace sts
