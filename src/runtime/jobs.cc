#include "runtime/jobs.h"

namespace runtime {

Jobs::Jobs(int threads) {
  for (int count = 0; count < threads; ++count) threads_.emplace_back([this] { work(); });
}

Jobs::~Jobs() { stop(Rest::kDrop); }

void Jobs::run(Job job) {
  {
    std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void Jobs::stop(Rest rest) {
  std::deque<Job> dropped;
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
    if (rest == Rest::kDrop) dropped.swap(jobs_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Jobs::work() {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return is_stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace runtime
