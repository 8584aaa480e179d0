#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/jobs.h"
#include "kernel/functions.h"

namespace runtime {

// The log of one environment, on its way to whoever keeps it: gathers lines and hands them over in batches, in order,
// on the thread for that. Outlives the environment until all is handed over.
class LogSink : public std::enable_shared_from_this<LogSink> {
 public:
  using Take = std::function<void(std::vector<kernel::LogLine>)>;
  LogSink(base::Jobs& thread, Take take) : thread_(thread), take_(std::move(take)) {}

  void add(kernel::LogLine line) {
    std::lock_guard lock(mutex_);
    if (take_) lines_.push_back(std::move(line));
  }

  // Has what is there handed over soon; lines that come meanwhile go with it.
  void flush() {
    {
      std::lock_guard lock(mutex_);
      if (lines_.empty() || std::exchange(is_queued_, true)) return;
    }
    thread_.run([self = shared_from_this()] {
      std::vector<kernel::LogLine> lines;
      {
        std::lock_guard lock(self->mutex_);
        lines.swap(self->lines_);
        self->is_queued_ = false;
      }
      self->take_(std::move(lines));
    });
  }

 private:
  base::Jobs& thread_;
  const Take take_;
  std::mutex mutex_;
  std::vector<kernel::LogLine> lines_;
  bool is_queued_ = false;
};

}  // namespace runtime
