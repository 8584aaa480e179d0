#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "kernel/cloud.h"

namespace server {

// Logs every call at level debug, under the name of its service: `virga start --log sqs=debug`.
class CallLog : public kernel::Recorder {
 public:
  CallLog(base::Log& log, const std::vector<kernel::Service>& services);
  void on_call(const kernel::Record& record) override;

 private:
  std::unordered_map<std::string_view, base::Logger> loggers_;  // by service id; never changed, so any thread may look
};

}  // namespace server
