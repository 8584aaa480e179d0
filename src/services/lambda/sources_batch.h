#pragma once

#include <string>
#include <vector>

#include "services/lambda/sources.h"

// Batches of messages. For sources_queue.cc, which gathers them, and sources_batch.cc, which runs them.
namespace lambda {

std::string part_key(const Line& line, std::uint64_t part);  // in kBatchParts
// Those that cannot be deleted any more are left. Errors: those of the call as such.
Result<void> delete_messages(const kernel::Client& client, const std::string& url,
                             const std::vector<std::string>& handles);

}  // namespace lambda
