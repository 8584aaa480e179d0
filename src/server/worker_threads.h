#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "kernel/compute.h"

namespace server {

// The cloud's threads for long computations: started when the first is asked for.
class WorkerThreads : public kernel::Workers {
 public:
  ~WorkerThreads() override { stop(); }

  void run(Work work) override;
  // Ends the threads once what they do now is done, and drops what waits, and what comes later.
  void stop();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace server
