#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/spawner.h"

// What tests of real processes share.
namespace runtime {

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

}  // namespace runtime
