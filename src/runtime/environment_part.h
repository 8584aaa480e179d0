#pragma once

#include <memory>
#include <string>

#include "runtime/environment.h"

namespace runtime {

class Spare;

// A process of an environment with its log.
struct Environment::Part {
  std::string name;  // of the member
  bool is_runtime = true;
  std::unique_ptr<Process> process;  // null until it has started
  std::shared_ptr<LogPipe> log;
  std::shared_ptr<Spare> spare;  // that it was, until it is initialized
};

}  // namespace runtime
