#pragma once

#include <string_view>

#include "kernel/call.h"

// A look into a queue that changes nothing, for `/_aws/sqs/messages` and the console.
namespace sqs {

struct PeekOptions {
  enum class Show { kVisibleOnly, kAll };
  Show delayed = Show::kVisibleOnly;    // messages that cannot be received yet
  Show invisible = Show::kVisibleOnly;  // messages in flight
  std::size_t count_max = 1'000;
};

// The messages of a queue, oldest first, shaped like the answer of ReceiveMessage with all attributes and without a
// usable receipt handle: {"Messages": […]}. Errors: QueueDoesNotExist, InvalidAddress.
base::Result<base::Value> peek_messages(kernel::Call& call, std::string_view queue_url, const PeekOptions& options);

}  // namespace sqs
