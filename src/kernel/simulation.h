#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/strings.h"
#include "kernel/testing.h"

// Simulations: tests that do random things for as many seeds as one likes. The same seed does the same things, so a failure is a command
// line: VIRGA_SEED=17 build/dev/sqs_sim. VIRGA_SEEDS=1000 runs that many, instead of ten.
namespace kernel::testing {

template <class Run>
void for_each_seed(const Run& run) {
  auto number_of = [](const char* name) {
    const char* text = std::getenv(name);
    return text ? base::parse_number<std::uint64_t>(text) : std::nullopt;
  };
  const auto only = number_of("VIRGA_SEED");
  const std::uint64_t count = number_of("VIRGA_SEEDS").value_or(10);
  for (std::uint64_t seed = only.value_or(1); seed <= only.value_or(count); ++seed) {
    SCOPED_TRACE("VIRGA_SEED=" + std::to_string(seed));
    run(seed);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace kernel::testing
