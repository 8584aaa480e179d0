#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/functions.h"
#include "runtime/machine.h"
#include "runtime/spare_form.h"
#include "runtime/spawner.h"

namespace runtime {

// One process of an environment.
struct Member {
  std::string name;  // "runtime", or that of the extension's file
  ProcessSpec spec;
};

// All that is needed to start an environment, as often as it takes.
struct Launch {
  kernel::FunctionEnvironment environment;
  std::uint16_t port = 0;  // of its Runtime API
  Member runtime;
  std::vector<Member> extensions;
  std::optional<SpareForm> spare;  // how the runtime may be had sooner
  std::string temporary_folder;    // one that its processes share; empty: there is only one process
  std::string runtime_version;     // "python:3.12.1"
  std::string runtime_version_arn;
  std::string warning;            // for the log: the interpreter is not of the version asked for
  std::int64_t folder_state = 0;  // of code that is used where it lies
};

// Unpacks the code and works out the processes. Takes its time. Errors: what makes a function impossible to run here.
base::Result<Launch> prepare_launch(Machine& machine, kernel::FunctionEnvironment environment, std::uint16_t port,
                                    std::string_view id);

// Of the version of a runtime that this machine has; empty: it has none. Any thread.
std::string runtime_version_arn(const Interpreters& interpreters, const std::string& runtime,
                                const std::string& region);

}  // namespace runtime
