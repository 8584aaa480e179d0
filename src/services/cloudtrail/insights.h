#pragma once

#include "services/cloudtrail/state.h"

// Insights: unusual rates of calls and of errors, found by comparing each minute with the seven days before it.
namespace cloudtrail {

// Counts the calls of a turn that change something, for a place that is watched.
void count_calls(kernel::Call& call, const WatchedPlace& watched, const Block& block);

base::Result<void> judge_minute(kernel::Call& call, std::string_view key);
inline constexpr kernel::Timer kMinute{"cloudtrail.minute", judge_minute};

}  // namespace cloudtrail
