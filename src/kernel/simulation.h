#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "kernel/testing.h"

// Simulations: tests that do random things, for several seeds. The same seed does the same things, so a failure is a
// command line:
//
//   build/dev/sqs_sim                                            # seeds 1 to 10
//   build/dev/sqs_sim --gtest_shuffle --gtest_random_seed=17     # seed 17
//   … --gtest_repeat=1000                                        # that one and the 999 after it
namespace kernel::testing {

template <class Run>
void for_each_seed(const Run& run) {
  const auto only = static_cast<std::uint64_t>(::testing::UnitTest::GetInstance()->random_seed());
  const std::uint64_t first = only == 0 ? 1 : only, last = only == 0 ? 10 : only;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("--gtest_shuffle --gtest_random_seed=" + std::to_string(seed));
    run(seed);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace kernel::testing
