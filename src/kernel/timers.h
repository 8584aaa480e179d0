#pragma once

#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/call.h"

namespace kernel {

// Armed timers, as rows ordered by the time they are due: they survive a restart, and a crash can neither lose nor
// double one, because firing removes the row in the transaction that has the effect.
class Timers {
 public:
  explicit Timers(Cloud& cloud) : cloud_(cloud) {}

  // Inside a call's transaction. Arming the same timer and key again replaces the earlier time.
  static void arm(Call& call, const Timer& timer, Time due, std::string_view key);
  static void disarm(Call& call, const Timer& timer, std::string_view key);

  // After the commit of a call that armed one; from any thread.
  void note_armed(Time due);

  // Fires what is due now, a bounded number; whether more is due at once.
  bool fire_due();
  // Not before this time; nothing: none is armed. One thread at a time, as fire_due.
  std::optional<Time> next_due();
  // The rows have been replaced by others.
  void reload();

 private:
  static constexpr Millis kRetryAfter{60'000};

  void fire_first(Time due);

  Cloud& cloud_;
  // No armed timer is due before this: says when to look, and where, so that fired rows need not be stepped over.
  std::mutex mutex_;
  std::int64_t floor_ms_ = std::numeric_limits<std::int64_t>::min();
  std::uint64_t armed_count_ = 0;
};

}  // namespace kernel
