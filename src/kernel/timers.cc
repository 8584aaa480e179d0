#include "kernel/timers.h"

#include "kernel/cloud.h"

namespace kernel {

namespace {

struct TimerRow {
  std::string timer, account, region, key;

  static void fields(auto& self, auto& field) {
    field("timer", self.timer);
    field("account", self.account);
    field("region", self.region);
    field("key", self.key);
  }
};

struct ArmedRow {
  std::int64_t due_ms = 0;

  static void fields(auto& self, auto& field) { field("due_ms", self.due_ms); }
};

// Key: due_ms, timer, account, region, key.
constexpr store::Table<TimerRow> kTimers{"kernel.timers", store::Scope::kGlobal};
// Key: timer, key; when the row in kTimers stands, so that it can be found again.
constexpr store::Table<ArmedRow> kArmed{"kernel.armed"};

constexpr int kFiredPerTurn = 64;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::string timer_key(std::int64_t due_ms, std::string_view timer, const Place& place, std::string_view key) {
  return store::key(due_ms, timer, std::string_view(place.account), std::string_view(place.region), key);
}

}  // namespace

void Timers::arm(Call& call, const Timer& timer, Time due, std::string_view key) {
  disarm(call, timer, key);
  std::string armed_key = store::key(timer.name, key);
  call.tx.put(kArmed, armed_key, {to_ms(due)});
  call.tx.put(kTimers, timer_key(to_ms(due), timer.name, call.place, key),
              {std::string(timer.name), call.place.account, call.place.region, std::string(key)});
}

void Timers::disarm(Call& call, const Timer& timer, std::string_view key) {
  std::string armed_key = store::key(timer.name, key);
  auto armed = call.tx.get(kArmed, armed_key);
  if (!armed) return;
  call.tx.erase(kTimers, timer_key(armed->due_ms, timer.name, call.place, key));
  call.tx.erase(kArmed, armed_key);
}

void Timers::note_armed(Time due) {
  std::lock_guard lock(mutex_);
  floor_ms_ = std::min(floor_ms_, to_ms(due));
  ++armed_count_;
}

void Timers::reload() {
  std::lock_guard lock(mutex_);
  floor_ms_ = std::numeric_limits<std::int64_t>::min();
  ++armed_count_;
}

std::optional<Time> Timers::next_due() {
  std::int64_t floor_ms;
  std::uint64_t armed_before;
  {
    std::lock_guard lock(mutex_);
    floor_ms = floor_ms_;
    armed_before = armed_count_;
  }
  if (floor_ms == kNever) return std::nullopt;
  if (floor_ms > to_ms(cloud_.clock().now())) return from_ms(floor_ms);

  store::Scan scan{.limit = 1};
  if (floor_ms != std::numeric_limits<std::int64_t>::min()) scan.from = store::key(floor_ms);
  std::int64_t first_ms = kNever;
  cloud_.store().begin({}).unrecorded().scan_keys(
      kTimers, scan, [&](std::string_view key) { first_ms = store::KeyReader(key).number(); });
  std::lock_guard lock(mutex_);
  // One armed since may be earlier than what was found, and unseen; then the old floor still holds.
  if (armed_count_ == armed_before) floor_ms_ = first_ms;
  if (first_ms == kNever) return std::nullopt;
  return from_ms(first_ms);
}

bool Timers::fire_due() {
  for (int count = 0; count < kFiredPerTurn; ++count) {
    auto due = next_due();
    if (!due || *due > cloud_.clock().now()) return false;
    fire_first(*due);
  }
  return true;
}

void Timers::fire_first(Time due) {
  std::string first_key;
  TimerRow row;
  cloud_.store().begin({}).scan(kTimers, store::Scan{.prefix = store::key(to_ms(due)), .limit = 1},
                                [&](std::string_view key, TimerRow& found) {
                                  first_key = key;
                                  row = found;
                                });
  if (first_key.empty()) return;
  const Timer* timer = cloud_.find_timer(row.timer);
  auto remove_row = [&](Call& call) {
    call.tx.erase(kTimers, first_key);
    call.tx.erase(kArmed, store::key(std::string_view(row.timer), std::string_view(row.key)));
  };
  Result<void> fired = cloud_.transact({row.account, row.region}, [&](Call& call) -> Result<void> {
    if (!call.tx.has(kTimers, first_key)) return {};  // disarmed meanwhile
    remove_row(call);
    if (!timer) return base::fail("UnknownTimer", "No service knows the timer " + row.timer + ".");
    return timer->fire(call, row.key);
  });
  if (fired) return;
  // The timer's own work could not be done: say so, and try again later rather than stand before all others.
  cloud_.log().write(base::Level::kError, "A timer could not be fired; it is tried again in a minute.",
                     {{"timer", row.timer}, {"key", row.key}, {"error", fired.error().message}});
  Result<void> put_off = cloud_.transact({row.account, row.region}, [&](Call& call) -> Result<void> {
    if (!call.tx.has(kTimers, first_key)) return {};
    remove_row(call);
    Time again = call.now + kRetryAfter;
    call.tx.put(kArmed, store::key(std::string_view(row.timer), std::string_view(row.key)), {to_ms(again)});
    call.tx.put(kTimers, timer_key(to_ms(again), row.timer, call.place, row.key), row);
    return {};
  });
  if (!put_off)
    cloud_.log().write(base::Level::kError, "A timer could not be put off.", {{"error", put_off.error().message}});
}

}  // namespace kernel
