#pragma once

#include "services/lambda/functions.h"

namespace lambda {

// Of an account in a region: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
inline constexpr kernel::Limit kConcurrencyMax{"lambda", "L-B99A9384", 1'000};
inline constexpr std::int64_t kUnreservedMin = 100;

// What is left of the account's concurrency for functions that have reserved none.
std::int64_t unreserved_concurrency(Call& call, const store::Place& place);

// provisioned.cc: has the host keep the environments that are wanted of a version or an alias, and looks again every
// minute, as the host forgets when it ends.
Result<void> provision(Call& call, const kernel::Event& event);
Result<void> provision_again(Call& call, std::string_view key);
inline constexpr std::string_view kProvisionSource = "lambda.provision";
inline constexpr kernel::Timer kProvisionAgain{"lambda.provision", provision_again};
// Of all that is set for a function, or for one of its qualifiers: the environments are not kept any more.
void stop_provisioning(Call& call, const OpenFunction& function, std::string_view qualifier);
// The alias, which was so before, points to another version.
void provision_anew(Call& call, const OpenFunction& function, const Alias& before);

}  // namespace lambda
