#include "services/lambda/run.h"

#include "base/random.h"
#include "kernel/cloud.h"
#include "services/lambda/concurrency.h"

namespace lambda {

namespace {

using kernel::FunctionOutcome;
using kernel::FunctionRequest;

// "Lambda … 10 seconds" for the initialisation, which the function's own time does not count.
constexpr kernel::Millis kInitializationMax{10'000};
// An environment that is ended says so soon; this is only for one that does not.
constexpr kernel::Millis kEndingMax{60'000};
// "If a function is invoked approximately 16 times in the same chain of requests, Lambda stops the next invocation."
constexpr int kInvocationsInLineMax = 16;

base::Error in_words_of_lambda(base::Error error) {
  constexpr std::string_view kAdvice = " Please check the function's KMS key settings.";
  auto unable = [&](model::ErrorName<Model> code, std::string_view why) {
    return refuse(code, fmt::format("Lambda was unable to decrypt the environment variables because {}.{} KMS "
                                    "Exception: {}KMS Message: {}",
                                    why, kAdvice, error.code, error.message))
        .error();
  };
  if (error.code == "DisabledException") return unable("KMSDisabledException", "the KMS key used is disabled");
  if (error.code == "KMSInvalidStateException" || error.code == "KeyUnavailableException")
    return unable("KMSInvalidStateException", "the KMS key used is in an invalid state for Decrypt");
  if (error.code == "NotFoundException") return unable("KMSNotFoundException", "the KMS key was not found");
  if (error.code == "AccessDeniedException" || error.code == "InvalidCiphertextException")
    return unable("KMSAccessDeniedException", "KMS access was denied");
  return error;
}

// Only calls may ask KMS, so what is under a customer's key is opened before the host needs it.
Result<std::optional<kernel::FunctionEnvironment>> open_ahead(Call& call, const Target& target) {
  const Version& version = target.version;
  if (version.kms_key.empty() && version.code_kms_key.empty()) return std::nullopt;
  kernel::Principal role =
      TRY(assume_execution_role(call, target.function.row.name, target.function.arn(), version.role));
  auto opened = environment_of(call, target, call.as_role(std::move(role)).in(target.function.place()));
  if (!opened && is_parked(opened.error())) return std::unexpected(opened.error());
  if (!opened) return std::unexpected(in_words_of_lambda(std::move(opened).error()));
  return *std::move(opened);
}

Result<std::shared_ptr<Run>> prepare_run(Call& call, const FunctionName& name, RunRequest request) {
  const Target target = TRY(find_target(call, name, Routing::kWeighted));
  TRY_VOID(check_active(target));
  if (!call.functions()) return refuse("ServiceException", "This server does not run functions.");
  if (target.function.row.recursive_loop == "Terminate" &&
      invocations_in_line(request.trace_id, target.function.arn()) >= kInvocationsInLineMax)
    return refuse("RecursiveInvocationException",
                  "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services "
                  "resources and stopped your function's invocation.");
  auto opened = TRY(open_ahead(call, target));
  const kernel::Millis time_limit(target.version.timeout_seconds * 1'000);
  auto problem = std::make_shared<base::Error>();
  const FunctionName version{
      .place = target.function.place(), .name = target.function.row.name, .qualifier = target.version.name()};
  FunctionRequest prepared{
      .environment_key = environment_key(target),
      .function_key = function_key(target),
      .account_key = account_key(target),
      .request_id = request.request_id,
      .invoked_arn = target.invoked_arn(),
      .payload = request.payload.empty() ? "{}" : std::move(request.payload),
      .client_context = std::move(request.client_context),
      .cognito_identity = {},
      .trace_id = continued_trace(call, request.trace_id, target),
      .time_limit = time_limit,
      .answering = request.answering,
      .unreserved_concurrency = static_cast<int>(unreserved_concurrency(call, target.function.place())),
      .now_ms = call.now_ms(),
      .make_environment = environment_maker(call.cloud(), version, std::move(opened), problem)};
  if (target.function.row.reserved_concurrency)
    prepared.reserved_concurrency = static_cast<int>(*target.function.row.reserved_concurrency);
  return std::make_shared<Run>(call.functions()->prepare(std::move(prepared)), target.version.name(),
                               std::move(request.request_id), problem, call.now + time_limit + kInitializationMax);
}

// A body that an attempt which is run again must not take with it.
class SharedBody : public kernel::AnswerBody {
 public:
  explicit SharedBody(std::shared_ptr<kernel::AnswerBody> body) : body_(std::move(body)) {}
  Next next(std::string& out) override { return body_->next(out); }
  void on_start(std::function<void()> resume) override { body_->on_start(std::move(resume)); }

 private:
  std::shared_ptr<kernel::AnswerBody> body_;
};

}  // namespace

Result<void> check_active(const Target& target) {
  const Version& version = target.version;
  if (version.state == "Active") return {};
  return refuse("ResourceConflictException",
                "The operation cannot be performed at this time. The function is currently in the following state: " +
                    version.state);
}

std::function<Result<kernel::FunctionEnvironment>()> environment_maker(
    kernel::Cloud& cloud, FunctionName version, std::optional<kernel::FunctionEnvironment> opened,
    std::shared_ptr<base::Error> problem) {
  return [&cloud, version = std::move(version), opened = std::move(opened),
          problem = std::move(problem)]() -> Result<kernel::FunctionEnvironment> {
    Result<kernel::FunctionEnvironment> made = base::fail("InternalFailure", "");
    Result<void> done = cloud.transact(version.place, [&](Call& call) -> Result<void> {
      made = make_environment(call, version, opened);
      if (!made) return std::unexpected(made.error());
      return {};
    });
    if (!done) made = std::unexpected(std::move(done).error());
    if (!made && problem) *problem = made.error();
    return made;
  };
}

Result<kernel::Principal> assume_execution_role(Call& call, const std::string& function_name,
                                                const std::string& function_arn, const std::string& role) {
  auto session = kernel::assume_role(call, role, "lambda.amazonaws.com", function_name, function_arn);
  if (!session)
    return refuse("AccessDeniedException", "The role defined for the function cannot be assumed by Lambda.");
  return session;
}

std::unique_ptr<kernel::AnswerBody> Run::stream(kernel::Pipe::Encoder encoder) {
  if (!body_) body_ = outcome().stream->reader(std::move(encoder));
  return std::make_unique<SharedBody>(body_);
}

base::Error Run::refusal() const {
  const FunctionOutcome& outcome = run_->outcome();
  if (outcome.kind == FunctionOutcome::Kind::kThrottled)
    return error("TooManyRequestsException", "Rate Exceeded.",
                 Value(Value::Map{{"Type", "User"}, {"Reason", outcome.problem}, {"retryAfterSeconds", "1"}}))
        .error();
  if (!problem_->code.empty()) return *problem_;
  return refuse("InvalidRuntimeException", outcome.problem).error();
}

Result<std::shared_ptr<Run>> run_function(Call& call, const std::string& errand, const FunctionName& name,
                                          RunRequest request) {
  auto run = call.errand<Run>(errand);
  if (!run) {
    run = TRY(prepare_run(call, name, std::move(request)));
    return call.begin_errand(errand, run, run->deadline());
  }
  if (run->is_over()) return run;
  if (call.now < run->deadline()) return call.await_errand(errand, run->deadline());
  run->time_out();
  return call.await_errand(errand, call.now + kEndingMax);
}

}  // namespace lambda
