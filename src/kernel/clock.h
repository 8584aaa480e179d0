#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace kernel {

using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
using Time = std::chrono::sys_time<Millis>;

// Milliseconds since 1970-01-01T00:00:00Z, as rows and timestamps hold them, and back.
inline std::int64_t to_ms(Time time) { return time.time_since_epoch().count(); }
inline Time from_ms(std::int64_t time_ms) { return Time(Millis(time_ms)); }

// The only source of time. It never goes back. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  // How long to wait, in real time, until the clock shows `time`; nothing when it will not get there by itself (frozen,
  // or moved by hand only). Zero when it is past.
  virtual std::optional<Millis> real_wait_until(Time time) const = 0;
};

// A clock that only moves when told: tests and simulations.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}
  Time now() const override { return now_; }
  std::optional<Millis> real_wait_until(Time time) const override;
  void set(Time time) { now_ = std::max(now_, time); }

 private:
  Time now_;
};

// The clock users move with `virga clock`: real time plus an offset, or standing still.
class AdjustableClock : public Clock {
 public:
  struct State {
    bool frozen = false;
    std::int64_t offset_ms = 0;     // added to real time while running
    std::int64_t frozen_at_ms = 0;  // shown while frozen

    static void fields(auto& self, auto& field) {
      field("frozen", self.frozen);
      field("offset_ms", self.offset_ms);
      field("frozen_at_ms", self.frozen_at_ms);
    }
  };

  AdjustableClock() = default;
  explicit AdjustableClock(State state) : state_(state) {}
  Time now() const override;
  std::optional<Millis> real_wait_until(Time time) const override;

  State state() const;
  void freeze();            // stands still at what it shows
  void resume();            // runs on from what it shows
  void advance(Millis by);  // jumps ahead, frozen or not; `by` must not be negative

 private:
  Time shown() const;  // with mutex_ held

  mutable std::mutex mutex_;
  State state_;
  mutable std::int64_t latest_ms_ = 0;  // real time may step back; what we show may not
};

}  // namespace kernel
