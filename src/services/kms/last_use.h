#pragma once

#include <memory>
#include <string>

#include "kernel/recorder.h"
#include "store/table.h"

namespace kms {

struct LastUse {
  std::string operation;
  std::int64_t at_ms = 0;
  std::string request_id;

  static void fields(auto& self, auto& field) {
    field("operation", self.operation);
    field("at_ms", self.at_ms);
    field("request_id", self.request_id);
  }
};

inline constexpr store::Table<LastUse> kLastUses{"kms.last_uses"};  // key: key id

// Notes the uses of one lane.
std::unique_ptr<kernel::Recorder> make_last_use_recorder(kernel::Cloud& cloud);

}  // namespace kms
