#pragma once

#include <string>

#include "base/result.h"
#include "runtime/spawner.h"

namespace runtime {

// "Runtime exited with error: exit status 1", "… signal: killed", "Runtime exited without providing a reason".
std::string exit_text(const ExitReport& report);
// Why the first program of a function could not be started, as AWS words it.
std::string entrypoint_problem(const ProcessSpec& spec, const base::Error& error);

}  // namespace runtime
