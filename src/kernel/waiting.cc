#include "kernel/waiting.h"

namespace kernel {

void Waiting::forget(const std::string& topic, Ticket ticket) {
  std::lock_guard lock(mutex_);
  auto found = topics_.find(topic);
  if (found == topics_.end()) return;
  found->second.erase(ticket);
  if (found->second.empty()) topics_.erase(found);
}

std::vector<Waiting::Woken> Waiting::wake(const std::string& topic, int count) {
  std::vector<Woken> woken;
  std::lock_guard lock(mutex_);
  auto found = topics_.find(topic);
  if (found == topics_.end()) return woken;
  auto& waiters = found->second;
  while (!waiters.empty() && count-- > 0) {
    woken.push_back({waiters.begin()->first, waiters.begin()->second});
    waiters.erase(waiters.begin());
  }
  if (waiters.empty()) topics_.erase(found);
  return woken;
}

std::vector<Waiting::Woken> Waiting::wake_all() {
  std::vector<Woken> woken;
  std::lock_guard lock(mutex_);
  for (const auto& [topic, waiters] : topics_)
    for (const auto& [ticket, lane] : waiters) woken.push_back({ticket, lane});
  topics_.clear();
  return woken;
}

}  // namespace kernel
