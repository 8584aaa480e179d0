#include <signal.h>
#include <sys/socket.h>

#include "runtime/spawner_process.h"

// What the spawner does with sandboxes that run.
namespace runtime {

namespace {

// How often watched memory is looked at: seldom while there is plenty left.
constexpr int kWatchIntervalMs = 50;
constexpr int kCloseWatchIntervalMs = 10;

}  // namespace

void SpawnerProcess::freeze(Sandbox& sandbox) {
  if (std::exchange(sandbox.is_frozen, true)) return;
  if (groups_->freezes()) return groups_->freeze(sandbox.group, true);
  signal_descendants(sandbox.keeper.pid, SIGSTOP);
}

void SpawnerProcess::thaw(Sandbox& sandbox) {
  if (!std::exchange(sandbox.is_frozen, false)) return;
  if (groups_->freezes()) return groups_->freeze(sandbox.group, false);
  signal_descendants(sandbox.keeper.pid, SIGCONT);
}

void SpawnerProcess::kill(Sandbox& sandbox) {
  if (!sandbox.has_ended) sandbox.is_killed = true;
  if (groups_->freezes()) groups_->kill(sandbox.group);
  // The first process of a namespace takes all others with it; elsewhere the keeper sees to what is left.
  if (ways_.tier() == Tier::kIsolated)
    ::kill(sandbox.keeper.pid, SIGKILL);
  else
    ::shutdown(sandbox.keeper.control.get(), SHUT_WR);
}

void SpawnerProcess::measure(std::uint64_t id) {
  MessageWriter answer(Word::kMeasured);
  answer.number(id);
  auto found = sandboxes_.find(id);
  if (found != sandboxes_.end()) {
    Sandbox& sandbox = found->second;
    MemoryUse use = memory_of_descendants(sandbox.keeper.pid, Exactness::kProportional);
    sandbox.peak_kb = std::max({sandbox.peak_kb, use.proportional_kb, peak_memory_kb(sandbox.command)});
    answer.number(1).number(megabytes_of(use.proportional_kb)).number(megabytes_of(sandbox.peak_kb));
  }
  send_message(server_.get(), answer.bytes());
}

// The keeper does it, who is inside.
void SpawnerProcess::mount(std::uint64_t id, const std::vector<std::string>& paths) {
  auto found = sandboxes_.find(id);
  if (found == sandboxes_.end()) return tell_mounted(id, "It has ended.");
  found->second.is_mounting = true;
  MessageWriter request(Word::kMount);
  send_message(found->second.keeper.control.get(), request.texts(paths).bytes());
}

void SpawnerProcess::tell_mounted(std::uint64_t id, std::string_view problem) {
  MessageWriter answer(Word::kMounted);
  send_message(server_.get(), answer.number(static_cast<std::int64_t>(id)).text(problem).bytes());
}

bool SpawnerProcess::is_watched(const Sandbox& sandbox) const {
  return !groups_->limits_memory() && sandbox.spec.memory_mb > 0 && sandbox.is_started && !sandbox.is_frozen;
}

// How long to wait for events: for ever, unless something runs that must be watched.
int SpawnerProcess::watch_interval_ms() const {
  int interval_ms = -1;
  for (const auto& [id, sandbox] : sandboxes_) {
    if (!is_watched(sandbox)) continue;
    if (sandbox.peak_kb * 2 > std::int64_t{sandbox.spec.memory_mb} * kMegabyteKb) return kCloseWatchIntervalMs;
    interval_ms = kWatchIntervalMs;
  }
  return interval_ms;
}

void SpawnerProcess::watch_memory() {
  for (auto& [id, sandbox] : sandboxes_) {
    std::int64_t limit_kb = std::int64_t{sandbox.spec.memory_mb} * kMegabyteKb;
    if (!is_watched(sandbox) || sandbox.is_killed) continue;
    MemoryUse use = memory_of_descendants(sandbox.keeper.pid, Exactness::kResident);
    std::int64_t used_kb = use.resident_kb;
    // Shared pages may have been counted often; only near the limit is it worth to know better.
    if (used_kb > limit_kb)
      used_kb = memory_of_descendants(sandbox.keeper.pid, Exactness::kProportional).proportional_kb;
    sandbox.peak_kb = std::max(sandbox.peak_kb, used_kb);
    if (used_kb <= limit_kb) continue;
    sandbox.is_out_of_memory = true;
    kill(sandbox);
  }
}

}  // namespace runtime
