#pragma once

#include <string_view>
#include <vector>

#include "services/sqs/queue.h"

// What the batch operations have in common.
namespace sqs {

// Checks the number and the ids of a batch's entries. `entry_name` is the structure's name:
// "SendMessageBatchRequestEntry".
base::Result<void> check_batch(const Value::List& entries, std::string_view entry_name);

// Gathers what came of the entries.
class BatchAnswer {
 public:
  void add(const Value& entry, base::Result<Out> result);
  // The structure to answer: AWS leaves empty lists out.
  Out take();

 private:
  Value::List successful_, failed_;
};

}  // namespace sqs
