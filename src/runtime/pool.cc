#include "runtime/pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/api_answer.h"
#include "runtime/memory.h"
#include "runtime/spares.h"

namespace runtime {

namespace {

using Kind = kernel::FunctionOutcome::Kind;

void finish_without_environment(Run& run, Kind kind, std::string problem, std::string payload = {}) {
  kernel::FunctionOutcome outcome;
  outcome.kind = kind;
  outcome.problem = std::move(problem);
  outcome.payload = std::move(payload);
  run.finish(std::move(outcome));
}

}  // namespace

std::string Pool::admit(Run& run) {
  const kernel::FunctionRequest& request = run.request;
  int& running = running_of_function_[request.function_key];
  run.is_reserved = request.reserved_concurrency.has_value();
  int& unreserved = unreserved_of_account_[request.account_key];
  if (run.is_reserved && running >= *request.reserved_concurrency)
    return "ReservedFunctionConcurrentInvocationLimitExceeded";
  if (!run.is_reserved && unreserved >= request.unreserved_concurrency) return "ConcurrentInvocationLimitExceeded";
  if (std::string reason = rates_.admit(request); !reason.empty()) return reason;
  if (!run.is_reserved) ++unreserved;
  ++running;
  return {};
}

void Pool::on_run_over(Run& run) {
  const kernel::FunctionRequest& request = run.request;
  auto count_down = [](std::unordered_map<std::string, int>& counts, const std::string& key) {
    auto found = counts.find(key);
    if (found != counts.end() && --found->second <= 0) counts.erase(found);
  };
  count_down(running_of_function_, request.function_key);
  if (!run.is_reserved) count_down(unreserved_of_account_, request.account_key);
}

Pool::Group& Pool::group_for(const std::string& key, const std::string& function_key) {
  Group& group = groups_[key];
  if (group.key.empty()) {
    group.key = key;
    group.function_key = function_key;
  }
  return group;
}

void Pool::submit(std::shared_ptr<Run> run) {
  if (is_stopped_) return;
  if (std::string reason = admit(*run); !reason.empty())
    return finish_without_environment(*run, Kind::kThrottled, reason);
  const kernel::FunctionRequest& request = run->request;
  Group& group = group_for(request.environment_key, request.function_key);
  group.make = request.make_environment;
  if (Environment* environment = take_idle(group)) {
    environment->invoke(std::move(run));
    publish(group);
    return start_more(group);
  }
  if (!rates_.may_grow(request)) {
    on_run_over(*run);
    return finish_without_environment(*run, Kind::kThrottled, "ConcurrentInvocationLimitExceeded");
  }
  group.waiting.push_back(std::move(run));
  start_more(group);
}

Environment* Pool::take_idle(Group& group) {
  while (!group.idle.empty()) {
    Environment* environment = group.idle.back();
    group.idle.pop_back();
    if (!environment->is_stale()) return environment;
    environment->end("spindown");
  }
  return nullptr;
}

// As many as wait for one, and as are to be kept ready.
void Pool::start_more(Group& group) {
  auto is_short = [&] {
    if (group.waiting.size() > group.starting.size()) return true;
    std::size_t ready =
        group.idle.size() + group.starting.size() - std::min(group.starting.size(), group.waiting.size());
    return !group.is_provisioning_broken && static_cast<int>(ready) < group.provisioned;
  };
  while (!is_stopped_ && is_short()) {
    if (starting_ >= machine_.settings.starts_at_once) {
      hungry_.insert(group.key);
      break;
    }
    bool is_for_run = group.waiting.size() > group.starting.size();
    start_one(group, is_for_run && group.make ? group.make : group.make_provisioned);
  }
  publish(group);
}

void Pool::start_hungry() {
  std::set<std::string> hungry = std::exchange(hungry_, {});
  for (const std::string& key : hungry)
    if (auto found = groups_.find(key); found != groups_.end()) start_more(found->second);
}

void Pool::start_one(Group& group, const Make& make) {
  relieve_memory();
  auto environment = std::make_shared<Environment>(machine_, *this, group.key);
  group.all.push_back(environment);
  group.starting.insert(environment.get());
  ++starting_;
  sweep_later();
  environment->start(make);
}

// It is no longer being started, however that went.
void Pool::started(Group& group, Environment& environment) {
  if (group.starting.erase(&environment) > 0) --starting_;
}

void Pool::on_listening(Environment& environment) { by_port_[environment.port()] = environment.shared_from_this(); }

std::shared_ptr<Environment> Pool::at_port(std::uint16_t port) const {
  auto found = by_port_.find(port);
  return found == by_port_.end() ? nullptr : found->second;
}

void Pool::on_free(Environment& environment) {
  Group& group = groups_.at(environment.key());
  bool was_starting = group.starting.contains(&environment);
  started(group, environment);
  bool is_leaving = environment.is_retired() && !was_starting;
  if (!group.waiting.empty() && !is_leaving) {
    auto run = std::move(group.waiting.front());
    group.waiting.pop_front();
    environment.invoke(std::move(run));
  } else if (environment.is_retired()) {
    environment.end("spindown");
  } else {
    group.idle.push_back(&environment);
    freeze_later(environment);
  }
  publish(group);
  if (was_starting) tell_of_change(group);
  if (was_starting) start_hungry();
}

void Pool::note_failure(Group& group, const std::string& problem) {
  ++group.failed;
  group.problem = problem;
  if (group.provisioned > 0) group.is_provisioning_broken = true;
  publish(group);
  tell_of_change(group);
}

void Pool::on_init_failed(Environment& environment, const Environment::Failure& failure) {
  Group& group = groups_.at(environment.key());
  started(group, environment);
  note_failure(group, failure.error_type + (failure.message.empty() ? "" : ": " + failure.message));
  // "If the Init phase fails … Lambda retries at the time of the first function invocation, with the function's
  // time-out."
  if (group.waiting.empty()) return;
  auto run = std::move(group.waiting.front());
  group.waiting.pop_front();
  environment.retry(std::move(run));
}

void Pool::on_unable(Environment& environment, const base::Error& error) {
  Group& group = groups_.at(environment.key());
  started(group, environment);
  note_failure(group, error.message);
  machine_.log.warn("{} cannot be run: {}", group.function_key, error.message);
  if (group.waiting.empty()) return;
  auto run = std::move(group.waiting.front());
  group.waiting.pop_front();
  on_run_over(*run);
  finish_without_environment(*run, Kind::kUnable, error.message);
}

void Pool::on_gone(Environment& environment) {
  auto kept = environment.shared_from_this();
  // Whoever is being called in it now must still find it.
  machine_.loop.post([kept] {});
  if (auto found = by_port_.find(environment.port()); found != by_port_.end() && found->second == kept)
    by_port_.erase(found);
  auto found = groups_.find(environment.key());
  if (found == groups_.end()) return;
  Group& group = found->second;
  started(group, environment);
  std::erase(group.idle, &environment);
  std::erase(group.all, kept);
  start_more(group);
  start_hungry();
  drop_if_empty(environment.key());
}

void Pool::drop_if_empty(const std::string& key) {
  machine_.loop.post([this, key] {
    auto found = groups_.find(key);
    if (found == groups_.end()) return;
    const Group& group = found->second;
    if (!group.all.empty() || !group.waiting.empty() || group.provisioned > 0) return;
    // What failed is told of for as long as somebody might ask.
    if (group.failed > 0 && group.on_change) return;
    std::lock_guard lock(mutex_);
    counts_.erase(key);
    groups_.erase(found);
  });
}

void Pool::time_out(const std::shared_ptr<Run>& run) {
  auto found = groups_.find(run->request.environment_key);
  if (found == groups_.end()) return;
  Group& group = found->second;
  auto waiting = std::ranges::find(group.waiting, run);
  if (waiting == group.waiting.end()) {
    for (auto& environment : std::vector(group.all))
      if (environment->run() == run) environment->time_out();
    return;
  }
  group.waiting.erase(waiting);
  on_run_over(*run);
  double seconds = static_cast<double>(run->request.time_limit.count()) / 1000;
  finish_without_environment(
      *run, Kind::kTimedOut, {},
      error_json("Sandbox.Timedout", fmt::format("RequestId: {} Error: Task timed out after {:.2f} seconds",
                                                 run->request.request_id, seconds)));
}

void Pool::provision(const std::string& key, const std::string& function_key, int count, Make make,
                     std::function<void()> on_change) {
  if (is_stopped_) return;
  Group& group = group_for(key, function_key);
  group.provisioned = count;
  group.is_provisioning_broken = false;
  group.failed = 0;
  group.problem.clear();
  group.make_provisioned = std::move(make);
  group.on_change = std::move(on_change);
  start_more(group);
  drop_if_empty(key);
}

void Pool::retire(const std::string& function_key) {
  std::vector<std::shared_ptr<Environment>> idle;
  for (auto& [key, group] : groups_) {
    if (group.function_key == function_key) end_group(group, idle);
  }
  for (auto& environment : idle) environment->end("spindown");
}

void Pool::supersede(const std::string& new_key) {
  std::string_view version = std::string_view(new_key).substr(0, new_key.rfind('/') + 1);
  std::vector<std::shared_ptr<Environment>> idle;
  for (auto& [key, group] : groups_) {
    bool is_of_version = key.starts_with(version) && key.find('/', version.size()) == key.npos;
    if (is_of_version && key != new_key) end_group(group, idle);
  }
  for (auto& environment : idle) environment->end("spindown");
}

// Its environments take no more runs than those that wait for one; the idle ones are handed over, to be ended.
void Pool::end_group(Group& group, std::vector<std::shared_ptr<Environment>>& idle) {
  group.provisioned = 0;
  for (auto& each : group.all) each->retire();
  for (Environment* each : std::exchange(group.idle, {})) idle.push_back(each->shared_from_this());
  drop_if_empty(group.key);
}

void Pool::stop() {
  is_stopped_ = true;
  machine_.spares->stop();
  std::vector<std::shared_ptr<Environment>> all;
  for (auto& [key, group] : groups_) {
    all.insert(all.end(), group.all.begin(), group.all.end());
    group.waiting.clear();
  }
  for (auto& environment : all) environment->kill();
}

}  // namespace runtime
