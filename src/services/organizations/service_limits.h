#pragma once

#include "services/organizations/organization.h"

// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
namespace organizations {

// Invitations that wait for an answer count.
inline constexpr kernel::Limit kAccountsMax{"organizations", "L-E619E033", 10};
inline constexpr std::size_t kUnitsMax = 2'000;
inline constexpr std::size_t kUnitLevelsMax = 5;
inline constexpr std::size_t kTagsMax = 50;

std::int64_t count_accounts(Call& call, const Organization& organization);

}  // namespace organizations
