// What a new environment of a function is given: its variables, the credentials of its role, where its logs go.
#include "base/random.h"
#include "base/time_text.h"
#include "kernel/cloud.h"
#include "kernel/credentials.h"
#include "services/lambda/run.h"

namespace lambda {

namespace {

// Hosts end environments earlier than this.
constexpr kernel::Millis kSessionDuration{12 * 3'600'000};

// "2026/01/31/[$LATEST]0123456789abcdef0123456789abcdef"
std::string new_log_stream(Call& call, const std::string& version) {
  std::string day = base::format_iso8601(call.now_ms()).substr(0, 10);
  std::ranges::replace(day, '-', '/');
  return fmt::format("{}/[{}]{}", day, version, call.random_text(32, base::kHexDigits));
}

}  // namespace

Result<kernel::FunctionEnvironment> make_environment(Call& call, const FunctionName& name,
                                                     const std::optional<kernel::FunctionEnvironment>& opened) {
  const Target target = TRY(find_target(call, name, Routing::kPrimary));
  const std::string& role = target.version.role;
  const kernel::Principal session =
      TRY(assume_execution_role(call, target.function.row.name, target.function.arn(), role));
  kernel::FunctionEnvironment made = opened ? *opened : TRY(environment_of(call, target, call.as_role(session)));
  const kernel::SessionCredentials credentials = kernel::issue_session(call, session, kSessionDuration);
  made.variables["AWS_ACCESS_KEY_ID"] = credentials.access_key_id;
  made.variables["AWS_SECRET_ACCESS_KEY"] = credentials.secret;
  made.variables["AWS_SESSION_TOKEN"] = credentials.session_token;
  made.variables["AWS_REGION"] = made.region;
  made.variables["AWS_DEFAULT_REGION"] = made.region;
  made.log_stream = new_log_stream(call, made.version);
  made.take_logs = log_taker(call, made, role);
  return made;
}

}  // namespace lambda
