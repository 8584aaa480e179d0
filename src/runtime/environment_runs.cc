#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "runtime/api_answer.h"
#include "runtime/environment.h"
#include "runtime/environment_part.h"
#include "runtime/exit_text.h"

namespace runtime {

namespace {

using Kind = kernel::FunctionOutcome::Kind;

// "LogType – Set to Tail to include the execution log in the response": its last 4 KB.
constexpr std::size_t kTailBytesMax = 4096;

std::string failure_json(const std::string& request_id, std::string_view type, const std::string& message) {
  return error_json(type, fmt::format("RequestId: {} Error: {}", request_id, message));
}

// What a runtime says of a failed initialization names no request; the answer does.
std::string with_request_id(const std::string& payload, const std::string& request_id) {
  auto value = base::parse_json(payload);
  if (!value || !value->is_map() || !value->at("requestId").is_text() || !value->at("requestId").str().empty())
    return payload;
  value->set("requestId", request_id);
  return base::to_json(*value);
}

std::string seconds_text(std::chrono::milliseconds time) {
  return fmt::format("{:.2f}", static_cast<double>(time.count()) / 1000);
}

}  // namespace

Course Environment::course_of(const Run& run) const {
  return {.request_id = run.request.request_id,
          .version = launch_.environment.version,
          .trace_id = run.request.trace_id,
          .duration_ms = std::chrono::duration<double, std::milli>(machine_.loop.now() - began_).count(),
          .init_ms = initialization_.type == "on-demand" ? init_ms_ : 0,
          .memory_mb = launch_.environment.memory_mb};
}

void Environment::invoke(std::shared_ptr<Run> run) {
  run_ = std::move(run);
  if (is_frozen_) {
    is_frozen_ = false;
    for (auto& part : parts_)
      if (part->process != nullptr) part->process->thaw();
  }
  deliver();
}

void Environment::deliver() {
  phase_ = Phase::kBusy;
  began_ = machine_.loop.now();
  tail_.clear();
  answer_ = nullptr;
  kernel::FunctionRequest& request = run_->request;
  tell(start_event(course_of(*run_)));
  std::int64_t deadline_ms = kernel::to_ms(machine_.world.now() + request.time_limit);
  http::Response response = json_response(200, request.payload.empty() ? "{}" : std::move(request.payload));
  response.headers.add("Lambda-Runtime-Aws-Request-Id", request.request_id);
  response.headers.add("Lambda-Runtime-Deadline-Ms", std::to_string(deadline_ms));
  response.headers.add("Lambda-Runtime-Invoked-Function-Arn", request.invoked_arn);
  if (!request.trace_id.empty()) response.headers.add("Lambda-Runtime-Trace-Id", request.trace_id);
  if (!request.client_context.empty()) response.headers.add("Lambda-Runtime-Client-Context", request.client_context);
  if (!request.cognito_identity.empty())
    response.headers.add("Lambda-Runtime-Cognito-Identity", request.cognito_identity);
  run_timer_ = machine_.loop.post_after(request.time_limit, [self = shared_from_this()] { self->time_out(); });
  std::exchange(next_, nullptr)->respond(std::move(response));
  if (!extensions_.wants("INVOKE")) return;
  base::Value event;
  event.set("eventType", "INVOKE");
  event.set("deadlineMs", deadline_ms);
  event.set("requestId", request.request_id);
  event.set("invokedFunctionArn", request.invoked_arn);
  base::Value tracing;
  tracing.set("type", "X-Amzn-Trace-Id");
  tracing.set("value", request.trace_id);
  event.set("tracing", tracing);
  extensions_.send_invoke(event);
}

// The runtime has answered and asks for more.
void Environment::runtime_done() {
  Answer& answer = *answer_;
  Course course = course_of(*run_);
  Kind kind = Kind::kAnswered;
  std::string payload = std::move(answer.body);
  if (answer.is_too_large) {
    kind = Kind::kFailed;
    course.status = "error";
    course.error_type = "Function.ResponseSizeTooLarge";
    payload = error_json(
        course.error_type,
        fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).", Answer::kWholeBytesMax));
  } else if (answer.is_error || !answer.error_type.empty()) {
    kind = Kind::kFailed;
    course.status = "error";
    course.error_type = answer.error_type;
  }
  finish_run(kind, course, std::move(payload));
  phase_ = Phase::kFinishing;
  std::shared_ptr<Run> run = std::exchange(finished_, nullptr);
  kernel::FunctionOutcome outcome = std::move(outcome_);
  settle();  // may begin the next run
  run->finish(std::move(outcome));
}

// Free, once the extensions are done too.
void Environment::settle() {
  if (phase_ != Phase::kFinishing || next_ == nullptr || !extensions_.is_ready()) return;
  phase_ = Phase::kIdle;
  idle_since_ = machine_.loop.now();
  owner_.on_free(*this);
}

void Environment::finish_run(Kind kind, Course course, std::string payload) {
  machine_.loop.cancel(run_timer_);
  run_timer_ = {};
  drain_logs();
  course.memory_used_mb = memory_used_mb();
  tell(runtime_done_event(course));
  if (launch_.environment.log_format != "JSON") add_line(end_text(course));
  tell(report_event(course));
  if (course.error_type == "Runtime.ExitError" || course.error_type == "Runtime.OutOfMemory") {
    auto error = base::parse_json(payload);
    if (error && launch_.environment.log_format != "JSON")
      add_line(error->at("errorMessage").str() + "\n" + error->at("errorType").str());
  }
  if (tail_.size() > kTailBytesMax) tail_.erase(0, tail_.size() - kTailBytesMax);
  init_ms_ = 0;
  std::shared_ptr<Run> run = std::exchange(run_, nullptr);
  if (answer_ != nullptr && answer_->stream != nullptr) {
    if (kind == Kind::kAnswered)
      answer_->stream->end();
    else
      answer_->stream->fail({course.error_type.empty() ? "Unhandled" : course.error_type, payload});
  }
  answer_ = nullptr;
  kernel::FunctionOutcome outcome;
  outcome.kind = kind;
  outcome.payload = std::move(payload);
  outcome.log_tail = std::exchange(tail_, {});
  outcome.duration_ms = course.duration_ms;
  outcome.init_ms = course.init_ms;
  outcome.memory_used_mb = course.memory_used_mb;
  flush_logs_soon();
  owner_.on_run_over(*run);
  finished_ = std::move(run);
  outcome_ = std::move(outcome);
}

void Environment::tell_outcome() {
  if (std::shared_ptr<Run> run = std::exchange(finished_, nullptr)) run->finish(std::move(outcome_));
}

void Environment::time_out() {
  if (run_ == nullptr) return;
  if (phase_ == Phase::kExtensions || phase_ == Phase::kInitializing) return init_timed_out();
  if (phase_ != Phase::kBusy) return;
  drain_logs();
  Course course = course_of(*run_);
  course.status = "timeout";
  course.error_type = "Sandbox.Timedout";
  std::string said = fmt::format("Task timed out after {} seconds", seconds_text(run_->request.time_limit));
  if (launch_.environment.log_format != "JSON")
    add_line(fmt::format("{} {} {}\n", log_time(machine_.now_ms()), course.request_id, said));
  finish_run(Kind::kTimedOut, course, failure_json(course.request_id, course.error_type, said));
  end("timeout");
  tell_outcome();
}

void Environment::crashed(const ExitReport& report) {
  drain_logs();
  if (answer_ != nullptr && answer_->is_complete) {
    // It went after its answer, which counts.
    Answer& answer = *answer_;
    Course course = course_of(*run_);
    finish_run(answer.is_error ? Kind::kFailed : Kind::kAnswered, course, std::move(answer.body));
    end("failure");
    return tell_outcome();
  }
  Course course = course_of(*run_);
  course.status = "error";
  course.error_type = report.reason == ExitReport::Reason::kOutOfMemory ? "Runtime.OutOfMemory" : "Runtime.ExitError";
  memory_used_mb_ = std::max(memory_used_mb_, report.memory_peak_mb);
  finish_run(Kind::kFailed, course, failure_json(course.request_id, "Runtime.ExitError", exit_text(report)));
  end("failure");
  tell_outcome();
}

// The second try, within a run, has failed as well.
void Environment::fail_run_of_initialization(const Failure& failure) {
  began_ = init_began_;
  Course course = course_of(*run_);
  tell(start_event(course));
  course.init_ms = 0;
  course.status = failure.status;
  course.error_type = failure.error_type;
  if (failure.status == "timeout") {
    std::string said = fmt::format("Task timed out after {} seconds", seconds_text(run_->request.time_limit));
    if (launch_.environment.log_format != "JSON")
      add_line(fmt::format("{} {} {}\n", log_time(machine_.now_ms()), course.request_id, said));
    return finish_run(Kind::kTimedOut, course, failure_json(course.request_id, course.error_type, said));
  }
  std::string payload = failure.payload.empty() ? failure_json(course.request_id, failure.error_type, failure.message)
                                                : with_request_id(failure.payload, course.request_id);
  finish_run(Kind::kFailed, course, std::move(payload));
}

// The peak, asked for now and then: it costs a message to the spawner.
int Environment::memory_used_mb() {
  constexpr std::chrono::milliseconds kGoodFor{500};
  http::Loop::TimePoint now = machine_.loop.now();
  if (memory_used_mb_ > 0 && now - memory_seen_ < kGoodFor) return memory_used_mb_;
  memory_seen_ = now;
  int sum_mb = 0;
  for (const auto& part : parts_)
    if (part->process != nullptr) sum_mb += part->process->memory_peak_mb().value_or(0);
  memory_used_mb_ = std::max(memory_used_mb_, std::min(sum_mb, launch_.environment.memory_mb));
  return memory_used_mb_;
}

}  // namespace runtime
