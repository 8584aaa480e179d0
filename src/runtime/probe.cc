#include "runtime/probe.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "runtime/messages.h"

namespace runtime {

namespace {

using base::Result;

std::vector<std::string> idle_command() {
  for (const char* path : {"/bin/true", "/usr/bin/true"})
    if (::access(path, X_OK) == 0) return {path};
  return {"/bin/sh", "-c", ":"};
}

// Runs a program that does nothing. Errors say what went wrong.
Result<void> try_ways(const SandboxWays& ways, const std::string& work_folder) {
  ProcessSpec spec{.command = idle_command()};
  bool is_isolated = ways.tier() == Tier::kIsolated;
  if (is_isolated)
    spec.network = ProcessSpec::Network::kOwn;
  else
    spec.temporary_folder = work_folder + "/root";
  SandboxPlan plan{
      .spec = spec, .ways = ways, .root_folder = work_folder + "/root", .settings_folder = work_folder + "/etc"};
  plan.stdout_descriptor = plan.stderr_descriptor = STDERR_FILENO;
  plan.own_user = ways.has_own_users ? kFirstOwnUser : 0;
  Keeper keeper = TRY(start_keeper(plan));
  std::string problem = "It ended while it was set up.";
  while (std::optional<Message> message = receive_message(keeper.control.get())) {
    KeeperReport report;
    std::memcpy(&report, message->bytes.data(), std::min(sizeof report, message->bytes.size()));
    if (report.kind == KeeperReport::Kind::kStarted) send_message(keeper.control.get(), "known");
    if (report.kind == KeeperReport::Kind::kFailed) problem = report.problem;
    if (report.kind == KeeperReport::Kind::kEnded)
      problem = report.status == 0 ? "" : "A program that does nothing failed.";
  }
  ::waitpid(keeper.pid, nullptr, 0);
  if (problem.empty()) return {};
  return base::fail("NotStarted", problem);
}

// Everything that holds a process of the host, without what is not to be had.
SandboxWays find_process_ways(const std::string& work_folder) {
  SandboxWays ways{.landlock_version = landlock_version(), .has_filter = true, .has_own_users = ::geteuid() == 0};
  ways.user = ::geteuid();
  ways.group = ::getegid();
  if (try_ways(ways, work_folder)) return ways;
  for (auto give_up :
       {+[](SandboxWays& less) { less.has_own_users = false; }, +[](SandboxWays& less) { less.landlock_version = 0; },
        +[](SandboxWays& less) { less.has_filter = false; }}) {
    SandboxWays less = ways;
    give_up(less);
    if (try_ways(less, work_folder)) return less;
  }
  ways.has_own_users = ways.has_filter = false;
  ways.landlock_version = 0;
  return ways;
}

}  // namespace

Probe probe_host(Isolation isolation, const std::string& work_folder) {
  using Namespaces = SandboxWays::Namespaces;
  Probe probe{.ways = find_process_ways(work_folder)};
  if (isolation == Isolation::kProcess) return probe;
  SandboxWays ways = probe.ways;
  if (ways.has_own_users) {
    ways.namespaces = Namespaces::kByRoot;
    if (try_ways(ways, work_folder)) return {.ways = ways};
  }
  ways.namespaces = Namespaces::kByUser;
  ways.has_own_users = false;
  Result<void> done = try_ways(ways, work_folder);
  if (done) return {.ways = ways};
  probe.namespaces_problem = done.error().message;
  return probe;
}

}  // namespace runtime
