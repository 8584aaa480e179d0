#pragma once

#include <mutex>
#include <utility>

#include "http/loop.h"

namespace runtime {

// The way to a loop for those who may outlive it: the ends of processes are told when they are there.
class Gate {
 public:
  explicit Gate(http::Loop& loop) : loop_(&loop) {}

  void post(http::Loop::Task task) {
    std::lock_guard lock(mutex_);
    if (loop_ != nullptr) loop_->post(std::move(task));
  }
  // From now on tasks are dropped.
  void close() {
    std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::mutex mutex_;
  http::Loop* loop_;  // guarded by mutex_
};

}  // namespace runtime
