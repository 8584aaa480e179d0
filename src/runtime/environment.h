#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"
#include "runtime/extensions.h"
#include "runtime/invocation.h"
#include "runtime/launch.h"
#include "runtime/log_format.h"
#include "runtime/log_pipe.h"
#include "runtime/log_sink.h"
#include "runtime/machine.h"
#include "runtime/run.h"
#include "runtime/telemetry.h"

namespace runtime {

// One execution environment: the processes of a function's version, and the APIs they speak to. Lives on the loop's
// thread, held by shared pointers; it takes one invocation at a time.
class Environment final : public std::enable_shared_from_this<Environment> {
 public:
  // Why an environment could not be initialized.
  struct Failure {
    std::string status;      // "error", "timeout"
    std::string error_type;  // "Runtime.ExitError"
    std::string payload;     // for the caller; empty: made of error_type and message
    std::string message;     // "Runtime exited with error: exit status 1"
  };
  // Who keeps the environment. May be called from inside of calls to the environment.
  class Owner {
   public:
    // It has a port now; requests to it are the environment's.
    virtual void on_listening(Environment& environment) = 0;
    // It is initialized, or done with its last run: it may take one.
    virtual void on_free(Environment& environment) = 0;
    // Its first initialization failed: it is gone unless `retry` is called in here.
    virtual void on_init_failed(Environment& environment, const Failure& failure) = 0;
    // There is no such environment here, and why; no process was started.
    virtual void on_unable(Environment& environment, const base::Error& error) = 0;
    // A run is over, or cut off, and counts no more.
    virtual void on_run_over(Run& run) = 0;
    // It is no more. Comes last, once.
    virtual void on_gone(Environment& environment) = 0;

   protected:
    ~Owner() = default;
  };
  enum class Phase : std::uint8_t { kPreparing, kExtensions, kInitializing, kIdle, kBusy, kFinishing, kEnding, kGone };
  using Make = std::function<base::Result<kernel::FunctionEnvironment>()>;

  Environment(Machine& machine, Owner& owner, std::string key);
  ~Environment();

  // Begins to make it; on_free, on_init_failed, or on_unable follows.
  void start(Make make);
  // From on_init_failed: initializes again, as part of this run and within its time.
  void retry(std::shared_ptr<Run> run);
  // In phase kIdle.
  void invoke(std::shared_ptr<Run> run);
  // The time of its run is up, by whichever clock.
  void time_out();
  // Ends it: at once, or once its extensions have heard of it. A run is cut off and never told.
  void end(std::string_view reason);
  void kill();
  void freeze();

  // It ends after what it does now.
  void retire() { is_retired_ = true; }
  bool is_retired() const { return is_retired_; }

  const std::string& key() const { return key_; }
  Phase phase() const { return phase_; }
  const std::shared_ptr<Run>& run() const { return run_; }
  bool is_frozen() const { return is_frozen_; }
  http::Loop::TimePoint idle_since() const { return idle_since_; }
  // Whether it should make way for a new one: its code has changed, or its credentials grow old.
  bool is_stale() const;
  const std::string& initialization_type() const { return launch_.environment.initialization_type; }

  // The API, for the handler of its port.
  std::uint16_t port() const { return launch_.port; }
  void on_headers(http::Exchange& exchange);
  void on_request(std::shared_ptr<http::Exchange> exchange);

 private:
  friend class AnswerSink;
  struct Part;  // a process with its log

  // Starting and ending (environment.cc).
  void launched(base::Result<Launch> launch);
  // Those of its processes are in environment_processes.cc.
  void spawn(const Member& member);
  void spawned(std::uint64_t generation, const std::string& name, base::Result<std::unique_ptr<Process>> process);
  void begin_initialization();
  void start_runtime_when_ready();
  void initialized();
  void init_timed_out();
  void fail_initialization(Failure failure);
  void fail_run_of_initialization(const Failure& failure);
  void on_exit(std::uint64_t generation, const std::string& name, const ExitReport& report);
  void stop_processes();
  void gone();

  // Invocations (environment_runs.cc).
  void deliver();
  void runtime_done();
  void crashed(const ExitReport& report);
  // Ends the run; it hears of that by tell_outcome, which comes last, when the environment is free or gone.
  void finish_run(kernel::FunctionOutcome::Kind kind, Course course, std::string payload);
  void tell_outcome();
  void settle();
  Course course_of(const Run& run) const;
  int memory_used_mb();

  // The APIs (environment_api.cc).
  void take_next(std::shared_ptr<http::Exchange> exchange);
  void take_init_error(http::Exchange& exchange);
  void take_answer(http::Exchange& exchange);
  http::Response check_answer(const http::Request& request) const;
  void extension_request(std::shared_ptr<http::Exchange> exchange);

  // The log (environment_log.cc).
  void tell(const PlatformEvent& event);
  void add_line(std::string text);
  void take_message(const Part& part, std::string message);
  void drain_logs();
  void flush_logs_soon();

  Machine& machine_;
  Owner& owner_;
  const std::string key_;
  const std::string id_;
  Launch launch_;
  Phase phase_ = Phase::kPreparing;
  std::uint64_t generation_ = 0;  // of processes: reports of earlier ones do not count
  std::vector<std::shared_ptr<Part>> parts_;
  Extensions extensions_;
  std::unique_ptr<Telemetry> telemetry_;
  std::shared_ptr<LogSink> log_;
  kernel::Time made_at_;

  // Initialization.
  Initialization initialization_;
  http::Loop::TimePoint init_began_;
  http::Loop::TimerId init_timer_;
  std::optional<Failure> reported_failure_;  // told by init/error; the exit follows
  double init_ms_ = 0;                       // until the first invocation has told of it

  // Invocation.
  std::shared_ptr<Run> run_;
  std::shared_ptr<Run> finished_;  // is told of outcome_ next
  kernel::FunctionOutcome outcome_;
  std::shared_ptr<http::Exchange> next_;  // the runtime waits here
  std::unique_ptr<Answer> answer_;
  http::Loop::TimePoint began_;
  http::Loop::TimerId run_timer_;
  std::string tail_;
  int memory_used_mb_ = 0;
  http::Loop::TimePoint memory_seen_;

  bool is_retired_ = false;
  bool is_frozen_ = false;
  http::Loop::TimePoint idle_since_;
  http::Loop::TimerId end_timer_;
  http::Loop::TimerId flush_timer_;
  bool is_flush_due_ = false;
};

}  // namespace runtime
