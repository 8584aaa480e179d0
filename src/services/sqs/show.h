#pragma once

#include <string>
#include <vector>

#include "services/sqs/queue.h"

// A message as ReceiveMessage answers it, after open_message.
namespace sqs {

// Which attributes are wanted: names, "All", or for message attributes also "prefix.*".
struct WantedAttributes {
  std::vector<std::string> system_names;   // "SentTimestamp"
  std::vector<std::string> message_names;  // the user's own
};

base::Result<WantedAttributes> read_wanted(In in);
Out show_message(const OpenQueue& queue, const Entry& entry, const WantedAttributes& wanted);

}  // namespace sqs
