#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace base {

// Threads for what takes too long for an event loop. They start when they are first needed.
class Jobs {
 public:
  using Job = std::move_only_function<void()>;

  explicit Jobs(int threads_max) : threads_max_(threads_max) {}
  ~Jobs() { stop(Rest::kDrop); }
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // From any thread. Jobs are begun in their order. False, and the job is dropped: it has been stopped.
  bool run(Job job);

  // What happens to jobs that have not begun when it stops.
  enum class Rest { kDrop, kDo };
  // Returns when the threads have ended.
  void stop(Rest rest);

 private:
  void work();

  const int threads_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  int idle_ = 0;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace base
