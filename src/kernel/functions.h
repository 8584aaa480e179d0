#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/clock.h"
#include "kernel/errand.h"
#include "kernel/pipe.h"

// Functions' code, run in execution environments of its own: what Lambda asks of the host, which is in src/runtime, and
// in tests a stand-in. The host knows no tables and no permissions; all it needs is handed to it.
namespace kernel {

// "Reserved environment variables" that only a host can set, besides the region and the credentials that it is handed.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
inline constexpr std::string_view kHostVariables[] = {
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
};

// A zip archive with code; the host unpacks it once and keeps it by its hash.
struct CodePackage {
  std::string sha256;                                         // in hex, of the archive
  std::function<base::Result<std::string>()> read = nullptr;  // the archive; from any thread
  std::string folder = {};                                    // instead: a folder of this machine, used as it is now
};

struct LogLine {
  std::int64_t at_ms = 0;  // by the cloud's clock
  std::string text;        // without its end of line
};

// What one environment is made of: a version of a function as it is configured, with credentials of its role.
struct FunctionEnvironment {
  std::string function_name, version, function_arn;  // the ARN without a qualifier
  std::string account, region;
  std::string runtime;  // "python3.12"; empty for images
  std::string handler;
  std::string architecture;  // "x86_64", "arm64"
  int memory_mb = 128;
  int storage_mb = 512;                          // of /tmp
  std::map<std::string, std::string> variables;  // the function's own and AWS_ACCESS_KEY_ID and the like; the host adds
                                                 // those that only it knows (AWS_LAMBDA_RUNTIME_API, …)
  CodePackage code;
  std::vector<CodePackage> layers;  // in order: later ones cover earlier ones in /opt
  std::string log_group, log_stream;
  std::string log_format = "Text";                      // or "JSON"
  std::string application_log_level, system_log_level;  // of JSON: "INFO"
  std::string initialization_type = "on-demand";        // or "provisioned-concurrency", "snap-start"
  // Takes what the environment logs, in order, in batches. From a thread of the host's.
  std::function<void(std::vector<LogLine> lines)> take_logs = nullptr;
};

struct FunctionOutcome {
  enum class Kind {
    kAnswered,
    kFailed,     // the function's own error, or that of its runtime: `payload` has errorMessage and errorType
    kTimedOut,   // likewise
    kThrottled,  // no environment may be had now: `problem` is AWS's Reason ("ReservedFunctionConcurrentInvocation…")
    kUnable,     // the host cannot run such a function: `problem` says why and what would help
  };
  Kind kind = Kind::kUnable;
  std::string payload;
  std::string problem;
  std::string log_tail;  // the last 4 KB of this invocation's log
  double duration_ms = 0;
  double init_ms = 0;  // of a cold start; 0: the environment was warm
  int memory_used_mb = 0;
  // A streamed answer: set as soon as it begins; `payload` is empty then, and what follows of kind and durations is
  // told by the pipe's end. What the function says its content is.
  std::shared_ptr<Pipe> stream = nullptr;
  std::string content_type;
};

// One invocation: an errand. `outcome` may be read once it is over.
class FunctionRun : public Errand {
 public:
  const FunctionOutcome& outcome() const { return outcome_; }
  // The time of the function is up, by the clock of the cloud: its environment is ended, and the errand is soon over
  // with kTimedOut. (The host itself ends what takes too long by the time of the world.) From any thread.
  virtual void time_out() = 0;

 protected:
  FunctionOutcome outcome_;
};

struct FunctionRequest {
  // Environments with equal keys are interchangeable: begins with function_key, and names version and revision.
  // The revision comes last, after a '/'.
  std::string environment_key;
  std::string function_key;  // the function whatever its version: its ARN
  std::string account_key;   // "<account>/<region>": what shares one quota
  std::string request_id;    // aws_request_id
  std::string invoked_arn;   // as it was invoked, with its qualifier
  std::string payload;
  std::string client_context;    // JSON; empty: none
  std::string cognito_identity;  // likewise
  std::string trace_id;          // X-Ray's header
  Millis time_limit{3'000};
  enum class Answering { kWhole, kStreamed };
  Answering answering = Answering::kWhole;
  std::optional<int> reserved_concurrency;  // of the function
  int unreserved_concurrency = 1'000;       // of the account, for all functions that have none of their own
  std::int64_t now_ms = 0;                  // by the cloud's clock: rates are kept by it
  // Makes an environment when one must be started. On a thread of the host's, outside of any transaction; it may call
  // Cloud::transact.
  std::function<base::Result<FunctionEnvironment>()> make_environment;
};

// How many environments of a key there are, for GetProvisionedConcurrencyConfig and the like.
struct FunctionCounts {
  int starting = 0, idle = 0, busy = 0;
  int failed = 0;       // that ended in their initialisation
  std::string problem;  // of the last such
};

class FunctionHost {
 public:
  virtual ~FunctionHost() = default;

  // Nothing happens before the errand is started.
  virtual std::shared_ptr<FunctionRun> prepare(FunctionRequest request) = 0;
  // Keeps `count` environments of the key initialised besides those that are busy; 0: none. They are made as a cold
  // start makes them. From any thread.
  virtual void provision(const std::string& environment_key, const std::string& function_key, int count,
                         std::function<base::Result<FunctionEnvironment>()> make_environment,
                         std::function<void()> on_change) = 0;
  virtual FunctionCounts counts(const std::string& environment_key) const = 0;
  // The function was changed or deleted: its idle environments end, its busy ones after what they do.
  virtual void retire(const std::string& function_key) = 0;
  // The version of a runtime that functions run with here: "arn:aws:lambda:us-east-1::runtime:0b1c…"; empty: none. From
  // any thread; the first time it may look around on the machine.
  virtual std::string runtime_version_arn(const std::string& runtime, const std::string& region) const = 0;
  // The version of a function that the key names is of this revision from now on: environments of others end likewise.
  virtual void supersede(const std::string& environment_key) = 0;
  // How code is kept apart: "isolated", "process", or in tests "none".
  virtual std::string tier() const = 0;
};

}  // namespace kernel
