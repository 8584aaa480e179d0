#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/call.h"

// When keys and principals were last used. Noted for every call in memory and written in batches, so a crash may forget
// the last seconds, as AWS's own reports lag behind.
namespace kernel {

struct KeyUse {
  std::int64_t at_ms = 0;  // 0: never
  std::string service;     // "sqs"
  std::string region;      // "us-east-1"
};
KeyUse last_use_of_key(Call& call, std::string_view access_key_id);

struct ServiceUse {
  std::string service;  // namespace of actions: "sqs"
  std::string action;   // "SendMessage"; empty: the last of any
  std::int64_t at_ms = 0;
  std::string region;
};
// Of a user, role or root by its ARN; ordered by service and action.
std::vector<ServiceUse> uses_by_principal(Call& call, std::string_view principal_arn);

}  // namespace kernel
