#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/functions.h"
#include "runtime/interpreters.h"
#include "runtime/spawner.h"

namespace runtime {

// How a function's runtime may be had from an interpreter that was started ahead (spares.h).
struct SpareForm {
  ProcessSpec form;                        // of one that waits to be told who it is
  std::vector<ProcessSpec::Mount> mounts;  // code and layers
  std::string told;                        // the environment, as JSON
};

// From the process that would be started. Nothing where the interpreter must know of the function from its start: its
// variables set the interpreter up, it is wrapped, its code lies elsewhere than in `code_folder`.
std::optional<SpareForm> make_spare_form(const ProcessSpec& spec, const RuntimeName& name,
                                         const kernel::FunctionEnvironment& environment,
                                         const std::string& code_folder);

}  // namespace runtime
