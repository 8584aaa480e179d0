#pragma once

#include <atomic>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"

namespace http {

// One thread's event loop. It runs in turns: everything that is ready (at most some 256 events) is handled, then the
// turn ends, and with it come the answers collected during it; only then does the loop wait again. So what is written
// to a store during a turn can be committed once, before any of the answers leaves.
//
// Only `post` and `stop` may be called from other threads.
class Loop {
 public:
  using Task = std::move_only_function<void()>;
  using TimePoint = std::chrono::steady_clock::time_point;
  // Names a pending timer; the default one names none.
  struct TimerId {
    TimePoint when;
    std::uint64_t number = 0;
    friend auto operator<=>(const TimerId&, const TimerId&) = default;
  };

  // Told when a watched descriptor is ready; `events` are EPOLLIN, EPOLLOUT, EPOLLHUP … of epoll(7).
  class Watcher {
   public:
    virtual void on_ready(std::uint32_t events) = 0;

   protected:
    ~Watcher() = default;
  };
  // Told at the end of each turn.
  class TurnEnd {
   public:
    virtual void on_turn_end() = 0;

   protected:
    ~TurnEnd() = default;
  };

  // Fails where the process has no descriptors left.
  static base::Result<std::unique_ptr<Loop>> create();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs `task` in a later turn. Tasks posted by one thread keep their order. Those left when the loop stops are
  // destroyed without having run.
  void post(Task task);

  // Runs `task` in the first turn after `when`, never before.
  TimerId post_at(TimePoint when, Task task);
  TimerId post_after(std::chrono::milliseconds delay, Task task) { return post_at(now() + delay, std::move(task)); }
  // Whether there was such a timer still to run. The task is destroyed.
  bool cancel(TimerId timer);

  // When this turn began: a clock that costs nothing to ask.
  TimePoint now() const { return now_; }
  // Whether the calling thread runs this loop (or nobody runs it yet).
  bool is_current() const;

  // Watches a descriptor, level-triggered, until `unwatch`, which comes before closing it. A watcher may be told of
  // events of the current turn after `unwatch`, so it must outlive the turn.
  base::Result<void> watch(int descriptor, std::uint32_t events, Watcher& watcher);
  void change(int descriptor, std::uint32_t events, Watcher& watcher);
  void unwatch(int descriptor);

  // At most one, set before `run`.
  void set_turn_end(TurnEnd* turn_end) { turn_end_ = turn_end; }
  // The next turn begins at once: there is work that no descriptor will announce.
  void hurry() { is_hurried_ = true; }

  // Turns until `stop`.
  void run();
  void stop();

 private:
  Loop(int epoll, int wakeup) : epoll_(epoll), wakeup_(wakeup), now_(std::chrono::steady_clock::now()) {}
  int wait_ms() const;
  void run_posted();
  void run_timers();

  const int epoll_;
  const int wakeup_;  // an eventfd: written to when a task was posted
  std::atomic<std::thread::id> thread_;
  std::atomic<bool> is_stopped_ = false;
  TurnEnd* turn_end_ = nullptr;
  TimePoint now_;
  bool is_hurried_ = false;

  std::map<TimerId, Task> timers_;
  std::uint64_t timer_count_ = 0;

  std::mutex mutex_;
  std::vector<Task> posted_;  // guarded by mutex_
  std::vector<Task> running_;
};

}  // namespace http
