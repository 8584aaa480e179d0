#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/sandbox.h"

namespace runtime {

namespace {

using base::Result;

Result<void> set_limit(__rlimit_resource resource, std::uint64_t most, const char* name) {
  rlimit now{};
  ::getrlimit(resource, &now);
  rlim_t wanted = std::min<rlim_t>(most, now.rlim_max);
  rlimit limit{wanted, wanted};
  if (::setrlimit(resource, &limit) != 0) return fail_with_errno(std::string("The limit of ") + name + " was refused");
  return {};
}

// Whether RLIMIT_NPROC counts this sandbox alone: it counts all processes of a user in a user namespace, and not
// those of the machine's root.
bool are_processes_counted_alone(const SandboxPlan& plan) {
  return plan.own_user != 0 || (plan.ways.namespaces == SandboxWays::Namespaces::kByUser && ::geteuid() != 0);
}

// The less of a CPU it was promised, the more it yields to others.
int niceness_for(int cpu_permille) { return cpu_permille >= 1'000 ? 0 : cpu_permille >= 500 ? 3 : 6; }

}  // namespace

Result<void> set_limits(const SandboxPlan& plan) {
  const ProcessSpec& spec = plan.spec;
  TRY_VOID(set_limit(RLIMIT_CORE, 0, "core dumps"));
  if (spec.open_files_max > 0) TRY_VOID(set_limit(RLIMIT_NOFILE, spec.open_files_max, "open files"));
  if (spec.storage_mb > 0) TRY_VOID(set_limit(RLIMIT_FSIZE, std::uint64_t(spec.storage_mb) << 20, "file sizes"));
  if (spec.pids_max > 0 && are_processes_counted_alone(plan))
    TRY_VOID(set_limit(RLIMIT_NPROC, spec.pids_max, "processes"));
  if (!plan.is_cpu_limited && spec.cpu_permille > 0)
    ::setpriority(PRIO_PROCESS, 0, niceness_for(spec.cpu_permille));  // refused by nobody who lets us run
  return {};
}

Result<void> become(uid_t own_user) {
  // Without CAP_SETPCAP there is nothing that could be given up, and no way to gain any after PR_SET_NO_NEW_PRIVS.
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability)
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  if (own_user != 0) {
    if (::syscall(SYS_setgroups, 0, nullptr) != 0) return fail_with_errno("The groups could not be left");
    if (::setresgid(own_user, own_user, own_user) != 0 || ::setresuid(own_user, own_user, own_user) != 0)
      return fail_with_errno("A user of the sandbox's own was refused");
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return fail_with_errno("The capabilities could not be given up");
  return {};
}

}  // namespace runtime
