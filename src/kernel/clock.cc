#include "kernel/clock.h"

#include <algorithm>
#include <cassert>

namespace kernel {

namespace {

std::int64_t real_ms() {
  return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::optional<Millis> ManualClock::real_wait_until(Time time) const {
  if (time <= now_) return Millis(0);
  return std::nullopt;
}

Time AdjustableClock::shown() const {
  std::int64_t shown_ms = state_.frozen ? state_.frozen_at_ms : real_ms() + state_.offset_ms;
  latest_ms_ = std::max(latest_ms_, shown_ms);
  return from_ms(latest_ms_);
}

Time AdjustableClock::now() const {
  std::lock_guard lock(mutex_);
  return shown();
}

std::optional<Millis> AdjustableClock::real_wait_until(Time time) const {
  std::lock_guard lock(mutex_);
  Time now = shown();
  if (time <= now) return Millis(0);
  if (state_.frozen) return std::nullopt;
  return time - now;
}

AdjustableClock::State AdjustableClock::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

void AdjustableClock::freeze() {
  std::lock_guard lock(mutex_);
  if (state_.frozen) return;
  state_.frozen_at_ms = to_ms(shown());
  state_.frozen = true;
}

void AdjustableClock::resume() {
  std::lock_guard lock(mutex_);
  if (!state_.frozen) return;
  state_.offset_ms = to_ms(shown()) - real_ms();
  state_.frozen = false;
}

void AdjustableClock::advance(Millis by) {
  assert(by.count() >= 0);
  std::lock_guard lock(mutex_);
  (state_.frozen ? state_.frozen_at_ms : state_.offset_ms) += by.count();
}

}  // namespace kernel
