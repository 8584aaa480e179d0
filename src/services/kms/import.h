#pragma once

#include "services/kms/keys.h"

namespace kms {

// Deletes material that has expired. Key: account, region, key id, material id.
base::Result<void> expire_due(Call& call, std::string_view key);
inline constexpr kernel::Timer kExpire{"kms.expire", expire_due};

}  // namespace kms
