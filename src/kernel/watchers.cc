#include "kernel/watchers.h"

namespace kernel {

void Watchers::watch(const std::string& topic, Watcher watcher) {
  std::lock_guard lock(mutex_);
  by_topic_[topic].push_back(std::make_shared<const Watcher>(std::move(watcher)));
}

bool Watchers::is_watched(const std::string& topic) const {
  std::lock_guard lock(mutex_);
  return by_topic_.contains(topic);
}

void Watchers::tell(const std::string& topic, const base::Value& what) {
  std::vector<std::shared_ptr<const Watcher>> told;
  {
    std::lock_guard lock(mutex_);
    auto found = by_topic_.find(topic);
    if (found == by_topic_.end()) return;
    told = found->second;
  }
  // Without the lock: a watcher may watch something else.
  for (const auto& watcher : told) {
    if ((*watcher)(what)) continue;
    std::lock_guard lock(mutex_);
    auto found = by_topic_.find(topic);
    if (found == by_topic_.end()) return;
    std::erase(found->second, watcher);
    if (found->second.empty()) by_topic_.erase(found);
  }
}

}  // namespace kernel
