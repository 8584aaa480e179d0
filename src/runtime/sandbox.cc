#include "runtime/sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/messages.h"
#include "runtime/process_tree.h"

namespace runtime {

using base::Result;

std::unexpected<base::Error> fail_with_errno(std::string text) {
  return base::fail("NotStarted", std::move(text) + ": " + std::strerror(errno));
}

namespace {

// As fork, with flags for namespaces. Only for processes of one thread: no handlers run.
pid_t fork_into(std::uint64_t flags) {
  return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, 0));
}

// Closes all but the named descriptors and 0 to 2: what the spawner holds for other sandboxes.
void close_all_but(std::vector<int> kept) {
  std::erase_if(kept, [](int number) { return number < 3; });
  std::ranges::sort(kept);
  unsigned next = 3;
  for (int number : kept) {
    if (unsigned(number) > next) ::syscall(SYS_close_range, next, unsigned(number) - 1, 0);
    next = unsigned(number) + 1;
  }
  ::syscall(SYS_close_range, next, ~0U, 0);
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Becomes the command; returns only when that fails.
Result<void> run_command(const SandboxPlan& plan) {
  const ProcessSpec& spec = plan.spec;
  ::setsid();
  for (int members : plan.group_members)
    if (::write(members, "0", 1) != 1) return fail_with_errno("The command could not enter its cgroup");
  TRY_VOID(set_limits(plan));
  // /dev/stdout is opened anew, by whoever the sandbox's user is.
  for (int output : {plan.stdout_descriptor, plan.stderr_descriptor}) {
    struct stat kind{};
    if (plan.own_user != 0 && ::fstat(output, &kind) == 0 && S_ISFIFO(kind.st_mode))
      ::fchown(output, plan.own_user, plan.own_user);
  }
  if (plan.stdin_descriptor >= 0) ::dup2(plan.stdin_descriptor, STDIN_FILENO);
  ::dup2(plan.stdout_descriptor, STDOUT_FILENO);
  ::dup2(plan.stderr_descriptor, STDERR_FILENO);
  // It must be marked before the filter is loaded, and no later step needs a descriptor above.
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  Descriptor rules = TRY(make_path_rules(plan));
  TRY_VOID(become(plan.own_user));
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // what follows forgets no such wish; becoming another user did
  if (rules.is_open()) TRY_VOID(enforce_path_rules(rules));
  if (::chdir(spec.working_folder.c_str()) != 0)
    return fail_with_errno("The working folder " + spec.working_folder + " could not be entered");
  ::umask(022);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (plan.ways.has_filter) TRY_VOID(filter_system_calls());
  ::execve(spec.command[0].c_str(), pointers_to(spec.command).data(), pointers_to(spec.environment).data());
  return fail_with_errno(spec.command[0] + " could not be started");
}

// As fork, into a cgroup and only returning when the child has executed its program or ended.
pid_t fork_for_command(const SandboxPlan& plan) {
  struct {
    std::uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
        cgroup;
  } arguments{};
  constexpr std::uint64_t kIntoCgroup = 0x200000000ULL;
  if (plan.group_folder >= 0) {
    arguments.flags = CLONE_VFORK | kIntoCgroup;
    arguments.exit_signal = SIGCHLD;
    arguments.cgroup = static_cast<std::uint64_t>(plan.group_folder);
    return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
  }
  return fork_into(CLONE_VFORK);
}

Result<pid_t> start_command(const SandboxPlan& plan) {
  int problem[2];
  if (::pipe2(problem, O_CLOEXEC | O_NONBLOCK) != 0) return fail_with_errno("No pipe could be made");
  Descriptor reading(problem[0]), writing(problem[1]);
  pid_t command = fork_for_command(plan);
  if (command < 0) return fail_with_errno("No process could be made");
  if (command == 0) {
    Result<void> failed = run_command(plan);
    const std::string& text = failed.error().message;
    if (::write(writing.get(), text.data(), text.size()) < 0) ::_exit(126);
    ::_exit(127);
  }
  char text[sizeof KeeperReport::problem];
  ssize_t size = ::read(reading.get(), text, sizeof text);
  if (size > 0) return base::fail("NotStarted", std::string(text, size));
  return command;
}

void tell_spawner(int control, const KeeperReport& report, const std::vector<Descriptor>& sockets = {}) {
  std::vector<int> numbers;
  for (const Descriptor& socket : sockets) numbers.push_back(socket.get());
  send_message(control, {reinterpret_cast<const char*>(&report), sizeof report}, numbers);
}

// What a keeper holds for the sandbox.
struct Kept {
  std::vector<Descriptor> sockets;  // that listen in it
  Descriptor later;                 // of what is mounted later
};

Result<Kept> prepare(const SandboxPlan& plan) {
  if (plan.ways.namespaces == SandboxWays::Namespaces::kNone) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    return Kept();
  }
  // Nothing that runs is left when this one is gone, so the kernel may end it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (plan.spec.network == ProcessSpec::Network::kOwn) TRY_VOID(start_loopback());
  Kept kept{.sockets = TRY(listen_on(plan.spec.own_network_ports))};
  kept.later = TRY(enter_own_root(plan));
  return kept;
}

// Ends all that is left. In a process namespace of its own, the kernel does that when we leave.
[[noreturn]] void leave(const SandboxPlan& plan) {
  if (plan.ways.namespaces != SandboxWays::Namespaces::kNone) ::_exit(0);
  sigset_t children;
  ::sigemptyset(&children);
  ::sigaddset(&children, SIGCHLD);
  // The lists of children may miss one while another ends, so that killing goes on until there is none.
  constexpr timespec kPatience{.tv_sec = 0, .tv_nsec = 5'000'000};
  for (;;) {
    kill_descendants(::getpid());
    pid_t ended;
    while ((ended = ::waitpid(-1, nullptr, WNOHANG)) > 0) continue;
    if (ended < 0 && errno == ECHILD) ::_exit(0);
    ::sigtimedwait(&children, nullptr, &kPatience);
  }
}

// Mounts what the spawner asks for, and tells how that went; false when nobody is there any more.
bool obey_spawner(const SandboxPlan& plan, int control, Descriptor& later) {
  std::optional<Message> request = receive_message(control);
  if (!request || request->bytes.empty()) return false;
  MessageReader in(request->bytes);
  in.word();
  std::vector<std::string> paths = in.texts();
  std::vector<ProcessSpec::Mount> mounts;
  for (std::size_t index = 0; index + 1 < paths.size(); index += 2) mounts.push_back({paths[index], paths[index + 1]});
  Result<void> done = mount_later(std::move(later), plan.spec, mounts);
  later.reset();
  KeeperReport report{.kind = KeeperReport::Kind::kMounted};
  if (!done) done.error().message.copy(report.problem, sizeof report.problem - 1);
  tell_spawner(control, report);
  return true;
}

// Waits until the command has ended, or nobody is there any more who wants it to run.
[[noreturn]] void keep(const SandboxPlan& plan, int control, int signals, pid_t command, Descriptor later) {
  for (;;) {
    pollfd awaited[] = {{control, POLLIN, 0}, {signals, POLLIN, 0}};
    if (::poll(awaited, 2, -1) < 0) continue;
    if (awaited[0].revents && !obey_spawner(plan, control, later)) leave(plan);
    if (!awaited[1].revents) continue;
    signalfd_siginfo signal;
    if (::read(signals, &signal, sizeof signal) < 0) continue;
    int status = 0;
    rusage usage{};
    for (pid_t ended; (ended = ::wait4(-1, &status, WNOHANG, &usage)) > 0;) {
      if (ended != command) continue;
      tell_spawner(control, {.kind = KeeperReport::Kind::kEnded, .status = status, .peak_kb = usage.ru_maxrss});
      leave(plan);
    }
  }
}

[[noreturn]] void run_keeper(const SandboxPlan& plan, Descriptor control) {
  std::vector<int> kept = plan.group_members;
  kept.insert(kept.end(), {control.get(), plan.stdin_descriptor, plan.stdout_descriptor, plan.stderr_descriptor,
                           plan.group_folder});
  close_all_but(kept);
  ::prctl(PR_SET_NAME, "virga-keeper");
  sigset_t children;
  ::sigemptyset(&children);
  ::sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_SETMASK, &children, nullptr);
  Descriptor signals(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
  Result<Kept> held = prepare(plan);
  Result<pid_t> command = held ? start_command(plan) : std::unexpected(held.error());
  if (!command) {
    KeeperReport failed{.kind = KeeperReport::Kind::kFailed};
    command.error().message.copy(failed.problem, sizeof failed.problem - 1);
    tell_spawner(control.get(), failed);
    leave(plan);
  }
  tell_spawner(control.get(), {.kind = KeeperReport::Kind::kStarted}, held->sockets);
  // It looks up the command's pid as the host counts, which must not be free before.
  if (!receive_message(control.get())) leave(plan);
  held->sockets.clear();
  // The output's end must be seen when the command ends, and the command's memory is not ours to read.
  close_all_but({control.get(), signals.get(), held->later.get()});
  ::prctl(PR_SET_DUMPABLE, 0);
  keep(plan, control.get(), signals.get(), *command, std::move(held->later));
}

std::uint64_t namespace_flags(const SandboxPlan& plan) {
  using Namespaces = SandboxWays::Namespaces;
  if (plan.ways.namespaces == Namespaces::kNone) return 0;
  std::uint64_t flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
  if (plan.ways.namespaces == Namespaces::kByUser) flags |= CLONE_NEWUSER;
  if (plan.spec.network == ProcessSpec::Network::kOwn) flags |= CLONE_NEWNET;
  return flags;
}

}  // namespace

Result<Keeper> start_keeper(const SandboxPlan& plan) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_with_errno("No socket could be made");
  Descriptor ours(ends[0]), theirs(ends[1]);
  pid_t keeper = fork_into(namespace_flags(plan));
  if (keeper < 0) return fail_with_errno("No process could be made in namespaces of its own");
  if (keeper == 0) run_keeper(plan, std::move(theirs));
  return Keeper{keeper, std::move(ours)};
}

}  // namespace runtime
