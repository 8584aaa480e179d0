#include "runtime/spawner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runtime/messages.h"
#include "runtime/test_support.h"

namespace runtime {
namespace {

using Spawners = EachTier;

TEST_P(Spawners, RunACommandAndTellHowItEnded) {
  TestRun run = shell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(run.output, "out\n");
  EXPECT_EQ(run.errors, "err\n");
  EXPECT_EQ(run.report.reason, ExitReport::Reason::kExited);
  EXPECT_EQ(run.report.exit_status, 7);
}

TEST_P(Spawners, TellOfASignal) {
  TestRun run = shell("kill -SEGV $$");
  EXPECT_EQ(run.report.reason, ExitReport::Reason::kSignalled);
  EXPECT_EQ(run.report.signal, SIGSEGV);
  EXPECT_EQ(run.report.exit_status, 128 + SIGSEGV);
}

TEST_P(Spawners, SayWhyACommandDidNotStart) {
  auto start = [&](const ProcessSpec& spec) {
    auto started = spawner->spawn(spec, 1, 2, [](ExitReport) { FAIL() << "it has not started"; });
    return started ? std::string("started") : started.error().code + ": " + started.error().message;
  };
  EXPECT_EQ(start({.command = {"/usr/bin/missing"}}),
            "NotStarted: /usr/bin/missing could not be started: No such file or directory");
  EXPECT_EQ(start({.command = {"/bin/sh"}, .working_folder = "/missing"}),
            "NotStarted: The working folder /missing could not be entered: No such file or directory");
  EXPECT_EQ(start({.command = {"true"}}), "InvalidSpec: A command begins with an absolute path.");
  EXPECT_EQ(start({.command = {}}), "InvalidSpec: A command begins with an absolute path.");
  EXPECT_EQ(start({.command = {"/bin/sh"}, .own_network_ports = {80}}),
            "InvalidSpec: Ports are made only in a network of the sandbox's own.");
  EXPECT_EQ(start({.command = {"/bin/sh", std::string(kMessageBytesMax, 'x')}}),
            "InvalidSpec: Command and environment are too long.");
}

TEST_P(Spawners, GiveTheEnvironmentAndNothingElse) {
  ::setenv("OF_THE_SERVER", "secret", 1);
  TestRun run = spawner.run(
      {.command = {"/usr/bin/env"}, .environment = {"TMPDIR=/x", "B=2", "EMPTY=", "LONG=" + std::string(9'000, 'y')}});
  EXPECT_EQ(run.output, "TMPDIR=/x\nB=2\nEMPTY=\nLONG=" + std::string(9'000, 'y') + "\n");
}

TEST_P(Spawners, GiveAWorkingFolderAndAnEmptyInput) {
  TestRun run = spawner.run({.command = {"/bin/sh", "-c", "pwd; cat"}, .working_folder = "/usr"});
  EXPECT_EQ(run.output, "/usr\n");
}

TEST_P(Spawners, StartManyAtOnce) {
  std::vector<TestProcess> processes;
  for (int i = 0; i < 20; ++i)
    processes.push_back(spawner.start({.command = {"/bin/sh", "-c", "echo " + std::to_string(i)}}));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(processes[i].output.read_all(), std::to_string(i) + "\n");
    EXPECT_EQ(processes[i].wait().exit_status, 0);
  }
}

TEST_P(Spawners, KnowThePid) {
  TestProcess process = spawner.start({.command = {"/bin/sleep", "1000"}});
  std::filesystem::path program = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", process->pid()));
  EXPECT_EQ(program.filename(), "sleep");
}

TEST_P(Spawners, TellOfMemory) {
  TestProcess process = spawner.start(attempt("allocate", 40));
  EXPECT_EQ(process.output.read_line(), "allocated");
  EXPECT_GE(process->memory_used_mb().value_or(0), 40);
  EXPECT_LE(process->memory_used_mb().value_or(0), 80);
  EXPECT_GE(process->memory_peak_mb().value_or(0), 40);
  process->kill();
  EXPECT_GE(process.wait().memory_peak_mb, 40);
  EXPECT_EQ(process->memory_used_mb(), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Tiers, Spawners, testing::Values(Isolation::kIsolated, Isolation::kProcess),
                         name_of_isolation);

TEST(SpawnerOptions, NameTheIsolation) {
  EXPECT_EQ(parse_isolation("process").value_or(Isolation::kAuto), Isolation::kProcess);
  auto refused = parse_isolation("vm");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "InvalidOption");
}

TEST(SpawnerMessages, CarryASpec) {
  ProcessSpec spec{.command = {"/a", ""},
                   .environment = {"X=\n"},
                   .mounts = {{"/f", "/t", ProcessSpec::Mount::Access::kReadWrite}},
                   .memory_mb = 128,
                   .network = ProcessSpec::Network::kOwn,
                   .later_from = "/l",
                   .later_places = {"/p", "/q"},
                   .own_network_ports = {1, 65'535}};
  MessageWriter out(Word::kSpawn);
  write_spec(out, spec);
  MessageReader in(out.bytes());
  EXPECT_EQ(in.word(), Word::kSpawn);
  ProcessSpec read = read_spec(in);
  EXPECT_EQ(read.command, spec.command);
  EXPECT_EQ(read.environment, spec.environment);
  ASSERT_EQ(read.mounts.size(), 1);
  EXPECT_EQ(read.mounts[0].to, "/t");
  EXPECT_EQ(read.mounts[0].access, ProcessSpec::Mount::Access::kReadWrite);
  EXPECT_EQ(read.memory_mb, 128);
  EXPECT_EQ(read.own_network_ports, spec.own_network_ports);
  EXPECT_EQ(read.later_from, "/l");
  EXPECT_EQ(read.later_places, spec.later_places);
  // The beginning of a message is read as far as it goes.
  for (std::size_t size = 0; size < out.bytes().size(); ++size) {
    MessageReader cut(std::string_view(out.bytes()).substr(0, size));
    cut.word();
    EXPECT_TRUE(read_spec(cut).later_places != spec.later_places) << size;
  }
}

}  // namespace
}  // namespace runtime
