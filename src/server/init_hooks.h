#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/value.h"

namespace server {

// Runs the scripts a user left for the moment the cloud is ready: `<folder>/ready.d/*.sh` with the shell and `*.py`
// with python3, in the order of their names, one after the other, on a thread of its own. They find the cloud by
// AWS_ENDPOINT_URL and the usual variables.
class InitHooks {
 public:
  struct Parts {
    std::vector<std::string> folders;
    std::string endpoint;  // "http://127.0.0.1:4566"
    base::Logger log;
    std::function<void(base::Value)> report;  // how they stand, in the form of /_localstack/init
  };

  explicit InitHooks(Parts parts) : parts_(std::move(parts)) {}
  // Ends a script that still runs.
  ~InitHooks();

  void start();

 private:
  struct Script {
    std::string path;
    std::string state = "UNKNOWN";  // then RUNNING, SUCCESSFUL or ERROR
  };

  std::vector<Script> find_scripts() const;
  void run_all(std::stop_token stop, std::vector<Script> scripts);
  bool run_one(std::stop_token stop, const std::string& path);
  void report(const std::vector<Script>& scripts, bool is_done) const;

  Parts parts_;
  std::jthread thread_;
};

}  // namespace server
