#pragma once

#include <string>

#include "kernel/call.h"

namespace cloudtrail {

// The policy that allows what a principal has done since then and nothing else: from the event history of all regions,
// and for data events, which the history leaves out, from the last uses. Errors: "NotFound" when it has done nothing.
base::Result<base::Value> used_policy(kernel::Call& call, const std::string& principal_arn, std::int64_t since_ms);

}  // namespace cloudtrail
