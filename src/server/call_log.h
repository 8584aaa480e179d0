#pragma once

#include <map>
#include <mutex>
#include <string_view>

#include "base/log.h"
#include "kernel/cloud.h"

namespace server {

// Logs every call at level debug, under the name of its service: `virga start --log sqs=debug`.
class CallLog : public kernel::Recorder {
 public:
  explicit CallLog(base::Log& log) : log_(log) {}
  void on_call(const kernel::Record& record) override;

 private:
  const base::Logger& logger_of(std::string_view service);

  base::Log& log_;
  std::mutex mutex_;
  std::map<std::string_view, base::Logger> loggers_;  // guarded by mutex_; by service id
};

}  // namespace server
