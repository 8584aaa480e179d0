#include "runtime/findings.h"

namespace runtime {

std::string_view name_of(Tier tier) { return tier == Tier::kIsolated ? "isolated" : "process"; }

std::string_view name_of(Finding::State state) {
  switch (state) {
    case Finding::State::kHeld: return "held";
    case Finding::State::kPartly: return "partly";
    case Finding::State::kNotHeld: return "not held";
  }
  return "";
}

}  // namespace runtime
