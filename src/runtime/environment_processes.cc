// How the processes of an environment begin and end.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "runtime/environment.h"
#include "runtime/environment_part.h"
#include "runtime/exit_text.h"
#include "runtime/spares.h"

namespace runtime {

void Environment::spawn(const Member& member) {
  auto part = std::make_shared<Part>();
  part->name = member.name;
  part->is_runtime = &member == &launch_.runtime;
  std::shared_ptr<Spare> spare;
  if (part->is_runtime && launch_.spare) spare = machine_.spares->take(launch_.spare->form);
  std::array<int, 2> ends{};
  if (spare == nullptr && ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    machine_.loop.post([self = shared_from_this(), generation = generation_, name = member.name] {
      self->spawned(generation, name, base::fail("NotStarted", "This process may open no more files."));
    });
    return;
  }
  std::weak_ptr<Environment> weak = weak_from_this();
  part->spare = spare;
  Descriptor reading = spare != nullptr ? std::move(spare->output_reading) : Descriptor(ends[0]);
  auto writing = spare != nullptr ? std::make_shared<Descriptor>(std::move(spare->output_writing))
                                  : std::make_shared<Descriptor>(ends[1]);
  part->log = std::make_shared<LogPipe>(machine_.loop, std::move(reading),
                                        [weak, which = std::weak_ptr(part)](std::string message) {
                                          auto self = weak.lock();
                                          auto from = which.lock();
                                          if (self && from) self->take_message(*from, std::move(message));
                                        });
  part->log->start();
  parts_.push_back(part);
  machine_.starting.run([self = shared_from_this(), generation = generation_, &member, writing, spare] {
    http::Loop& loop = self->machine_.loop;
    auto report = [weak = self->weak_from_this(), gate = self->machine_.gate, generation,
                   name = member.name](ExitReport exit) {
      // In a later turn than the last bytes that the process has sent.
      gate->post([weak, gate, generation, name, exit] {
        gate->post([weak, generation, name, exit] {
          if (auto environment = weak.lock()) environment->on_exit(generation, name, exit);
        });
      });
    };
    base::Result<std::unique_ptr<Process>> process = base::fail("NotStarted", "There is no spare.");
    if (spare != nullptr) process = spare->become(self->launch_.spare->mounts, self->launch_.spare->told, report);
    if (!process) process = self->machine_.spawner.spawn(member.spec, writing->get(), writing->get(), report);
    writing->reset();
    loop.post([self, generation, name = member.name, process = std::move(process)]() mutable {
      self->spawned(generation, name, std::move(process));
    });
  });
}

void Environment::spawned(std::uint64_t generation, const std::string& name,
                          base::Result<std::unique_ptr<Process>> process) {
  if (generation != generation_) return;  // the process ends with its handle
  auto part = std::ranges::find(parts_, name, [](const auto& each) -> const std::string& { return each->name; });
  if (part == parts_.end()) return;
  if (process) {
    (*part)->process = std::move(*process);
    return;
  }
  if ((*part)->is_runtime)
    return fail_initialization({.status = "error",
                                .error_type = "Runtime.InvalidEntrypoint",
                                .payload = {},
                                .message = entrypoint_problem(launch_.runtime.spec, process.error())});
  extensions_.set_gone(name);
  fail_initialization(
      {.status = "error", .error_type = "Extension.LaunchError", .payload = {}, .message = process.error().message});
}

// All processes end, with what they have written still taken.
void Environment::stop_processes() {
  ++generation_;
  next_ = nullptr;
  is_frozen_ = false;
  for (auto& part : parts_) {
    if (part->process != nullptr) part->process->kill();
    part->log->close();
  }
  // Letting go of a process waits for nothing, but its thread has better things to do.
  machine_.starting.run([parts = std::move(parts_)] {});
  parts_.clear();
}

void Environment::on_exit(std::uint64_t generation, const std::string& name, const ExitReport& report) {
  if (generation != generation_) return;
  bool is_runtime = name == launch_.runtime.name;
  if (!is_runtime) extensions_.set_gone(name);
  if (phase_ == Phase::kEnding) {
    if (!extensions_.has_external()) kill();
    return;
  }
  if (phase_ == Phase::kExtensions || phase_ == Phase::kInitializing) {
    std::string message = is_runtime ? exit_text(report) : fmt::format("exit code {}", report.exit_status);
    return fail_initialization({.status = "error",
                                .error_type = is_runtime ? "Runtime.ExitError" : "Extension.Crash",
                                .payload = {},
                                .message = std::move(message)});
  }
  if (phase_ == Phase::kBusy) return crashed(report);
  drain_logs();
  kill();
}

}  // namespace runtime
