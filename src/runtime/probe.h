#pragma once

#include <string>

#include "runtime/sandbox.h"

namespace runtime {

// What this host has for sandboxes, and why it has no more.
struct Probe {
  SandboxWays ways;
  std::string namespaces_problem;  // why there is no tier isolated; empty: there is, or nobody wanted it
};

// Finds out by trying: starts a program that does nothing, with everything, and with less as long as it fails.
// The work folder has an empty folder `root`, and settings in `etc`. For a process of one thread without children.
Probe probe_host(Isolation isolation, const std::string& work_folder);

}  // namespace runtime
