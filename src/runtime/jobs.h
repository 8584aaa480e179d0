#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace runtime {

// Threads for what takes too long for the host's loop: unpacking code, starting processes, handing over logs.
class Jobs {
 public:
  using Job = std::move_only_function<void()>;

  explicit Jobs(int threads);
  ~Jobs();

  // Any thread. Jobs are begun in their order. Once stopped, they are dropped.
  void run(Job job);

  // What happens to jobs that have not begun when it stops.
  enum class Rest { kDrop, kDo };
  // Returns when the threads have ended.
  void stop(Rest rest);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace runtime
