#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/descriptor.h"
#include "runtime/spawner.h"

namespace runtime {

// The cgroups of one sandbox.
struct Group {
  std::vector<std::string> folders;
  std::string unified;              // that of version 2 among them; empty: none
  Descriptor unified_folder;        // open, to start a process in
  std::vector<Descriptor> members;  // files of the others, to add one to
};

// The cgroups this server may make: below its own where it was given one, as root also at the root of a hierarchy it is
// at. Never elsewhere: whoever put it into a group wants it to stay there. What is found is used; nothing is needed.
class Groups {
 public:
  // Finds them by making `virga-<server>` wherever that can be done, and removes those of servers that are gone.
  explicit Groups(int server);
  ~Groups();
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  bool limits_memory() const { return has("memory"); }
  bool limits_processes() const { return has("pids"); }
  bool limits_cpu() const { return has("cpu"); }
  bool freezes() const;

  base::Result<Group> make(std::uint64_t id, const ProcessSpec& spec) const;
  void remove(const Group& group) const;
  // Whether the kernel has killed anybody in it for want of memory.
  bool was_out_of_memory(const Group& group) const;
  // Both only where freezes().
  void freeze(const Group& group, bool is_frozen) const;
  void kill(const Group& group) const;

 private:
  struct Hierarchy {
    std::string folder;  // ours
    bool is_unified = false;
    std::vector<std::string> controllers;
  };

  bool has(std::string_view controller) const;
  void add_unified(const std::string& parent, int server);

  std::vector<Hierarchy> hierarchies_;
};

}  // namespace runtime
