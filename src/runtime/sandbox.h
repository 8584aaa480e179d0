#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/descriptor.h"
#include "runtime/spawner.h"

// One sandbox, from the inside. The spawner forks a keeper for each: it sets the sandbox up, starts the command in it,
// waits for it, and ends whatever the command left behind. In tier kIsolated it is the first process of its tree, so
// that all ends with it; in tier kProcess it adopts whoever loses his parent. It dies with the spawner.
namespace runtime {

// Users that no system gives to anybody: where has_own_users, each sandbox is one of those from here on.
inline constexpr uid_t kFirstOwnUser = 1'879'048'192;

// How sandboxes are made on this host; what the probe found.
struct SandboxWays {
  enum class Namespaces : std::uint8_t {
    kNone,    // tier kProcess
    kByRoot,  // made with the rights of root, and entered by a user of the sandbox's own
    kByUser,  // made inside of a user namespace, where anybody has such rights
  };
  Namespaces namespaces = Namespaces::kNone;
  int landlock_version = 0;    // 0: the host has none
  bool has_filter = false;     // seccomp
  bool has_own_users = false;  // we are root and may become anybody: each sandbox gets a user of its own

  uid_t user = 0;  // whose processes they are where they have no users of their own
  gid_t group = 0;

  Tier tier() const { return namespaces == Namespaces::kNone ? Tier::kProcess : Tier::kIsolated; }
};

struct SandboxPlan {
  const ProcessSpec& spec;
  const SandboxWays& ways;
  std::string root_folder;      // empty; becomes the root of tier kIsolated
  std::string settings_folder;  // its /etc, made by copy_settings
  int stdin_descriptor = -1;    // none: it is empty
  int stdout_descriptor = -1;
  int stderr_descriptor = -1;
  uid_t own_user = 0;              // and group; 0: whoever we are
  int group_folder = -1;           // of a cgroup v2 to start in, or
  std::vector<int> group_members;  // files of cgroups to add the command to
  bool is_cpu_limited = false;     // by a group; else the command is made nice
};

// What a keeper says, once when the command runs or could not, and once when it has ended; and when it has mounted what
// it was asked to, or could not.
struct KeeperReport {
  enum class Kind : std::uint8_t { kStarted, kFailed, kEnded, kMounted } kind = Kind::kFailed;
  int status = 0;          // kEnded: as wait() gives it
  long peak_kb = 0;        // kEnded: of its largest process
  char problem[240] = {};  // kFailed, kMounted
};

struct Keeper {
  pid_t pid = -1;
  Descriptor control;  // its reports; it ends when this is closed
};

base::Result<Keeper> start_keeper(const SandboxPlan& plan);

// --- the parts -------------------------------------------------------------------------------------------------------

// "text: " and what errno means, as an error with code "NotStarted".
std::unexpected<base::Error> fail_with_errno(std::string text);

// Copies what sandboxes may see of /etc, once for all of them.
base::Result<void> copy_settings(const std::string& folder);
// Enters a root file system of the sandbox's own; for the first process of new mount and process namespaces. Answers
// the folder that mount_later takes from, where the spec has one.
base::Result<Descriptor> enter_own_root(const SandboxPlan& plan);
// Puts folders from below the spec's later_from where they are wanted, to be read.
base::Result<void> mount_later(Descriptor later, const ProcessSpec& spec,
                               const std::vector<ProcessSpec::Mount>& mounts);
// Makes the loopback of a new network namespace work.
base::Result<void> start_loopback();
// Sockets that listen on 127.0.0.1.
base::Result<std::vector<Descriptor>> listen_on(const std::vector<std::uint16_t>& ports);

// What this process, and all it starts, may still do. In this order: limits, restrict_paths, become, filter.
base::Result<void> set_limits(const SandboxPlan& plan);
// Landlock. The rules are made with the rights we have now, and hold from enforce on.
base::Result<Descriptor> make_path_rules(const SandboxPlan& plan);
base::Result<void> enforce_path_rules(const Descriptor& rules);
// Gives up all capabilities, and who we are for `own_user` where that is set.
base::Result<void> become(uid_t own_user);
// Refuses system calls that no function needs and that reach the host.
base::Result<void> filter_system_calls();

// The version of Landlock that the kernel speaks.
int landlock_version();

// Files and folders of /etc that programs need and that hold no secrets.
std::span<const char* const> shared_settings();

}  // namespace runtime
