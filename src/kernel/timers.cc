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
  std::int64_t floor = floor_ms_.load();
  while (to_ms(due) < floor && !floor_ms_.compare_exchange_weak(floor, to_ms(due))) continue;
}

std::optional<Time> Timers::next_due() {
  store::Transaction tx = cloud_.store().begin({});
  std::optional<Time> due;
  std::int64_t floor = floor_ms_.load();
  store::Scan scan{.limit = 1};
  if (floor != std::numeric_limits<std::int64_t>::min()) scan.from = store::key(floor);
  tx.unrecorded().scan_keys(kTimers, scan, [&](std::string_view key) { due = from_ms(store::KeyReader(key).number()); });
  // A timer armed meanwhile lowers the floor again, whichever of the two comes first.
  if (due) floor_ms_.compare_exchange_strong(floor, to_ms(*due));
  return due;
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
  cloud_.log().error("kernel", "A timer could not be fired; it is tried again in a minute.",
                     {{"timer", row.timer}, {"key", row.key}, {"error", fired.error().message}});
  Result<void> put_off = cloud_.transact({row.account, row.region}, [&](Call& call) -> Result<void> {
    if (!call.tx.has(kTimers, first_key)) return {};
    remove_row(call);
    Time again = call.now + kRetryAfter;
    call.tx.put(kArmed, store::key(std::string_view(row.timer), std::string_view(row.key)), {to_ms(again)});
    call.tx.put(kTimers, timer_key(to_ms(again), row.timer, call.place, row.key), row);
    return {};
  });
  if (!put_off) cloud_.log().error("kernel", "A timer could not be put off.", {{"error", put_off.error().message}});
}

}  // namespace kernel
