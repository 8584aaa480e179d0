#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "kernel/outbox.h"
#include "kernel/service.h"
#include "kernel/timers.h"
#include "kernel/waiting.h"
#include "model/shape.h"
#include "store/store.h"

// The machine that runs operations: dispatch, transactions, waiting, timers and deliveries.
namespace kernel {

// A call as it comes from outside, decoded: which operation, with what, by whom, where.
struct Invocation {
  const model::Service* service = nullptr;
  const model::Operation* operation = nullptr;
  Value input;
  Principal caller;
  Request request;
  Place place;
};

// What a call came to, handed to every recorder (CloudTrail, metrics, traces): once per call, from outside and between services alike.
struct Record {
  const model::Service& service;
  const model::Operation& operation;
  const Value& input;
  const Result<Value>& result;
  const Principal& caller;
  const Request& request;
  const Place& place;
  Time finished;
  int attempts;
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  // Called on the thread that ran the call, before its effects are flushed: rows written here reach the disk with them.
  virtual void on_call(const Record& record) = 0;
};

// Decides whether a call may happen. Pure questions only: it reads through `call.tx`.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  virtual Result<void> authorize(Call& call, std::string_view action, std::string_view resource_arn) const = 0;
};

// Accounts' root users and services may do everything inside their account, anybody else nothing.
class RootAuthorizer : public Authorizer {
 public:
  Result<void> authorize(Call& call, std::string_view action, std::string_view resource_arn) const override;
};

class Lane;

class Cloud {
 public:
  struct Parts {
    store::Store& store;
    Clock& clock;
    base::Dice& dice;  // thread-safe where there are several lanes
    const Authorizer& authorizer;
    base::Log& log;
    std::vector<Service> services;
    std::vector<Recorder*> recorders = {};
  };

  // Reads what waits in the store (timers, undelivered events). Lanes are added before the first call.
  explicit Cloud(Parts parts);
  ~Cloud();

  store::Store& store() { return parts_.store; }
  Clock& clock() { return parts_.clock; }
  base::Dice& dice() { return parts_.dice; }
  base::Log& log() { return parts_.log; }
  const std::vector<Service>& services() const { return parts_.services; }
  const Service* find_service(std::string_view id) const;

  // Runs `body` in a transaction of its own, again on conflict, and commits: for work of the kernel and the server that is no
  // operation (credentials, clock state). Not flushed; the next turn of any lane does that.
  Result<void> transact(const Place& place, const std::function<Result<void>(Call&)>& body);

  // Tells every lane that the clock has been moved.
  void clock_moved();
  // Moves the clock to `target` in steps, stopping at every time at which something is due, so that each timer and each
  // waiting call sees its own moment. `move` sets the clock. Call on the first lane's thread or with one lane only.
  void advance(Time target, const std::function<void(Time)>& move);
  // Whether everything that can happen at this moment has happened (no due timer, no deliverable event, no ready call).
  bool is_quiet();

 private:
  friend class Call;
  friend class Client;
  friend class Lane;

  struct Attempt {
    Result<Value> result;
    std::optional<Call::Parked> parked;
    bool conflict = false;
  };

  Result<const Operation*> find_operation(const Invocation& invocation) const;
  // Validates, then attempts until there is an answer or the call parks.
  Attempt run(const Invocation& invocation);
  Attempt attempt(const Invocation& invocation, const Operation& operation, const Service& service);
  Result<Value> run_inner(Call& outer, OperationId id, const Value& input, const Principal& caller, const Place& place);
  Result<void> authorize(Call& call, const Service& service, const Operation& operation, const Invocation& invocation);
  Result<Value> run_operation(Call& call, const Service& service, const Operation& operation, const Invocation& invocation);
  void record(const Invocation& invocation, const Result<Value>& result, int attempts);
  void after_commit(Call& call);
  std::uint64_t next_sequence();
  void nudge_chores();

  Parts parts_;
  std::unordered_map<std::string_view, const Service*> services_by_id_;
  Waiting waiting_;
  Outbox outbox_;
  Timers timers_;
  std::vector<Lane*> lanes_;
  std::atomic<std::uint64_t> sequence_{0};
  std::atomic<std::uint64_t> sequence_end_{0};
  std::mutex sequence_mutex_;
};

// One thread's share of the cloud. Everything here happens on that thread; answers are given at the end of a turn, after one
// flush for all of them.
class Lane {
 public:
  using Completion = std::move_only_function<void(Result<Value>)>;
  using Ticket = std::uint64_t;

  // `nudge` is called from any thread when the lane should take a turn soon.
  Lane(Cloud& cloud, std::function<void()> nudge);
  ~Lane();

  // Runs the call now; `done` is called at the end of this turn or, when the call parks, of a later one.
  Ticket submit(Invocation invocation, Completion done);
  // The client has gone: a waiting call is forgotten and `done` never called. Unknown tickets are ignored.
  void cancel(Ticket ticket);

  // Takes a turn: calls that were woken or reached their deadline, due timers and deliveries (first lane), one flush, the
  // answers. Returns whether there is more to do at once.
  bool turn();
  // When to take the next turn without a nudge; nothing: not before one.
  std::optional<Time> next_due();
  std::size_t waiting_count() const { return parked_.size(); }

 private:
  friend class Cloud;
  struct Parked;

  void attempt(Ticket ticket, std::unique_ptr<Parked> call);
  void run_ready();

  Cloud& cloud_;
  std::function<void()> nudge_;
  std::size_t index_;
  std::unordered_map<Ticket, std::unique_ptr<Parked>> parked_;
  std::multimap<Time, Ticket> deadlines_;
  std::vector<std::pair<Completion, Result<Value>>> finished_;
};

}  // namespace kernel
