#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/call.h"
#include "kernel/recorder.h"

// When keys and principals were last used. Attempts count, refused ones too. The first use is written with the call;
// how recently something was used again may lag by a second, as AWS's own reports lag behind by hours.
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
  // The ARNs it was allowed on, "*" where it has none or where there are more than kUseResourcesMax; empty when it
  // never was allowed.
  std::vector<std::string> resources;
};
inline constexpr std::size_t kUseResourcesMax = 20;
// Of a user, role or root by its ARN; ordered by service and action.
std::vector<ServiceUse> uses_by_principal(Call& call, std::string_view principal_arn);

// Notes the uses of one lane.
std::unique_ptr<Recorder> make_usage_recorder(Cloud& cloud);

}  // namespace kernel
