#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace kernel {

class Lane;

// Which calls wait for which topic, over all lanes, in the order they first came. Thread-safe.
class Waiting {
 public:
  using Ticket = std::uint64_t;  // grows with every call

  struct Woken {
    Ticket ticket;
    Lane* lane;
  };

  // Enters the call, unless `still_true` says that what it saw has changed meanwhile; then it must try again at once.
  // Asked under the lock that `wake` takes, so no wake-up between the call's reading and its waiting is lost.
  template <class StillTrue>
  bool park(const std::string& topic, Ticket ticket, Lane* lane, StillTrue still_true) {
    std::lock_guard lock(mutex_);
    if (!still_true()) return false;
    topics_[topic].emplace(ticket, lane);
    return true;
  }
  void forget(const std::string& topic, Ticket ticket);
  // Takes out up to `count` calls, longest waiting first.
  std::vector<Woken> wake(const std::string& topic, int count);
  std::vector<Woken> wake_all();

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::map<Ticket, Lane*>> topics_;
};

}  // namespace kernel
