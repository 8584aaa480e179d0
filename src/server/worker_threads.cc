#include "server/worker_threads.h"

#include <algorithm>

namespace server {

void WorkerThreads::run(Work work) {
  std::lock_guard lock(mutex_);
  if (is_stopping_) return;
  waiting_.push_back(std::move(work));
  const std::size_t most = std::max(std::thread::hardware_concurrency(), 1U);
  if (threads_.size() < most) threads_.emplace_back([this] { this->work(); });
  changed_.notify_one();
}

void WorkerThreads::stop() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerThreads::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (is_stopping_) return;
    Work next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    next();
    next = nullptr;
    lock.lock();
  }
}

}  // namespace server
