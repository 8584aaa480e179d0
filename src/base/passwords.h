#pragma once

#include <string>
#include <string_view>

namespace base {

// Passwords as they are kept: a scrypt hash (RFC 7914) with all that is needed to check it, "scrypt$N$r$p$salt$hash".
// The salt is of the caller's dice. Takes some milliseconds, on purpose.
std::string hash_password(std::string_view password, std::string_view salt);
bool is_password_of(std::string_view password, std::string_view hash);

}  // namespace base
