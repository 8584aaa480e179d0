#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "kernel/authorizer.h"
#include "kernel/compute.h"
#include "kernel/functions.h"
#include "kernel/lane.h"
#include "kernel/meters.h"
#include "kernel/outbound.h"
#include "kernel/outbox.h"
#include "kernel/recorder.h"
#include "kernel/service.h"
#include "kernel/timers.h"
#include "kernel/vault.h"
#include "kernel/waiting.h"
#include "model/shape.h"
#include "policy/policy.h"
#include "store/store.h"

namespace kernel {

// The machine that runs operations: dispatch, transactions, timers and deliveries. Threads drive it through their
// lanes.
class Cloud {
 public:
  struct Parts {
    store::Store& store;
    Clock& clock;
    base::Dice& dice;  // thread-safe where there are several lanes
    base::Logger log;
    std::string_view root_key;  // of the vault, 32 bytes
    std::vector<Service> services;
    std::vector<Recorder*> recorders = {};  // besides those of the services; called from every lane's thread
    Outbound* outbound = nullptr;           // who sends requests to other servers
    FunctionHost* functions = nullptr;      // who runs functions; null: they cannot be run
    Workers* workers = nullptr;             // for long computations; null: they are done where they are asked for
  };

  // Reads what waits in the store (timers, undelivered events). Lanes are added before the first call.
  explicit Cloud(Parts parts);
  ~Cloud();

  store::Store& store() { return parts_.store; }
  Clock& clock() { return parts_.clock; }
  base::Dice& dice() { return parts_.dice; }
  const base::Logger& log() const { return parts_.log; }
  policy::Cache& policies() { return policies_; }
  const Vault& vault() const { return vault_; }
  Meters& meters() { return meters_; }
  Authorizer& authorizer() { return authorizer_; }
  FunctionHost* functions() { return parts_.functions; }
  Workers* workers() { return parts_.workers; }
  // Errands begun and not over.
  int errands_running() const { return errands_running_->load(); }
  const std::vector<Service>& services() const { return parts_.services; }
  // Null when there is none of the name.
  const Service* find_service(std::string_view id) const;
  const Timer* find_timer(std::string_view name) const;
  const Listener* find_listener(std::string_view name) const;

  // Runs `body` in a transaction of its own, again on conflict, and commits: for work of the kernel and the server that
  // is no operation (credentials, clock state). Not flushed; the next turn of any lane does that. A body that calls
  // operations runs on the first lane's thread, which records them.
  Result<void> transact(const Place& place, const std::function<Result<void>(Call&)>& body);

  // Runs `replace`, which puts other contents into the store (a snapshot, nothing), while no call runs; then reads what
  // waits in them. Waiting calls look again. On the first lane's thread.
  Result<void> replace_contents(const std::function<Result<void>()>& replace);
  // Reading the store outside of a call is safe from replacement while this is held.
  std::shared_lock<std::shared_mutex> hold_contents() { return std::shared_lock(contents_mutex_); }

  // Removes the blobs that no service needs, which crashes leave. From any thread, while the services work. Ends with
  // the error "Stopping" when `is_stopping` says so, or when the contents are about to be replaced.
  Result<store::Blobs::Collected> collect_blobs(const std::function<bool()>& is_stopping);

  // Tells every lane that the clock has been moved.
  void clock_moved();
  // Moves the clock to `target` in steps, stopping at every time at which something is due, so that each timer and each
  // waiting call sees its own moment. `move` sets the clock. Call on the first lane's thread or with one lane only.
  void advance(Time target, const std::function<void(Time)>& move);
  // One such step: to the next time at which something is due, or to `target`. Whether it has been reached.
  bool advance_once(Time target, const std::function<void(Time)>& move);

 private:
  friend class Call;
  friend class Client;
  friend class Lane;

  struct Attempt {
    Result<Value> result;
    std::optional<Call::Parked> parked = std::nullopt;
    store::Transaction seen = {};  // of a call that parks
    bool conflict = false;
    std::string action = {}, resource = {};  // what was authorised
    std::vector<InnerCall> inner_calls = {};
    std::unique_ptr<AnswerBody> body = nullptr;
  };

  // Validates, then attempts until there is an answer or the call parks.
  Attempt run(const Invocation& invocation, Call::Errands& errands, Lane& lane);
  Attempt attempt(const Invocation& invocation, const Service& service, const Operation& operation,
                  Call::Errands& errands);
  Attempt run(const Chore& chore, const Request& request, Call::Errands& errands, Lane& lane);
  Result<std::shared_ptr<BodyIntake>> open_intake(const Invocation& invocation, const BodyAhead& ahead, Lane& lane);
  Result<void> authorize_operation(Call& call, const Service& service, const Operation& operation);
  // Everything that comes before the operation, inside the call's transaction.
  Result<void> admit(Call& call, const model::Service& model, const Service& service, const Operation& operation,
                     const Value& input);
  // Authorises and runs, likewise.
  Result<Value> run_operation(Call& call, const model::Service& model, const Service& service,
                              const Operation& operation, const Value& input);
  Result<Value> run_inner(Call& outer, OperationId id, Value input, const Client& client);
  // Hands the outcome to the recorders, after the calls made inside.
  void record(const Invocation& invocation, const Attempt& outcome, int attempts, Lane* lane);
  void record(const std::vector<InnerCall>& calls, Lane* lane);
  void record(const Record& record, Lane* lane);
  void after_commit(Call& call);
  void wake(const std::string& topic, int count);
  std::uint64_t next_sequence();
  void reserve_sequence(std::uint64_t from);
  // When the next timer, delivery or waiting call is due.
  std::optional<Time> next_due();

  Parts parts_;
  std::unordered_map<std::string_view, const Service*> services_by_id_;
  Waiting waiting_;
  policy::Cache policies_;
  Vault vault_;
  Meters meters_;
  Authorizer authorizer_;
  Outbox outbox_;
  Timers timers_;
  Fetches fetches_;
  std::shared_mutex contents_mutex_;
  std::shared_ptr<std::atomic<int>> errands_running_ = std::make_shared<std::atomic<int>>(0);
  std::atomic<bool> is_replacing_ = false;        // somebody waits for everybody to leave the contents
  std::atomic<std::uint64_t> contents_epoch_{0};  // how often they were replaced
  std::vector<Lane*> lanes_;
  std::atomic<Waiting::Ticket> next_ticket_{1};
  std::atomic<std::uint64_t> sequence_{0};
  std::atomic<std::uint64_t> sequence_end_{0};
  std::mutex sequence_mutex_;
};

}  // namespace kernel
