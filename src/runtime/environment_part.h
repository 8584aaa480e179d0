#pragma once

#include <memory>
#include <string>

#include "runtime/environment.h"

namespace runtime {

// A process of an environment with its log.
struct Environment::Part {
  std::string name;  // of the member
  bool is_runtime = true;
  std::unique_ptr<Process> process;  // null until it has started
  std::shared_ptr<LogPipe> log;
};

}  // namespace runtime
