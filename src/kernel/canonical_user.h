#pragma once

#include <optional>
#include <string>
#include <string_view>

// Canonical user ids: the 64 hexadecimal digits by which S3's ACLs, listings and policies know an account. They are
// made from the account's number, so that they are the same in every cloud and tell it again.
namespace kernel {

// Empty for what is no account.
std::string canonical_user_of(std::string_view account);
// Nothing where the id is of no account.
std::optional<std::string> account_of_canonical_user(std::string_view id);

}  // namespace kernel
