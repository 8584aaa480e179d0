#include "runtime/spawner_process.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/host_findings.h"
#include "runtime/probe.h"

namespace runtime {

namespace {

using base::Result;

// What poll says is ready; higher numbers are sandboxes.
constexpr std::uint64_t kServerReady = 0;
constexpr std::uint64_t kSignalReady = 1;

bool has_exited_well(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

// Whether anybody may get to a path, and read what is there.
bool is_open_to_all(const std::string& path) {
  struct stat kind{};
  for (std::size_t end = path.find('/', 1); end != path.npos; end = path.find('/', end + 1))
    if (::stat(path.substr(0, end).c_str(), &kind) == 0 && !(kind.st_mode & S_IXOTH)) return false;
  return ::stat(path.c_str(), &kind) != 0 || (kind.st_mode & S_IROTH);
}

bool is_open_to_all(const ProcessSpec& spec) {
  return is_open_to_all(spec.command[0]) && is_open_to_all(spec.working_folder) &&
         std::ranges::all_of(spec.mounts, [](const auto& mount) { return is_open_to_all(mount.from); });
}

}  // namespace

SpawnerProcess::~SpawnerProcess() {
  for (auto& [id, sandbox] : sandboxes_) kill(sandbox);
  while (!sandboxes_.empty()) {
    reap();
    if (!sandboxes_.empty()) wait();
  }
  std::error_code ignored;  // it is temporary, and the next start removes what is left
  std::filesystem::remove_all(work_folder_, ignored);
}

int SpawnerProcess::run() {
  Result<void> ready = prepare();
  if (!ready) {
    MessageWriter refusal(Word::kRefused);
    send_message(server_.get(), refusal.text(ready.error().code).text(ready.error().message).bytes());
    return 1;
  }
  MessageWriter answer(Word::kReady);
  answer.number(static_cast<std::int64_t>(ways_.tier()));
  write_findings(answer, findings_);
  send_message(server_.get(), answer.bytes());
  while (!is_over_) wait();
  return 0;
}

Result<void> SpawnerProcess::prepare() {
  std::optional<Message> hello = receive_message(server_.get());
  if (!hello) return base::fail("NotStarted", "The server ended at once.");
  MessageReader in(hello->bytes);
  in.word();
  auto isolation = static_cast<Isolation>(in.number());
  work_folder_ = in.text();
  std::error_code failed;
  std::filesystem::create_directories(work_folder_ + "/root", failed);
  if (failed) return base::fail("NotStarted", work_folder_ + " could not be made: " + failed.message());
  ::prctl(PR_SET_NAME, "virga-spawner");
  // Processes whose keeper is killed come to us.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t children;
  ::sigemptyset(&children);
  ::sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_SETMASK, &children, nullptr);
  signals_ = Descriptor(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
  poll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  if (!signals_.is_open() || !poll_.is_open()) return fail_with_errno("The spawner could not begin");
  epoll_event event{.events = EPOLLIN, .data = {.u64 = kServerReady}};
  ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, server_.get(), &event);
  event.data.u64 = kSignalReady;
  ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, signals_.get(), &event);
  return choose_ways(isolation);
}

Result<void> SpawnerProcess::choose_ways(Isolation isolation) {
  groups_.emplace(::getppid());
  if (isolation != Isolation::kProcess) TRY_VOID(copy_settings(work_folder_ + "/etc"));
  Probe probe = probe_host(isolation, work_folder_);
  ways_ = probe.ways;
  if (isolation == Isolation::kIsolated && ways_.tier() != Tier::kIsolated)
    return base::fail("NotIsolated", "This host does not offer tier isolated. " + probe.namespaces_problem);
  findings_ = describe(probe, *groups_);
  return {};
}

void SpawnerProcess::wait() {
  epoll_event events[32];
  int count = ::epoll_wait(poll_.get(), events, 32, watch_interval_ms());
  bool has_children_to_reap = false;
  for (int i = 0; i < count; ++i) {
    std::uint64_t ready = events[i].data.u64;
    if (ready == kServerReady) {
      read_server();
    } else if (ready == kSignalReady) {
      signalfd_siginfo signal;
      while (::read(signals_.get(), &signal, sizeof signal) > 0) has_children_to_reap = true;
    } else if (auto sandbox = sandboxes_.find(ready); sandbox != sandboxes_.end()) {
      read_keeper(ready, sandbox->second);
      // It has gone, or is about to: that will be a signal, and this would be ready until then.
      if (events[i].events & EPOLLHUP)
        ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, sandbox->second.keeper.control.get(), nullptr);
    }
  }
  // Afterwards, so that what keepers said last has been read.
  if (has_children_to_reap) reap();
  watch_memory();
}

void SpawnerProcess::read_server() {
  std::optional<Message> message = receive_message(server_.get());
  if (!message) {
    is_over_ = true;
    // It stays readable for ever.
    ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, server_.get(), nullptr);
    return;
  }
  MessageReader in(message->bytes);
  Word word = in.word();
  auto id = static_cast<std::uint64_t>(in.number());
  if (word == Word::kSpawn) return start(id, read_spec(in), message->descriptors);
  if (word == Word::kMeasure) return measure(id);
  if (word == Word::kMount) return mount(id, in.texts());
  auto found = sandboxes_.find(id);
  if (found == sandboxes_.end()) return;  // it has ended meanwhile
  if (word == Word::kFreeze) freeze(found->second);
  if (word == Word::kThaw) thaw(found->second);
  if (word == Word::kKill) kill(found->second);
}

uid_t SpawnerProcess::free_user() const {
  if (!ways_.has_own_users) return 0;
  uid_t user = kFirstOwnUser;
  for (bool is_taken = true; is_taken;) {
    is_taken = std::ranges::any_of(sandboxes_, [&](const auto& other) { return other.second.own_user == user; });
    if (is_taken) ++user;
  }
  return user;
}

void SpawnerProcess::start(std::uint64_t id, ProcessSpec spec, const std::vector<Descriptor>& standard) {
  Sandbox sandbox{.spec = std::move(spec)};
  sandbox.own_user = free_user();
  Result<void> started = standard.size() >= 2
                             ? start_sandbox(id, sandbox, standard)
                             : base::fail("NotStarted", "The outputs did not arrive; too many files are open.");
  if (!started) {
    discard(sandbox);
    MessageWriter failure(Word::kFailed);
    failure.number(id).text(started.error().code).text(started.error().message);
    send_message(server_.get(), failure.bytes());
    return;
  }
  epoll_event event{.events = EPOLLIN, .data = {.u64 = id}};
  ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, sandbox.keeper.control.get(), &event);
  sandboxes_.emplace(id, std::move(sandbox));
}

Result<void> SpawnerProcess::start_sandbox(std::uint64_t id, Sandbox& sandbox,
                                           const std::vector<Descriptor>& standard) {
  ProcessSpec& spec = sandbox.spec;
  // Programs in the home folder of root are for root alone. Nothing else can be reached either, where Landlock is.
  if (ways_.tier() == Tier::kProcess && ways_.landlock_version > 0 && !is_open_to_all(spec)) sandbox.own_user = 0;
  if (ways_.tier() == Tier::kProcess && spec.network == ProcessSpec::Network::kOwn)
    return base::fail("NotIsolated", "This host offers no networks of one's own; `virga doctor` says why.");
  if (spec.temporary_folder.empty() && ways_.tier() == Tier::kProcess) {
    spec.temporary_folder = work_folder_ + "/tmp-" + std::to_string(id);
    if (::mkdir(spec.temporary_folder.c_str(), 0700) != 0)
      return fail_with_errno(spec.temporary_folder + " could not be made");
    sandbox.own_temporary_folder = spec.temporary_folder;
  }
  // One that is given may be shared by several sandboxes, each with a user of its own.
  const char* folder = spec.temporary_folder.c_str();
  bool is_shared = sandbox.own_temporary_folder.empty();
  if (sandbox.own_user != 0 && !spec.temporary_folder.empty() &&
      (is_shared ? ::chmod(folder, 01777) : ::chown(folder, sandbox.own_user, sandbox.own_user)) != 0)
    return fail_with_errno(spec.temporary_folder + " could not be given to the sandbox");
  bool names_folder =
      std::ranges::any_of(spec.environment, [](const auto& each) { return each.starts_with("TMPDIR="); });
  if (!names_folder && ways_.tier() == Tier::kProcess) spec.environment.push_back("TMPDIR=" + spec.temporary_folder);
  SandboxPlan plan{
      .spec = spec, .ways = ways_, .root_folder = work_folder_ + "/root", .settings_folder = work_folder_ + "/etc"};
  plan.stdout_descriptor = standard[0].get();
  plan.stderr_descriptor = standard[1].get();
  if (standard.size() > 2) plan.stdin_descriptor = standard[2].get();
  plan.own_user = sandbox.own_user;
  sandbox.group = TRY(groups_->make(id, spec));
  plan.group_folder = sandbox.group.unified_folder.get();
  for (const Descriptor& members : sandbox.group.members) plan.group_members.push_back(members.get());
  plan.is_cpu_limited = groups_->limits_cpu();
  sandbox.keeper = TRY(start_keeper(plan));
  sandbox.group.unified_folder.reset();
  sandbox.group.members.clear();
  return {};
}

void SpawnerProcess::read_keeper(std::uint64_t id, Sandbox& sandbox) {
  while (std::optional<Message> message = receive_message(sandbox.keeper.control.get(), Waiting::kNever)) {
    KeeperReport report;
    std::memcpy(&report, message->bytes.data(), std::min(sizeof report, message->bytes.size()));
    if (report.kind == KeeperReport::Kind::kFailed) {
      sandbox.problem = report.problem;
    } else if (report.kind == KeeperReport::Kind::kMounted) {
      sandbox.is_mounting = false;
      tell_mounted(id, report.problem);
    } else if (report.kind == KeeperReport::Kind::kEnded) {
      sandbox.has_ended = true;
      sandbox.status = report.status;
      sandbox.peak_kb = std::max<std::int64_t>(sandbox.peak_kb, report.peak_kb);
    } else {
      sandbox.is_started = true;
      std::vector<pid_t> children = children_of(sandbox.keeper.pid);
      sandbox.command = children.empty() ? -1 : children.front();
      MessageWriter answer(Word::kStarted);
      answer.number(id).number(sandbox.command);
      std::vector<int> sockets;
      for (const Descriptor& socket : message->descriptors) sockets.push_back(socket.get());
      send_message(server_.get(), answer.bytes(), sockets);
      send_message(sandbox.keeper.control.get(), "known");
    }
  }
}

void SpawnerProcess::reap() {
  for (pid_t ended; (ended = ::waitpid(-1, nullptr, WNOHANG)) > 0;) {
    auto found = std::ranges::find_if(sandboxes_, [&](const auto& each) { return each.second.keeper.pid == ended; });
    if (found == sandboxes_.end()) continue;  // somebody who lost his keeper
    read_keeper(found->first, found->second);
    finish(found->first);
  }
  // A keeper that was killed from outside leaves its processes to us.
  for (pid_t child : children_of(::getpid()))
    if (std::ranges::none_of(sandboxes_, [&](const auto& each) { return each.second.keeper.pid == child; })) {
      kill_descendants(child);
      ::kill(child, SIGKILL);
    }
}

// Removes what a sandbox needed outside of itself.
void SpawnerProcess::discard(const Sandbox& sandbox) const {
  std::error_code ignored;  // the work folder goes at the end, with all that is left
  if (!sandbox.own_temporary_folder.empty()) std::filesystem::remove_all(sandbox.own_temporary_folder, ignored);
  groups_->remove(sandbox.group);
}

void SpawnerProcess::finish(std::uint64_t id) {
  auto node = sandboxes_.extract(id);
  Sandbox& sandbox = node.mapped();
  sandbox.is_out_of_memory =
      sandbox.is_out_of_memory || (!has_exited_well(sandbox.status) && groups_->was_out_of_memory(sandbox.group));
  discard(sandbox);
  if (sandbox.is_mounting) tell_mounted(id, "It has ended.");
  sandbox.keeper.control.reset();  // nothing of it is left when its end is told
  if (!sandbox.is_started) {
    std::string problem = sandbox.problem.empty() ? "It ended while it was set up." : sandbox.problem;
    MessageWriter failure(Word::kFailed);
    send_message(server_.get(), failure.number(id).text("NotStarted").text(problem).bytes());
    return;
  }
  using Reason = ExitReport::Reason;
  ExitReport report{.memory_peak_mb = megabytes_of(sandbox.peak_kb)};
  bool has_exited = sandbox.has_ended && WIFEXITED(sandbox.status);
  report.signal = has_exited ? 0 : sandbox.has_ended ? WTERMSIG(sandbox.status) : SIGKILL;
  report.exit_status = has_exited ? WEXITSTATUS(sandbox.status) : 128 + report.signal;
  report.reason = sandbox.is_out_of_memory ? Reason::kOutOfMemory
                  : sandbox.is_killed      ? Reason::kKilled
                  : has_exited             ? Reason::kExited
                                           : Reason::kSignalled;
  MessageWriter answer(Word::kExited);
  answer.number(id);
  write_report(answer, report);
  send_message(server_.get(), answer.bytes());
}

}  // namespace runtime
