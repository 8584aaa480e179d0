#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kernel/functions.h"
#include "services/lambda/lookup.h"

// Runs of functions, for all that invokes them.
namespace lambda {

// What a run is given besides the function's own settings.
struct RunRequest {
  std::string payload;
  std::string request_id;      // aws_request_id
  std::string client_context;  // JSON; empty: none
  std::string trace_id;        // X-Ray's header of who invokes; empty: there is none
  kernel::FunctionRequest::Answering answering = kernel::FunctionRequest::Answering::kWhole;
};

// One run of a version of a function. The call that began it finds it again at each of its attempts.
class Run : public kernel::Errand {
 public:
  Run(std::shared_ptr<kernel::FunctionRun> run, std::string version, std::string request_id,
      std::shared_ptr<const base::Error> problem, kernel::Time deadline)
      : run_(std::move(run)),
        version_(std::move(version)),
        request_id_(std::move(request_id)),
        problem_(std::move(problem)),
        deadline_(deadline) {}

  void start(Done done) override { run_->start(std::move(done)); }
  void time_out() { run_->time_out(); }

  const kernel::FunctionOutcome& outcome() const { return run_->outcome(); }
  bool is_answered() const { return outcome().kind == kernel::FunctionOutcome::Kind::kAnswered; }
  // The function's own error, or its time-out: AWS's "Unhandled".
  bool is_failed() const {
    return outcome().kind == kernel::FunctionOutcome::Kind::kFailed ||
           outcome().kind == kernel::FunctionOutcome::Kind::kTimedOut;
  }
  // "$LATEST" or a number.
  const std::string& version() const { return version_; }
  const std::string& request_id() const { return request_id_; }
  // The streamed answer, for Call::answer_with at each attempt that comes so far.
  std::unique_ptr<kernel::AnswerBody> stream(kernel::Pipe::Encoder encoder);
  // Why it could not be run at all: TooManyRequestsException, or an error of Lambda's side.
  base::Error refusal() const;
  kernel::Time deadline() const { return deadline_; }

 private:
  std::shared_ptr<kernel::FunctionRun> run_;
  std::string version_;
  std::string request_id_;
  std::shared_ptr<const base::Error> problem_;  // why no environment could be made; set by the host's thread
  kernel::Time deadline_;
  std::shared_ptr<kernel::AnswerBody> body_;
};

// Runs the version that the name means now, weights of aliases included, and answers the run when it is over. `errand`
// names it among the errands of the call. Errors: those of find_target; ResourceConflictException while the function is
// not active; KMS's where its variables cannot be opened; "Parked" while it runs.
Result<std::shared_ptr<Run>> run_function(Call& call, const std::string& errand, const FunctionName& name,
                                          RunRequest request);

// recursion.cc: X-Ray's header for a run that another run with the header `trace` has brought about; empty: none has.
std::string continued_trace(Call& call, std::string_view trace, const Target& target);
// How often the function has been invoked before in the line of functions that the header tells of.
int invocations_in_line(std::string_view trace, const std::string& function_arn);

// Errors: ResourceConflictException, while it cannot be invoked.
Result<void> check_active(const Target& target);

// Whether the error only says that the call waits: it is to be handed on as it is.
inline bool is_parked(const base::Error& error) { return error.code == "Parked"; }

// The session in which a function, and Lambda for it, acts. Errors: AccessDeniedException.
Result<kernel::Principal> assume_execution_role(Call& call, const std::string& function_name,
                                                const std::string& function_arn, const std::string& role);

// What makes an environment of this version (its qualifier is a number or $LATEST) for the host, on a thread of its
// own. `problem`, which may be null, is set to why it could not.
std::function<Result<kernel::FunctionEnvironment>()> environment_maker(
    kernel::Cloud& cloud, FunctionName version, std::optional<kernel::FunctionEnvironment> opened = {},
    std::shared_ptr<base::Error> problem = nullptr);

// run_environment.cc: what a new environment of the version needs, with credentials of its role. `opened`: what only
// the operation could open, of a function under a customer's key.
Result<kernel::FunctionEnvironment> make_environment(Call& call, const FunctionName& name,
                                                     const std::optional<kernel::FunctionEnvironment>& opened);

// function_logs.cc: puts what an environment has logged into CloudWatch Logs, as the execution role.
Result<void> deliver_logs(Call& call, const kernel::Event& event);
inline constexpr std::string_view kLogsSource = "lambda.logs";
// What takes the logs of an environment.
std::function<void(std::vector<kernel::LogLine>)> log_taker(Call& call, const kernel::FunctionEnvironment& environment,
                                                            const std::string& role);

}  // namespace lambda
