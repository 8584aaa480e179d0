#include "base/bytes.h"
#include "base/strings.h"
#include "kernel/testing.h"

namespace kernel::testing {

namespace {

std::string variable(const FunctionEnvironment& environment, const std::string& name) {
  auto found = environment.variables.find(name);
  return found == environment.variables.end() ? "" : found->second;
}

}  // namespace

class TestFunctions::Run : public FunctionRun {
 public:
  Run(TestFunctions& host, FunctionRequest request) : host_(host), request_(std::move(request)) {}

  void start(Done done) override {
    done_ = std::move(done);
    if (!take_place()) return;
    auto environment = host_.ensure_environment(request_);
    if (!environment) {
      outcome_ = {.kind = FunctionOutcome::Kind::kUnable, .problem = environment.error().message};
      return end();
    }
    if ((*environment)->handler == "hang") return;
    outcome_ = host_.run(request_, **environment);
    end();
  }

  void time_out() override {
    if (!done_) return;
    outcome_ = {.kind = FunctionOutcome::Kind::kTimedOut,
                .payload = fmt::format(R"({{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {} Error: Task )"
                                       R"(timed out after {:.2f} seconds"}})",
                                       request_.request_id, double(request_.time_limit.count()) / 1000)};
    end();
  }

 private:
  bool take_place() {
    int& of_function = host_.busy_[request_.function_key];
    const bool is_reserved = request_.reserved_concurrency.has_value();
    const int busy = is_reserved ? of_function : host_.unreserved_busy_;
    std::string problem;
    if (busy >= request_.reserved_concurrency.value_or(request_.unreserved_concurrency))
      problem = is_reserved ? "ReservedFunctionConcurrentInvocationLimitExceeded" : "ConcurrentInvocationLimitExceeded";
    else
      problem = host_.rates_.admit(request_);
    if (!problem.empty()) {
      outcome_ = {.kind = FunctionOutcome::Kind::kThrottled, .problem = std::move(problem)};
      std::exchange(done_, nullptr)();
      return false;
    }
    ++of_function;
    if (!is_reserved) ++host_.unreserved_busy_;
    return true;
  }

  void end() {
    --host_.busy_[request_.function_key];
    if (!request_.reserved_concurrency) --host_.unreserved_busy_;
    std::exchange(done_, nullptr)();
  }

  TestFunctions& host_;
  FunctionRequest request_;
  Done done_;
};

std::shared_ptr<FunctionRun> TestFunctions::prepare(FunctionRequest request) {
  return std::make_shared<Run>(*this, std::move(request));
}

base::Result<FunctionEnvironment*> TestFunctions::ensure_environment(const FunctionRequest& request) {
  auto found = environments.find(request.environment_key);
  if (found == environments.end())
    found = environments.emplace(request.environment_key, TRY(request.make_environment())).first;
  return &found->second;
}

FunctionOutcome TestFunctions::run(const FunctionRequest& request, const FunctionEnvironment& environment) {
  ++runs;
  const int number = ++runs_of_[request.function_key];
  const std::string& handler = environment.handler;
  FunctionOutcome outcome{.kind = FunctionOutcome::Kind::kAnswered, .duration_ms = 1, .memory_used_mb = 16};
  int failures = handler == "fail" ? number : 0;
  std::optional<std::string> scripted;
  if (handler == "script" && script && !(scripted = script(request))) failures = number;
  if (handler.starts_with("fail_times_"))
    failures = base::parse_number<int>(std::string_view(handler).substr(11)).value_or(0);
  if (number <= failures) {
    outcome.kind = FunctionOutcome::Kind::kFailed;
    outcome.payload = R"({"errorMessage":"failed","errorType":"Error"})";
  } else if (scripted) {
    outcome.payload = *std::move(scripted);
  } else if (handler == "answer") {
    outcome.payload = variable(environment, "ANSWER");
  } else if (handler == "stream") {
    outcome.stream = Pipe::make();
    outcome.content_type = "application/octet-stream";
    if (std::string prelude = variable(environment, "PRELUDE"); !prelude.empty()) {
      outcome.content_type = "application/vnd.awslambda.http-integration-response";
      outcome.stream->write(prelude + std::string(8, '\0'));
    }
    outcome.stream->write(variable(environment, "ANSWER"));
    outcome.stream->end();
  } else if (handler == "echo" || handler.starts_with("fail_times_")) {
    outcome.payload = request.payload;
  } else {
    return {.kind = FunctionOutcome::Kind::kUnable, .problem = "No test knows the handler " + handler + "."};
  }
  std::vector<LogLine> lines;
  const std::string& id = request.request_id;
  lines.push_back({0, fmt::format("START RequestId: {} Version: {}", id, environment.version)});
  if (std::string text = variable(environment, "PRINT"); !text.empty()) lines.push_back({0, std::move(text)});
  lines.push_back({0, "END RequestId: " + id});
  lines.push_back({0, fmt::format("REPORT RequestId: {}\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: {} MB\t"
                                  "Max Memory Used: 16 MB\t",
                                  id, environment.memory_mb)});
  for (const LogLine& line : lines) outcome.log_tail += line.text + "\n";
  if (environment.take_logs) environment.take_logs(std::move(lines));
  return outcome;
}

void TestFunctions::provision(const std::string& environment_key, const std::string&, int count,
                              std::function<base::Result<FunctionEnvironment>()>, std::function<void()> on_change) {
  provisioned_[environment_key] = count;
  if (on_change) on_change();
}

FunctionCounts TestFunctions::counts(const std::string& environment_key) const {
  auto found = provisioned_.find(environment_key);
  return {.idle = found == provisioned_.end() ? 0 : found->second};
}

std::string TestFunctions::runtime_version_arn(const std::string& runtime, const std::string& region) const {
  if (runtime.starts_with("dotnet")) return "";
  return fmt::format("arn:aws:lambda:{}::runtime:{}", region, base::to_hex(base::sha256(runtime)));
}

void TestFunctions::retire(const std::string& function_key) {
  std::erase_if(environments, [&](const auto& entry) { return entry.first.starts_with(function_key); });
}

}  // namespace kernel::testing
