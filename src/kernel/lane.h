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

  // Takes a turn: due timers and deliveries (first lane), calls that were woken or have reached their deadline, one
  // flush, the answers. Returns whether there is more to do at once.
  bool turn();
  // When to take the next turn without a nudge; nothing: not before one.
  std::optional<Time> next_due();
  bool is_waiting(Ticket ticket) const { return parked_.contains(ticket); }
  std::size_t waiting_count() const { return parked_.size(); }

 private:
  friend class Cloud;
  struct Open;

  void attempt(Ticket ticket, Open&& call);
  std::unique_ptr<Open> take_parked(Ticket ticket);
  void note_woken(Ticket ticket);  // from any thread
  bool run_woken();
  void run_expired();
  void note_deadline();
  std::optional<Time> next_deadline() const;  // of a waiting call; from any thread
  void end_recording();                       // of this turn

  Cloud& cloud_;
  std::function<void()> nudge_;
  std::size_t index_;
  std::unordered_map<Ticket, std::unique_ptr<Open>> parked_;
  std::multimap<Time, Ticket> deadlines_;
  std::atomic<std::int64_t> next_deadline_ms_{std::numeric_limits<std::int64_t>::max()};
  std::vector<std::pair<Completion, Answer>> finished_;
  std::vector<std::unique_ptr<Recorder>> recorders_;  // its own: they need no locks
  std::uint64_t contents_epoch_;                      // of what they have noted
  std::mutex mutex_;
  std::vector<Ticket> woken_;  // guarded by mutex_
};

}  // namespace kernel
