#include "runtime/host_findings.h"

#include <unistd.h>

#include <fstream>

namespace runtime {

namespace {

using State = Finding::State;

std::string first_word_of(const char* path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

// What keeps us from namespaces, as far as the host says so, and what lifts it.
std::string remedy_for_namespaces() {
  if (first_word_of("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1")
    return "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for virga that allows "
           "userns.";
  if (first_word_of("/proc/sys/kernel/unprivileged_userns_clone") == "0")
    return "sudo sysctl kernel.unprivileged_userns_clone=1";
  if (first_word_of("/proc/sys/user/max_user_namespaces") == "0") return "sudo sysctl user.max_user_namespaces=15000";
  if (::access("/.dockerenv", F_OK) == 0 || ::access("/run/.containerenv", F_OK) == 0)
    return "Run the container with --privileged, or with --security-opt seccomp=unconfined --security-opt "
           "apparmor=unconfined --security-opt systempaths=unconfined.";
  return "Linux 5.12 or later, and leave to make user namespaces.";
}

constexpr const char* kRemedyForGroups =
    "Give virga a cgroup (version 2) of its own: systemd-run --user --scope -p Delegate=yes virga start";

Finding describe_tier(const Probe& probe) {
  if (probe.ways.tier() == Tier::kIsolated)
    return {"tier", State::kHeld, "isolated: sandboxes have a root, processes and a user of their own.", ""};
  if (probe.namespaces_problem.empty()) return {"tier", State::kPartly, "process, as it was asked for.", ""};
  return {"tier", State::kPartly, "process: namespaces are not to be had here. " + probe.namespaces_problem,
          remedy_for_namespaces()};
}

Finding describe_files(const SandboxWays& ways) {
  if (ways.tier() == Tier::kIsolated)
    return {"files", State::kHeld, "Code sees its own files and, to read, the host's programs. /tmp is its own.", ""};
  if (ways.landlock_version > 0)
    return {"files", State::kPartly,
            "Code opens only its own files and, to read, the host's programs (Landlock). It is not at /var/task, "
            "/tmp is closed (TMPDIR names a folder of its own), and names and sizes of other files may be asked for.",
            ""};
  if (ways.has_own_users)
    return {"files", State::kPartly, "Code opens what anybody on this host may open.",
            "A kernel with Landlock (5.13)."};
  return {"files", State::kNotHeld, "Code opens whatever the user who runs virga may open.",
          "A kernel with Landlock (5.13)."};
}

Finding describe_other_processes(const SandboxWays& ways) {
  if (ways.tier() == Tier::kIsolated)
    return {"other processes", State::kHeld, "Code sees and signals only what it has started.", ""};
  if (ways.has_own_users || ways.landlock_version >= 6)
    return {"other processes", State::kHeld, "Code signals only what it has started.", ""};
  return {"other processes", State::kNotHeld, "Code may signal the other processes of the user who runs virga.",
          "A kernel with Landlock 6 (6.12), or tier isolated."};
}

Finding describe_system_calls(const SandboxWays& ways) {
  if (ways.has_filter)
    return {"system calls", State::kHeld, "Those that reach the kernel's own state are refused (seccomp).", ""};
  return {"system calls", State::kNotHeld, "All are allowed: this kernel takes no filters.", "A kernel with seccomp."};
}

Finding describe_memory(const Groups& groups) {
  if (groups.limits_memory()) return {"memory", State::kHeld, "The kernel keeps the limit (cgroup).", ""};
  return {"memory", State::kPartly,
          "Memory is looked at every 10 to 50 ms, and what uses too much is killed; it may use more until then.",
          kRemedyForGroups};
}

Finding describe_processes(const SandboxWays& ways, const Groups& groups) {
  bool is_counted = ways.has_own_users || (ways.tier() == Tier::kIsolated && ways.user != 0);
  if (groups.limits_processes() || is_counted)
    return {"processes", State::kHeld, "The number of processes and threads is limited.", ""};
  return {"processes", State::kNotHeld, "The number of processes and threads is not limited.", kRemedyForGroups};
}

Finding describe_cpu(const Groups& groups) {
  if (groups.limits_cpu()) return {"cpu", State::kHeld, "The kernel keeps each to its share (cgroup).", ""};
  return {"cpu", State::kPartly,
          "Who was promised less than one CPU yields to others (nice); alone it has all of them.", kRemedyForGroups};
}

Finding describe_network(const SandboxWays& ways) {
  if (ways.tier() == Tier::kIsolated)
    return {"network", State::kHeld,
            "Where a sandbox is to have a network of its own, it has. Functions share the host's.", ""};
  return {"network", State::kNotHeld, "All share the host's network.", ""};
}

}  // namespace

Findings describe(const Probe& probe, const Groups& groups) {
  const SandboxWays& ways = probe.ways;
  Findings findings = {describe_tier(probe),        describe_files(ways),    describe_other_processes(ways),
                       describe_system_calls(ways), describe_memory(groups), describe_processes(ways, groups),
                       describe_cpu(groups),        describe_network(ways)};
  findings.push_back(
      {"storage", State::kPartly, "Files are limited in size one by one; their sum only where /tmp is memory.", ""});
  findings.push_back(
      {"freezing", State::kHeld,
       groups.freezes() ? "Idle sandboxes stand still (cgroup)." : "Idle sandboxes stand still (SIGSTOP).", ""});
  return findings;
}

}  // namespace runtime
