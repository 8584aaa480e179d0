#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/value.h"

namespace kernel {

// Those who watch something as it happens, by topic: clients that tail a log. They are in memory only, and forgotten
// with the process. Watching and telling are effects, so they happen when a call commits: in Attachment::on_commit.
// Thread-safe.
class Watchers {
 public:
  // Answers whether it goes on watching. May be called on any thread, on several at once.
  using Watcher = std::function<bool(const base::Value& what)>;

  void watch(const std::string& topic, Watcher watcher);
  // To be asked before something is prepared for watchers that mostly are not there.
  bool is_watched(const std::string& topic) const;
  void tell(const std::string& topic, const base::Value& what);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::shared_ptr<const Watcher>>> by_topic_;
};

}  // namespace kernel
