#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kernel/call.h"
#include "kernel/recorder.h"
#include "kernel/waiting.h"
#include "model/shape.h"

namespace kernel {

// What a call is answered.
struct Answer {
  Result<Value> result;
  std::unique_ptr<AnswerBody> body = nullptr;  // in place of the streamed member of the result
};

// Work of the kernel that may wait as operations do: the delivery of an event. On the first lane.
struct Chore {
  Place place;
  std::function<Result<void>(Call&)> body;  // run again like an operation
  std::function<void(Result<void>)> done;   // on the lane's thread, once; never, when the lane ends before
};

// One thread's share of the cloud. Everything here happens on that thread, except where said otherwise. Answers are
// given at the end of a turn, after one flush for all of them.
class Lane {
 public:
  using Completion = std::move_only_function<void(Answer)>;
  using Ticket = Waiting::Ticket;

  // The first lane of a cloud also fires timers and delivers events. `nudge` is called from any thread when the lane
  // should take a turn soon; it must not take the turn itself.
  Lane(Cloud& cloud, std::function<void()> nudge);
  ~Lane();
  Lane(const Lane&) = delete;

  // Runs the call now; `done` is called at the end of this turn or, when the call waits, of a later one.
  Ticket submit(Invocation invocation, Completion done);
  // Before the body of a call arrives: authorises it, and makes what takes its body, for `submit`. Errors are answers
  // to the call, which is over then and recorded; a null intake: the body is to be gathered.
  Result<std::shared_ptr<BodyIntake>> open_intake(const Invocation& invocation, const BodyAhead& ahead);
  // The client has gone: a waiting call is forgotten and its `done` never called. Calls that do not wait are left
  // alone.
  void cancel(Ticket ticket);

  // Runs the chore now.
  void submit(Chore chore);

  // Takes a turn: due timers and deliveries (first lane), calls that were woken or have reached their deadline, one
  // flush, the answers. Returns whether there is more to do at once.
  bool turn();
  // When to take the next turn without a nudge; nothing: not before one.
  std::optional<Time> next_due();
  // Has a turn taken soon; from any thread.
  void nudge();
  bool is_waiting(Ticket ticket) const { return parked_.contains(ticket); }
  std::size_t waiting_count() const { return parked_.size(); }

 private:
  friend class Cloud;
  struct Open;

  void attempt(Ticket ticket, Open&& call);
  std::unique_ptr<Open> take_parked(Ticket ticket);
  void park(Ticket ticket, Open&& call, Call::Parked parked);
  void note_woken(Ticket ticket);  // from any thread
  bool run_woken();
  void run_expired();
  void note_deadline();
  std::optional<Time> next_deadline() const;  // of a waiting call; from any thread
  void end_recording();                       // of this turn

  // What other threads leave for the lane; errands may outlive it.
  struct Inbox {
    std::mutex mutex;
    std::vector<Ticket> woken;
    std::function<void()> nudge;  // none once the lane has ended

    void add(Ticket ticket);
  };

  Cloud& cloud_;
  std::shared_ptr<Inbox> inbox_;
  std::size_t index_;
  std::unordered_map<Ticket, std::unique_ptr<Open>> parked_;
  std::multimap<Time, Ticket> deadlines_;
  std::atomic<std::int64_t> next_deadline_ms_{std::numeric_limits<std::int64_t>::max()};
  std::vector<std::pair<Completion, Answer>> finished_;
  std::vector<std::unique_ptr<Recorder>> recorders_;  // its own: they need no locks
  std::uint64_t contents_epoch_;                      // of what they have noted
};

}  // namespace kernel
