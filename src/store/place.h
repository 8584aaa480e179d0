#pragma once

#include <string>

namespace store {

// Where a row lives: an AWS account (12 digits) and a region ("us-east-1").
struct Place {
  std::string account;
  std::string region;

  friend bool operator==(const Place&, const Place&) = default;
};

}  // namespace store
