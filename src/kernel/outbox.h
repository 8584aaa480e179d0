#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kernel/call.h"

namespace kernel {

class Lane;

// Events on their way to listeners. An event is a row per listener, written by the transaction in which it happened;
// the row goes away in the transaction of its delivery. Deliveries of one listener and key happen one after the other,
// in order; one that waits, as operations may, holds back its line meanwhile; a failing one is tried again after 1 s,
// 2 s, 4 s, … up to 5 min, for 24 h, and holds back only its own line.
class Outbox {
 public:
  static constexpr Millis kBackOffFirst{1'000};
  static constexpr Millis kBackOffMost{300'000};
  static constexpr Millis kAgeMost{24 * 3'600'000};

  using Line = std::pair<std::string, std::string>;  // listener name, event key

  explicit Outbox(Cloud& cloud) : cloud_(cloud) {}

  // Inside a call's transaction: writes the rows and says which.
  static std::vector<Delivery> add(Call& call, const Event& event);

  void load();                                   // what stands undelivered in the rows, in place of what is known
  void note_added(std::vector<Delivery> added);  // after the commit; from any thread

  // Delivers what is ready, a bounded number: begins it on the lane, the first one, on whose thread all of this happens
  // from here on.
  void deliver_ready(Lane& lane);
  bool is_ready();
  std::optional<Time> next_due();

 private:
  void take_in();
  void deliver(Lane& lane, const Line& line, std::uint64_t sequence);
  void finish(const Line& line, std::uint64_t sequence, const Result<void>& delivered);
  void end_delivery(const Line& line, std::uint64_t sequence);
  void put_off(const Line& line, std::uint64_t sequence, const base::Error& error);

  Cloud& cloud_;
  std::mutex mutex_;
  std::vector<Delivery> added_;                    // not yet taken in; guarded by mutex_
  std::map<Line, std::set<std::uint64_t>> lines_;  // undelivered, in order
  std::set<Line> ready_;
  std::multimap<Time, Line> later_;
  std::uint64_t generation_ = 0;  // of the contents: deliveries that wait may be of earlier ones
};

}  // namespace kernel
