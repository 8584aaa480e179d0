#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/spawner.h"

// What tests of real processes share. Their program begins its main with run_as_spawner and the two below.
namespace runtime {

// Tries, in a sandbox, what `--attempt WHAT [NUMBER]` says (attempts_test.cc).
std::optional<int> run_as_attempt(int argument_count, char** arguments);
// Starts a process that stays, as `--parent ISOLATION` says, prints the spawner's pid, and waits to be killed.
std::optional<int> run_as_parent(int argument_count, char** arguments);

struct TestRun {
  std::string output, errors;
  ExitReport report;
};

// A pipe whose writing end is handed to a process.
struct TestPipe {
  TestPipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) ADD_FAILURE() << "no pipe";
    reading = Descriptor(ends[0]);
    writing = Descriptor(ends[1]);
  }
  // Everything until all writing ends are closed.
  std::string read_all() {
    writing.reset();
    std::string text;
    char piece[4096];
    for (ssize_t count; (count = ::read(reading.get(), piece, sizeof piece)) > 0;) text.append(piece, count);
    return text;
  }
  // The next line, without its end.
  std::string read_line() {
    writing.reset();
    std::string line;
    for (char letter; ::read(reading.get(), &letter, 1) == 1 && letter != '\n';) line += letter;
    return line;
  }
  Descriptor reading, writing;
};

// A process that is running, and its output.
struct TestProcess {
  Process* operator->() { return process.get(); }
  ExitReport wait() { return report.get(); }

  TestPipe output, errors;
  std::unique_ptr<Process> process;
  std::future<ExitReport> report;
};

class TestSpawner {
 public:
  explicit TestSpawner(Isolation isolation = Isolation::kAuto) {
    auto started = Spawner::start({.isolation = isolation});
    if (started)
      spawner_ = std::move(*started);
    else
      ADD_FAILURE() << started.error().message;
  }
  explicit TestSpawner(std::unique_ptr<Spawner> spawner) : spawner_(std::move(spawner)) {}
  Spawner* operator->() { return spawner_.get(); }
  void stop() { spawner_.reset(); }

  // Starts, with the usual environment where the spec has none.
  TestProcess start(ProcessSpec spec) {
    TestProcess started;
    if (spec.environment.empty()) spec.environment = {"PATH=/usr/bin:/bin"};
    auto promise = std::make_shared<std::promise<ExitReport>>();
    started.report = promise->get_future();
    auto process = spawner_->spawn(spec, started.output.writing.get(), started.errors.writing.get(),
                                   [promise](ExitReport report) { promise->set_value(report); });
    if (process) {
      started.process = std::move(*process);
    } else {
      ADD_FAILURE() << process.error().code << ": " << process.error().message;
      promise->set_value({});
    }
    return started;
  }
  // Runs to the end. Output must fit into a pipe's 64 KB for each of both.
  TestRun run(ProcessSpec spec) {
    TestProcess process = start(std::move(spec));
    TestRun run;
    run.output = process.output.read_all();
    run.errors = process.errors.read_all();
    run.report = process.wait();
    return run;
  }
  TestRun run(std::vector<std::string> command) { return run(ProcessSpec{.command = std::move(command)}); }

 private:
  std::unique_ptr<Spawner> spawner_;
};

// A folder that goes at the end; anybody may write into it.
struct TestFolder {
  TestFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "runtime_test-XXXXXX";
    path = ::mkdtemp(pattern.data()) ? pattern : "";
    std::filesystem::permissions(path, std::filesystem::perms::all);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string write(const std::string& name, const std::string& text) const {
    std::string file = path + "/" + name;
    std::ofstream(file) << text;
    std::filesystem::permissions(file, std::filesystem::perms::all);
    return file;
  }
  std::string path;
};

inline std::string test_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

// The tests that hold in every tier.
class EachTier : public testing::TestWithParam<Isolation> {
 protected:
  void SetUp() override {
    auto started = Spawner::start({.isolation = GetParam()});
    if (!started && started.error().code == "NotIsolated") GTEST_SKIP() << started.error().message;
    ASSERT_TRUE(started) << started.error().message;
    spawner = TestSpawner(std::move(*started));
    tier = spawner->tier();
  }
  bool is_isolated() const { return tier == Tier::kIsolated; }
  TestRun shell(const std::string& script) { return spawner.run({"/bin/sh", "-c", script}); }
  ProcessSpec attempt(const std::string& what, std::int64_t number = 0) const {
    ProcessSpec::Mount program{.from = test_program(), .to = "/attempt"};
    return {.command = {seen_at(program, tier), "--attempt", what, std::to_string(number)}, .mounts = {program}};
  }
  std::string outcome(const std::string& what, std::int64_t number = 0) {
    TestRun run = spawner.run(attempt(what, number));
    EXPECT_EQ(run.errors, "");
    return run.output.substr(0, run.output.find('\n'));
  }

  TestSpawner spawner{nullptr};
  Tier tier = Tier::kProcess;
};

inline std::string name_of_isolation(const testing::TestParamInfo<Isolation>& info) {
  return info.param == Isolation::kIsolated ? "Isolated" : "Process";
}

}  // namespace runtime
