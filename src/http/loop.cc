#include "http/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

namespace http {

base::Result<std::unique_ptr<Loop>> Loop::create() {
  int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  int wakeup = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::unique_ptr<Loop> loop(new Loop(epoll, wakeup));
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (epoll < 0 || wakeup < 0 || ::epoll_ctl(epoll, EPOLL_CTL_ADD, wakeup, &event) != 0)
    return base::fail("LoopNotMade", std::strerror(errno));
  return loop;
}

Loop::~Loop() {
  if (epoll_ >= 0) ::close(epoll_);
  if (wakeup_ >= 0) ::close(wakeup_);
}

bool Loop::is_current() const {
  std::thread::id thread = thread_.load(std::memory_order_relaxed);
  return thread == std::thread::id() || thread == std::this_thread::get_id();
}

void Loop::post(Task task) {
  bool was_empty;
  {
    std::lock_guard lock(mutex_);
    was_empty = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (!was_empty) return;
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t written = ::write(wakeup_, &one, sizeof one);  // fails only if it is readable already
}

Loop::TimerId Loop::post_at(TimePoint when, Task task) {
  assert(is_current());
  TimerId timer{when, ++timer_count_};
  timers_.emplace(timer, std::move(task));
  return timer;
}

bool Loop::cancel(TimerId timer) {
  assert(is_current());
  auto node = timers_.extract(timer);  // the task is destroyed last: its destructor may use the loop
  return !node.empty();
}

base::Result<void> Loop::watch(int descriptor, std::uint32_t events, Watcher& watcher) {
  epoll_event event{.events = events, .data = {.ptr = &watcher}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0)
    return base::fail("DescriptorNotWatched", std::strerror(errno));
  return {};
}

void Loop::change(int descriptor, std::uint32_t events, Watcher& watcher) {
  epoll_event event{.events = events, .data = {.ptr = &watcher}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
}

void Loop::unwatch(int descriptor) { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr); }

int Loop::wait_ms() const {
  if (is_hurried_) return 0;
  if (timers_.empty()) return -1;
  auto left =
      std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.when - std::chrono::steady_clock::now());
  constexpr std::int64_t kWaitMsMax = 60'000;
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kWaitMsMax));
}

void Loop::run() {
  thread_ = std::this_thread::get_id();
  std::array<epoll_event, 256> events;
  while (!is_stopped_.load(std::memory_order_relaxed)) {
    int wait = wait_ms();
    is_hurried_ = false;
    int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait);
    now_ = std::chrono::steady_clock::now();
    bool has_posted = false;
    for (int index = 0; index < count; ++index) {
      const epoll_event& event = events[static_cast<std::size_t>(index)];
      if (event.data.ptr == nullptr)
        has_posted = true;
      else
        static_cast<Watcher*>(event.data.ptr)->on_ready(event.events);
    }
    if (has_posted) run_posted();
    run_timers();
    if (turn_end_ != nullptr) turn_end_->on_turn_end();
  }
  thread_ = std::thread::id();
}

void Loop::run_posted() {
  std::uint64_t count;
  [[maybe_unused]] ssize_t got = ::read(wakeup_, &count, sizeof count);
  {
    std::lock_guard lock(mutex_);
    running_.swap(posted_);
  }
  for (Task& task : running_) task();
  running_.clear();
}

void Loop::run_timers() {
  std::uint64_t newest = timer_count_;  // those set meanwhile wait for the next turn, even if they are due
  while (!timers_.empty() && timers_.begin()->first.when <= now_ && timers_.begin()->first.number <= newest) {
    auto node = timers_.extract(timers_.begin());
    node.mapped()();
  }
}

void Loop::stop() {
  is_stopped_ = true;
  post([] {});
}

}  // namespace http
