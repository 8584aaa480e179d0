#include "kernel/canonical_user.h"

#include <gtest/gtest.h>

namespace kernel {

namespace {

TEST(CanonicalUser, IsTheSameForAnAccountAndTellsIt) {
  for (const char* account : {"000000000000", "111122223333", "999999999999"}) {
    std::string id = canonical_user_of(account);
    EXPECT_EQ(id.size(), 64U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), id.npos);
    EXPECT_EQ(canonical_user_of(account), id);
    EXPECT_EQ(account_of_canonical_user(id), account);
  }
  EXPECT_NE(canonical_user_of("000000000000"), canonical_user_of("000000000001"));
}

TEST(CanonicalUser, WhatIsNoneIsOfNoAccount) {
  EXPECT_EQ(canonical_user_of(""), "");
  EXPECT_EQ(canonical_user_of("12345"), "");
  EXPECT_FALSE(account_of_canonical_user(""));
  EXPECT_FALSE(account_of_canonical_user(std::string(64, 'f')));
  EXPECT_FALSE(account_of_canonical_user(std::string(64, 'x')));
  std::string id = canonical_user_of("111122223333");
  id[0] = id[0] == '0' ? '1' : '0';
  EXPECT_FALSE(account_of_canonical_user(id));
}

}  // namespace

}  // namespace kernel
