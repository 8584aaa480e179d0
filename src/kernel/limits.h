#pragma once

#include <cstdint>

#include "store/table.h"

namespace kernel {

// A quota somebody has changed; see Call::limit.
struct LimitRow {
  std::int64_t value = 0;

  static void fields(auto& self, auto& field) { field("value", self.value); }
};

// Key: service id, quota code.
inline constexpr store::Table<LimitRow> kLimits{"kernel.limits"};

}  // namespace kernel
