#pragma once

#include "services/kms/keys.h"

// Rotation: a symmetric key gets new material, and what the old one has encrypted it goes on to decrypt.
namespace kms {

// Rotates a key whose time has come and that is enabled; for the timer, and for a key that is enabled again.
void rotate_if_due(Call& call, OpenKey& key);
// Sets the period (0: off) from now on, here and on related keys.
void set_rotation(Call& call, OpenKey& key, std::int64_t period_days);

base::Result<void> rotate_due(Call& call, std::string_view key);
inline constexpr kernel::Timer kRotate{"kms.rotate", rotate_due};

}  // namespace kms
