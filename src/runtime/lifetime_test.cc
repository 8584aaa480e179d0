#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "runtime/process_tree.h"
#include "runtime/test_support.h"

// What becomes of processes. Whatever still runs holds the writing end of the output, so reading that to its end proves
// that nothing does.
namespace runtime {
namespace {

using Lifetime = EachTier;

// Starts processes that try to be forgotten, and says when they run.
constexpr const char* kFamily =
    "(sleep 1000 & setsid sleep 1000 & (setsid sh -c 'trap \"\" TERM HUP; sleep 1000; sleep 1000' &) ) ; "
    "echo ready; sleep 1000";

TEST_P(Lifetime, EndsWithTheCommand) {
  TestRun run = shell("sleep 1000 & (setsid sleep 1000 &); exit 3");
  EXPECT_EQ(run.report.exit_status, 3);
}

TEST_P(Lifetime, IsEndedWithAllThatItStarted) {
  TestProcess process = spawner.start({.command = {"/bin/sh", "-c", kFamily}});
  EXPECT_EQ(process.output.read_line(), "ready");
  process->kill();
  EXPECT_EQ(process.output.read_all(), "");
  ExitReport report = process.wait();
  EXPECT_EQ(report.reason, ExitReport::Reason::kKilled);
  EXPECT_EQ(report.exit_status, 137);
}

TEST_P(Lifetime, EndsWithItsProcessObjectAndTheSpawner) {
  TestProcess first = spawner.start({.command = {"/bin/sh", "-c", kFamily}});
  TestProcess second = spawner.start({.command = {"/bin/sh", "-c", kFamily}});
  EXPECT_EQ(first.output.read_line(), "ready");
  EXPECT_EQ(second.output.read_line(), "ready");
  first.process.reset();
  EXPECT_EQ(first.output.read_all(), "");
  spawner.stop();
  EXPECT_EQ(second.output.read_all(), "");
  EXPECT_EQ(second.wait().reason, ExitReport::Reason::kKilled);
  EXPECT_EQ(second->memory_used_mb(), std::nullopt);
}

TEST_P(Lifetime, StandsStillWhileItIsFrozen) {
  TestProcess process = spawner.start({.command = {"/bin/sh", "-c", "(while :; do echo x; done) & wait"}});
  EXPECT_EQ(process.output.read_line(), "x");
  ::fcntl(process.output.reading.get(), F_SETFL, O_NONBLOCK);
  process->freeze();
  char piece[65'536];
  // What is asked after the freezing is answered after it, too; then the pipe is emptied for good.
  for (int round = 0; round < 50; ++round) {
    EXPECT_TRUE(process->memory_used_mb());
    while (::read(process.output.reading.get(), piece, sizeof piece) > 0) continue;
  }
  EXPECT_TRUE(process->memory_used_mb());
  EXPECT_EQ(::read(process.output.reading.get(), piece, sizeof piece), -1);
  process->thaw();
  ::fcntl(process.output.reading.get(), F_SETFL, 0);
  EXPECT_EQ(process.output.read_line(), "x");
  process->freeze();
  process->kill();
  EXPECT_EQ(process.wait().reason, ExitReport::Reason::kKilled);
}

TEST_P(Lifetime, EndsWhenTheSpawnerIsKilledAndAnotherOneIsThere) {
  TestProcess process = spawner.start({.command = {"/bin/sh", "-c", kFamily}});
  TestProcess frozen = spawner.start({.command = {"/bin/sh", "-c", kFamily}});
  EXPECT_EQ(process.output.read_line(), "ready");
  EXPECT_EQ(frozen.output.read_line(), "ready");
  frozen->freeze();
  EXPECT_TRUE(frozen->memory_used_mb());
  int killed = spawner->pid();
  ::kill(killed, SIGKILL);
  EXPECT_EQ(process.wait().reason, ExitReport::Reason::kLost);
  EXPECT_EQ(frozen.wait().reason, ExitReport::Reason::kLost);
  EXPECT_EQ(process.output.read_all(), "");
  EXPECT_EQ(frozen.output.read_all(), "");
  process->kill();  // to nobody
  EXPECT_EQ(shell("echo again").output, "again\n");
  EXPECT_NE(spawner->pid(), killed);
}

TEST_P(Lifetime, EndsWhenItsKeeperIsKilled) {
  TestProcess process = spawner.start({.command = {"/bin/sh", "-c", kFamily}});
  EXPECT_EQ(process.output.read_line(), "ready");
  for (pid_t keeper : children_of(spawner->pid())) ::kill(keeper, SIGKILL);
  EXPECT_EQ(process.output.read_all(), "");
  EXPECT_EQ(process.wait().exit_status, 137);
}

TEST_P(Lifetime, EndsWithTheServerHoweverThatEnds) {
  TestPipe output, pid_pipe;
  std::string program = test_program(), isolation = is_isolated() ? "isolated" : "process";
  pid_t parent = ::fork();
  if (parent == 0) {
    ::dup2(output.writing.get(), STDOUT_FILENO);
    ::dup2(pid_pipe.writing.get(), STDERR_FILENO);
    ::execl("/proc/self/exe", "runtime_test", "--parent", isolation.c_str(), nullptr);
    ::_exit(1);
  }
  int helper = std::atoi(pid_pipe.read_line().c_str());
  ASSERT_GT(helper, 1);
  EXPECT_EQ(output.read_line(), "ready");
  Descriptor watched(static_cast<int>(::syscall(SYS_pidfd_open, helper, 0)));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_EQ(output.read_all(), "");
  pollfd ended{watched.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 30'000), 1) << "the spawner is still there";
}

std::size_t count_files(const std::string& folder) {
  std::size_t count = 0;
  for (auto file = std::filesystem::directory_iterator(folder); file != std::filesystem::directory_iterator(); ++file)
    ++count;
  return count;
}

std::size_t count_lines(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::size_t count = 0;
  while (std::getline(file, line)) ++count;
  return count;
}

TEST_P(Lifetime, LeavesNothingBehind) {
  constexpr int kRuns = 1'000;
  std::string work = std::filesystem::temp_directory_path() / ("virga-" + std::to_string(::getpid()) + "-sandboxes");
  shell(":");
  auto inventory = [&] {
    std::string helper = "/proc/" + std::to_string(spawner->pid());
    return std::vector<std::size_t>{
        count_files("/proc/self/fd"),      count_files(helper + "/fd"),        count_files(work),
        count_files(work + "/root"),       children_of(spawner->pid()).size(), count_lines("/proc/self/mountinfo"),
        count_lines(helper + "/mountinfo")};
  };
  std::vector<std::size_t> before = inventory();
  for (int i = 0; i < kRuns / 4; ++i) {
    TestProcess processes[4];
    for (int j = 0; j < 4; ++j) {
      ProcessSpec spec{.command = {j == 0 ? "/usr/bin/missing" : "/bin/sleep", j == 1 ? "1000" : "0"}};
      if (j == 0) {
        EXPECT_FALSE(spawner->spawn(spec, 1, 2, [](ExitReport) {}));
        continue;
      }
      processes[j] = spawner.start(spec);
      if (j == 1) processes[j]->kill();
    }
    for (int j = 1; j < 4; ++j) processes[j].wait();
  }
  // The helper may still be looking at what has ended.
  for (int round = 0; round < 1'000 && inventory() != before; ++round) shell(":");
  EXPECT_EQ(inventory(), before);
  spawner.stop();
  EXPECT_FALSE(std::filesystem::exists(work));
}

INSTANTIATE_TEST_SUITE_P(Tiers, Lifetime, testing::Values(Isolation::kIsolated, Isolation::kProcess),
                         name_of_isolation);

}  // namespace

std::optional<int> run_as_parent(int argument_count, char** arguments) {
  if (argument_count < 3 || std::string_view(arguments[1]) != "--parent") return std::nullopt;
  auto spawner = Spawner::start({.isolation = parse_isolation(arguments[2]).value_or(Isolation::kAuto)});
  if (!spawner) return 1;
  std::string pid = std::to_string((*spawner)->pid()) + "\n";
  auto process = (*spawner)->spawn({.command = {"/bin/sh", "-c", kFamily}, .environment = {"PATH=/usr/bin:/bin"}},
                                   STDOUT_FILENO, STDERR_FILENO, [](ExitReport) {});
  if (!process || ::write(STDERR_FILENO, pid.data(), pid.size()) < 0) return 1;
  for (;;) ::pause();
}

}  // namespace runtime
