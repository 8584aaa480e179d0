#pragma once

#include <functional>
#include <vector>

#include "services/cloudtrail/state.h"

// Events that are kept, and how long.
namespace cloudtrail {

inline constexpr std::int64_t kDayMs = 24LL * 3'600'000;

// Arms the timer that throws away what is older than the event history goes back, unless it is armed.
void begin_purging(kernel::Call& call);
base::Result<void> purge(kernel::Call& call, std::string_view key);
inline constexpr kernel::Timer kPurge{"cloudtrail.purge", purge};

// Keeps events for an event data store, and reads them, in the order they came. `place` is the store's.
void keep_events(kernel::Call& call, const kernel::Place& place, const std::string& id,
                 const std::vector<Value>& records);
void each_event(const store::Transaction& tx, const std::string& id, std::int64_t not_before_ms,
                const std::function<void(Value record, std::size_t bytes)>& visit);

}  // namespace cloudtrail
