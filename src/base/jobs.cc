#include "base/jobs.h"

namespace base {

bool Jobs::run(Job job) {
  {
    std::lock_guard lock(mutex_);
    if (is_stopping_) return false;
    jobs_.push_back(std::move(job));
    const bool is_short = idle_ < static_cast<int>(jobs_.size());
    if (is_short && static_cast<int>(threads_.size()) < threads_max_) threads_.emplace_back([this] { work(); });
  }
  changed_.notify_one();
  return true;
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
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [&] { return is_stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
}

}  // namespace base
