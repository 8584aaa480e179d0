#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

// Processes as /proc shows them.
namespace runtime {

std::vector<pid_t> children_of(pid_t process);
// All descendants, without the process itself. What is started meanwhile may be missing.
std::vector<pid_t> descendants_of(pid_t process);
// Sends a signal to all descendants, again until no new ones turn up.
void signal_descendants(pid_t process, int signal);
// Stops them first, so that none starts another meanwhile, and kills them.
void kill_descendants(pid_t process);

struct MemoryUse {
  std::int64_t resident_kb = 0;  // pages shared by several processes count for each
  std::int64_t proportional_kb = 0;
};
enum class Exactness : std::uint8_t { kResident, kProportional };  // the latter takes longer
MemoryUse memory_of_descendants(pid_t process, Exactness exactness);

// The most that was ever resident of one process; 0 when it is gone.
std::int64_t peak_memory_kb(pid_t process);

}  // namespace runtime
