#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace base {

// AES-256-GCM: what is sealed can be read only with the key, and not be changed unnoticed. A nonce must never be used
// twice with a key; it is part of what `seal` answers. `authenticated` is not, but must be given again to unseal.
inline constexpr std::size_t kSealKeyBytes = 32;
inline constexpr std::size_t kSealNonceBytes = 12;
inline constexpr std::size_t kSealTagBytes = 16;
std::string seal(std::string_view key, std::string_view nonce, std::string_view text,
                 std::string_view authenticated = {});
// Nothing when it was sealed with another key or other authenticated text, or has been changed.
std::optional<std::string> unseal(std::string_view key, std::string_view sealed, std::string_view authenticated = {});

}  // namespace base
