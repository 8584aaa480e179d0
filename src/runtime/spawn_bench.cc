// What a sandbox costs: from spawn to the exit of a program that does nothing, beside posix_spawn. Usage: spawn_bench
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <vector>

#include "runtime/spawner.h"

namespace {

constexpr int kRuns = 300;

// The median of many runs, and how they spread.
template <class Work>
void measure(std::string_view name, Work work) {
  std::vector<double> runs_ms;
  for (int run = 0; run < kRuns; ++run) {
    auto begin = std::chrono::steady_clock::now();
    work();
    runs_ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(runs_ms);
  fmt::print("  {:<40} {:6.2f} ms   ({:.2f} .. {:.2f})\n", name, runs_ms[kRuns / 2], runs_ms[kRuns / 20],
             runs_ms[kRuns - kRuns / 20]);
}

void spawn_plainly() {
  std::string program = "/bin/true";
  char* arguments[] = {program.data(), nullptr};
  pid_t pid = -1;
  if (::posix_spawn(&pid, "/bin/true", nullptr, nullptr, arguments, arguments + 1) == 0) ::waitpid(pid, nullptr, 0);
}

void measure_tier(runtime::Isolation isolation, runtime::ProcessSpec::Network network) {
  auto spawner = runtime::Spawner::start({.isolation = isolation});
  if (!spawner) {
    fmt::print("  {}\n", spawner.error().message);
    return;
  }
  runtime::ProcessSpec spec{.command = {"/bin/true"}, .memory_mb = 128, .cpu_permille = 500, .network = network};
  bool is_own = network == runtime::ProcessSpec::Network::kOwn;
  measure(fmt::format("{}{}", name_of((*spawner)->tier()), is_own ? ", own network" : ""), [&] {
    std::promise<void> ended;
    auto process = (*spawner)->spawn(spec, 1, 2, [&](runtime::ExitReport) { ended.set_value(); });
    if (process) ended.get_future().wait();
  });
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (auto exit_code = runtime::run_as_spawner(argument_count, arguments)) return *exit_code;
  using Network = runtime::ProcessSpec::Network;
  fmt::print("/bin/true, from spawn to exit: median of {} (5 % .. 95 %)\n", kRuns);
  measure("posix_spawn", spawn_plainly);
  measure_tier(runtime::Isolation::kProcess, Network::kHost);
  measure_tier(runtime::Isolation::kIsolated, Network::kHost);
  measure_tier(runtime::Isolation::kIsolated, Network::kOwn);
  measure("posix_spawn", spawn_plainly);
}
