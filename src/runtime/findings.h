#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

// How well processes are kept apart. A host offers one of them; the probe at start finds out which by trying.
enum class Tier : std::uint8_t {
  kIsolated,  // a root file system, process tree and (on demand) network of their own
  kProcess,   // processes of the host, held by Landlock, seccomp and limits as far as the host has them
};

// "isolated", "process": as --isolation and the guide say it.
std::string_view name_of(Tier tier);

// One thing a sandbox should hold, and whether it does here.
struct Finding {
  enum class State : std::uint8_t { kHeld, kPartly, kNotHeld };

  std::string name;  // "memory", "files": the same on every host
  State state = State::kHeld;
  std::string meaning;  // a sentence: what that comes to for the code that runs
  std::string remedy;   // what whoever runs the host can do about it; empty: nothing to do
};

std::string_view name_of(Finding::State state);  // "held", "partly", "not held"

using Findings = std::vector<Finding>;

}  // namespace runtime
