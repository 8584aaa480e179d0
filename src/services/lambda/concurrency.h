#pragma once

#include "services/lambda/functions.h"

namespace lambda {

// Of an account in a region: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
inline constexpr kernel::Limit kConcurrencyMax{"lambda", "L-B99A9384", 1'000};
inline constexpr std::int64_t kUnreservedMin = 100;

// What is left of the account's concurrency for functions that have reserved none.
std::int64_t unreserved_concurrency(Call& call, const store::Place& place);

}  // namespace lambda
