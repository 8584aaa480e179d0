// What the pool does beside invocations: telling of its counts, freezing, and ending what is idle.
#include <algorithm>

#include "runtime/memory.h"
#include "runtime/pool.h"
#include "runtime/spares.h"

namespace runtime {

void Pool::publish(const Group& group) {
  kernel::FunctionCounts counts{.starting = static_cast<int>(group.starting.size()),
                                .idle = static_cast<int>(group.idle.size()),
                                .failed = group.failed};
  counts.busy = static_cast<int>(group.all.size()) - counts.starting - counts.idle;
  std::lock_guard lock(mutex_);
  kernel::FunctionCounts& known = counts_[group.key];
  counts.problem = group.problem;
  known = std::move(counts);
}

// Whoever listens may take its time.
void Pool::tell_of_change(const Group& group) {
  if (group.on_change) machine_.starting.run([on_change = group.on_change] { on_change(); });
}

kernel::FunctionCounts Pool::counts(const std::string& key) const {
  std::lock_guard lock(mutex_);
  auto found = counts_.find(key);
  return found == counts_.end() ? kernel::FunctionCounts{} : found->second;
}

// Not at once: under load the next run is there before that would have been worth it.
void Pool::freeze_later(Environment& environment) {
  thawed_.push_back(environment.weak_from_this());
  if (std::exchange(is_freezing_due_, true)) return;
  machine_.loop.post_after(machine_.settings.freeze_after, [this] { freeze_due(); });
}

void Pool::freeze_due() {
  is_freezing_due_ = false;
  http::Loop::TimePoint since = machine_.loop.now() - machine_.settings.freeze_after;
  std::deque<std::weak_ptr<Environment>> later;
  std::set<Environment*> seen;
  for (auto& each : std::exchange(thawed_, {})) {
    auto environment = each.lock();
    if (environment == nullptr || environment->phase() != Environment::Phase::kIdle || environment->is_frozen())
      continue;
    if (!seen.insert(environment.get()).second) continue;
    if (environment->idle_since() <= since)
      environment->freeze();
    else
      later.push_back(each);
  }
  for (auto& each : later)
    if (auto environment = each.lock()) freeze_later(*environment);
}

// Looks after idle ones while there are environments at all.
void Pool::sweep_later() {
  constexpr std::chrono::seconds kEvery{15};
  if (std::exchange(is_sweep_due_, true)) return;
  machine_.loop.post_after(kEvery, [this] {
    is_sweep_due_ = false;
    sweep();
  });
}

void Pool::sweep() {
  std::vector<std::shared_ptr<Environment>> ending;
  bool has_any = false;
  for (auto& [key, group] : groups_) {
    has_any = has_any || !group.all.empty();
    // Those used longest ago come first.
    std::size_t spare = group.idle.size() - std::min<std::size_t>(group.idle.size(), group.provisioned);
    for (std::size_t index = 0; index < spare; ++index) {
      Environment& environment = *group.idle[index];
      if (machine_.loop.now() - environment.idle_since() > machine_.settings.idle_time)
        ending.push_back(environment.shared_from_this());
    }
    for (auto& each : ending) std::erase(group.idle, each.get());
  }
  for (auto& environment : ending) environment->end("spindown");
  if (has_any) sweep_later();
}

// Where the machine runs short of memory, spares make way, and the environment idle longest.
void Pool::relieve_memory() {
  constexpr double kShareFree = 0.08;
  if (share_of_memory_available() > kShareFree) return;
  machine_.spares->drop_all();
  Group* from = nullptr;
  for (auto& [key, group] : groups_) {
    if (group.idle.empty()) continue;
    if (from == nullptr || group.idle.front()->idle_since() < from->idle.front()->idle_since()) from = &group;
  }
  if (from == nullptr) return;
  auto oldest = from->idle.front()->shared_from_this();
  from->idle.erase(from->idle.begin());
  // In a later turn: its end may have others started.
  machine_.loop.post([oldest] { oldest->end("spindown"); });
}

}  // namespace runtime
