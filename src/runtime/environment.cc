#include "runtime/environment.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/api_answer.h"
#include "runtime/environment_part.h"
#include "runtime/exit_text.h"
#include "runtime/spares.h"

namespace runtime {

namespace {

double ms_between(http::Loop::TimePoint from, http::Loop::TimePoint to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

}  // namespace

Environment::Environment(Machine& machine, Owner& owner, std::string key)
    : machine_(machine), owner_(owner), key_(std::move(key)), id_(new_uuid()), made_at_(machine.clock.now()) {}

Environment::~Environment() = default;

void Environment::start(Make make) {
  machine_.starting.run([self = shared_from_this(), make = std::move(make)]() mutable {
    auto prepare = [&]() -> base::Result<Launch> {
      kernel::FunctionEnvironment environment = TRY(make());
      std::uint16_t port = TRY(self->machine_.server.add_listener("127.0.0.1"));
      auto launch = prepare_launch(self->machine_, std::move(environment), port, self->id_);
      if (!launch) self->machine_.server.remove_listener(port);
      return launch;
    };
    base::Result<Launch> launch = prepare();
    http::Loop& loop = self->machine_.loop;
    loop.post([self = std::move(self), launch = std::move(launch)]() mutable { self->launched(std::move(launch)); });
  });
}

void Environment::launched(base::Result<Launch> launch) {
  if (!launch) {
    if (phase_ == Phase::kEnding) return gone();
    owner_.on_unable(*this, launch.error());
    return gone();
  }
  launch_ = std::move(*launch);
  const kernel::FunctionEnvironment& environment = launch_.environment;
  log_ = std::make_shared<LogSink>(machine_.log_thread, environment.take_logs);
  telemetry_ = std::make_unique<Telemetry>(machine_);
  initialization_ = {.type = environment.initialization_type,
                     .phase = "init",
                     .function_name = environment.function_name,
                     .version = environment.version,
                     .runtime_version = launch_.runtime_version,
                     .runtime_version_arn = launch_.runtime_version_arn};
  extensions_.set_about({.function_name = environment.function_name,
                         .version = environment.version,
                         .handler = environment.handler,
                         .account = environment.account});
  if (phase_ == Phase::kEnding) return gone();  // nobody wants it any more
  owner_.on_listening(*this);
  if (!launch_.warning.empty()) machine_.log.warn("{}: {}", environment.function_name, launch_.warning);
  begin_initialization();
}

void Environment::begin_initialization() {
  ++generation_;
  init_began_ = machine_.loop.now();
  reported_failure_.reset();
  extensions_.clear();
  tell(init_start_event(initialization_));
  std::chrono::milliseconds limit = run_ == nullptr ? machine_.settings.init_time : run_->request.time_limit;
  init_timer_ = machine_.loop.post_after(limit, [self = shared_from_this()] { self->init_timed_out(); });
  phase_ = Phase::kExtensions;
  for (const Member& member : launch_.extensions) {
    extensions_.expect(member.name);
    spawn(member);
  }
  start_runtime_when_ready();
}

// "Lambda starts the runtime once each extension has registered."
void Environment::start_runtime_when_ready() {
  if (phase_ != Phase::kExtensions || !extensions_.has_registered()) return;
  phase_ = Phase::kInitializing;
  spawn(launch_.runtime);
}

void Environment::initialized() {
  machine_.loop.cancel(init_timer_);
  extensions_.close_registration();
  for (auto& part : parts_) part->spare.reset();
  Course course{.version = launch_.environment.version, .duration_ms = ms_between(init_began_, machine_.loop.now())};
  drain_logs();
  tell(init_runtime_done_event(initialization_, course));
  tell(init_report_event(initialization_, course));
  for (const Extensions::Extension& each : extensions_.all()) {
    base::Value events = base::Value::List{};
    for (const std::string& event : each.events) events.push(event);
    tell(extension_event(each.name, "Ready", events, {}));
  }
  telemetry_->end_of_initialization();
  init_ms_ = course.duration_ms;
  if (launch_.spare) machine_.spares->want(launch_.spare->form);
  phase_ = Phase::kIdle;
  idle_since_ = machine_.loop.now();
  flush_logs_soon();
  if (run_ != nullptr) return deliver();  // it was initialized again, within this run
  owner_.on_free(*this);
}

void Environment::init_timed_out() {
  init_timer_ = {};
  fail_initialization({.status = "timeout", .error_type = "Sandbox.Timedout", .payload = {}, .message = {}});
}

void Environment::fail_initialization(Failure failure) {
  if (phase_ != Phase::kExtensions && phase_ != Phase::kInitializing) return;
  machine_.loop.cancel(init_timer_);
  drain_logs();
  if (reported_failure_) failure = *reported_failure_;
  Course course{.status = failure.status,
                .error_type = failure.status == "timeout" ? "" : failure.error_type,
                .duration_ms = ms_between(init_began_, machine_.loop.now())};
  tell(init_runtime_done_event(initialization_, course));
  tell(init_report_event(initialization_, course));
  init_ms_ = 0;
  stop_processes();
  phase_ = Phase::kEnding;
  if (run_ != nullptr)
    fail_run_of_initialization(failure);
  else
    owner_.on_init_failed(*this, failure);
  if (phase_ == Phase::kEnding) gone();  // nobody has asked for another try
  tell_outcome();
}

void Environment::retry(std::shared_ptr<Run> run) {
  run_ = std::move(run);
  initialization_.phase = "invoke";
  begin_initialization();
}

void Environment::end(std::string_view reason) {
  if (phase_ == Phase::kGone) return;
  if (phase_ == Phase::kPreparing) {
    phase_ = Phase::kEnding;  // `launched` sees to the rest
    return;
  }
  bool has_listeners =
      (phase_ == Phase::kIdle || phase_ == Phase::kBusy || phase_ == Phase::kFinishing) && extensions_.has_external();
  if (phase_ == Phase::kEnding) return;
  phase_ = Phase::kEnding;
  machine_.loop.cancel(init_timer_);
  machine_.loop.cancel(run_timer_);
  if (!has_listeners) return kill();
  // "2,000 ms – A function with one or more external extensions registered."
  constexpr std::chrono::milliseconds kShutdownTime{2'000};
  base::Value event;
  event.set("eventType", "SHUTDOWN");
  event.set("shutdownReason", reason);
  event.set("deadlineMs", kernel::to_ms(machine_.world.now() + kShutdownTime));
  for (auto& part : parts_) {
    if (part->process == nullptr) continue;
    if (is_frozen_) part->process->thaw();
    if (part->is_runtime) ::kill(part->process->pid(), SIGTERM);
  }
  is_frozen_ = false;
  extensions_.send_shutdown(event);
  end_timer_ = machine_.loop.post_after(kShutdownTime, [self = shared_from_this()] { self->kill(); });
}

void Environment::kill() {
  if (phase_ == Phase::kGone) return;
  if (phase_ == Phase::kPreparing) {
    phase_ = Phase::kEnding;
    return;
  }
  drain_logs();
  stop_processes();
  gone();
}

void Environment::gone() {
  if (phase_ == Phase::kGone) return;
  phase_ = Phase::kGone;
  http::Loop& loop = machine_.loop;
  for (http::Loop::TimerId timer : {init_timer_, run_timer_, end_timer_, flush_timer_}) loop.cancel(timer);
  if (launch_.port != 0) machine_.server.remove_listener(launch_.port);
  if (log_ != nullptr) log_->flush();
  if (run_ != nullptr) owner_.on_run_over(*std::exchange(run_, nullptr));
  telemetry_.reset();
  next_ = nullptr;
  extensions_.clear();
  if (!launch_.temporary_folder.empty())
    machine_.starting.run([folder = launch_.temporary_folder] {
      std::error_code ignored;
      std::filesystem::remove_all(folder, ignored);
    });
  owner_.on_gone(*this);
}

void Environment::freeze() {
  if (phase_ != Phase::kIdle || is_frozen_) return;
  is_frozen_ = true;
  for (auto& part : parts_)
    if (part->process != nullptr) part->process->freeze();
}

bool Environment::is_stale() const {
  if (machine_.clock.now() - made_at_ > machine_.settings.lifetime) return true;
  const std::string& folder = launch_.environment.code.folder;
  return !folder.empty() && state_of_folder(folder) != launch_.folder_state;
}

}  // namespace runtime
