#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel/function_rates.h"
#include "kernel/functions.h"
#include "runtime/environment.h"
#include "runtime/machine.h"
#include "runtime/run.h"

namespace runtime {

// All environments, and who gets which. Lives on the loop's thread, but for `counts`.
class Pool final : public Environment::Owner {
 public:
  using Make = Environment::Make;

  explicit Pool(Machine& machine) : machine_(machine) {}

  void submit(std::shared_ptr<Run> run);
  void time_out(const std::shared_ptr<Run>& run);
  void provision(const std::string& key, const std::string& function_key, int count, Make make,
                 std::function<void()> on_change);
  void retire(const std::string& function_key);
  void supersede(const std::string& key);
  // Ends everything; runs are cut off, and nobody is told.
  void stop();
  // Null when none listens there.
  std::shared_ptr<Environment> at_port(std::uint16_t port) const;

  kernel::FunctionCounts counts(const std::string& key) const;  // any thread

 private:
  // Environments that may stand in for each other.
  struct Group {
    std::string key, function_key;
    Make make;
    std::vector<std::shared_ptr<Environment>> all;
    std::vector<Environment*> idle;  // the one used last comes last
    std::set<Environment*> starting;
    std::deque<std::shared_ptr<Run>> waiting;

    int provisioned = 0;  // so many are kept ready
    bool is_provisioning_broken = false;
    Make make_provisioned;
    std::function<void()> on_change;
    int failed = 0;
    std::string problem;
  };

  void on_listening(Environment& environment) override;
  void on_free(Environment& environment) override;
  void on_init_failed(Environment& environment, const Environment::Failure& failure) override;
  void on_unable(Environment& environment, const base::Error& error) override;
  void on_run_over(Run& run) override;
  void on_gone(Environment& environment) override;

  void end_group(Group& group, std::vector<std::shared_ptr<Environment>>& idle);
  // Counts the run, or answers why it may not be.
  std::string admit(Run& run);
  Group& group_for(const std::string& key, const std::string& function_key);
  Environment* take_idle(Group& group);
  void start_more(Group& group);
  void start_hungry();
  void start_one(Group& group, const Make& make);
  void started(Group& group, Environment& environment);
  void note_failure(Group& group, const std::string& problem);
  void drop_if_empty(const std::string& key);
  void publish(const Group& group);
  void tell_of_change(const Group& group);
  void freeze_later(Environment& environment);
  void freeze_due();
  void sweep_later();
  void sweep();
  void relieve_memory();

  Machine& machine_;
  std::unordered_map<std::string, Group> groups_;
  std::unordered_map<std::uint16_t, std::shared_ptr<Environment>> by_port_;
  std::unordered_map<std::string, int> running_of_function_;
  std::unordered_map<std::string, int> unreserved_of_account_;
  kernel::FunctionRates rates_;
  std::set<std::string> hungry_;  // groups that would start more than may start at once
  int starting_ = 0;
  std::deque<std::weak_ptr<Environment>> thawed_;  // idle ones, to be frozen
  bool is_freezing_due_ = false;
  bool is_sweep_due_ = false;
  bool is_stopped_ = false;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, kernel::FunctionCounts> counts_;  // guarded by mutex_
};

}  // namespace runtime
