#include "base/passwords.h"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Passwords, OnlyTheRightOneIsRight) {
  const std::string hash = hash_password("correct horse", "salt");
  EXPECT_TRUE(hash.starts_with("scrypt$4096$8$1$c2FsdA==$")) << hash;
  EXPECT_EQ(hash.find("correct"), std::string::npos);
  EXPECT_TRUE(is_password_of("correct horse", hash));
  EXPECT_FALSE(is_password_of("correct horse ", hash));
  EXPECT_FALSE(is_password_of("", hash));
  EXPECT_NE(hash, hash_password("correct horse", "pepper"));
}

TEST(Passwords, AVectorOfTheRfc) {  // RFC 7914, section 12: the first 32 bytes
  EXPECT_TRUE(is_password_of("password", "scrypt$1024$8$16$TmFDbA==$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI="));
}

TEST(Passwords, WhatIsNoHashIsNobodys) {
  for (std::string_view hash :
       {"", "scrypt", "scrypt$0$0$0$$", "scrypt$a$8$1$c2FsdA==$AAAA", "md5$1$1$1$c2FsdA==$AAAA"})
    EXPECT_FALSE(is_password_of("", hash)) << hash;
}

}  // namespace
}  // namespace base
