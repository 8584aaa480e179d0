#include "aws/mfa.h"

#include <gtest/gtest.h>

namespace aws {
namespace {

constexpr std::string_view kSeed = "12345678901234567890";

TEST(Totp, VectorsOfTheRfc) {  // RFC 6238, appendix B
  EXPECT_EQ(totp_code(kSeed, 59 / 30, 8), "94287082");
  EXPECT_EQ(totp_code(kSeed, 1111111109 / 30, 8), "07081804");
  EXPECT_EQ(totp_code(kSeed, 1111111111 / 30, 8), "14050471");
  EXPECT_EQ(totp_code(kSeed, 1234567890 / 30, 8), "89005924");
  EXPECT_EQ(totp_code(kSeed, 2000000000 / 30, 8), "69279037");
  EXPECT_EQ(totp_code(kSeed, 20000000000 / 30, 8), "65353130");
}

TEST(Totp, CodesOfHotp) {  // RFC 4226, appendix D
  const std::string_view codes[] = {"755224", "287082", "359152", "969429", "338314",
                                    "254676", "287922", "162583", "399871", "520489"};
  for (std::int64_t step = 0; step < 10; ++step) EXPECT_EQ(totp_code(kSeed, step), codes[step]);
}

TEST(Totp, ConsecutiveCodesAreFoundWithinReach) {
  EXPECT_EQ(find_consecutive_codes(kSeed, "969429", "338314", 5, 2), 3);
  EXPECT_EQ(find_consecutive_codes(kSeed, "969429", "338314", 5, 1), std::nullopt);
  EXPECT_EQ(find_consecutive_codes(kSeed, "338314", "969429", 5, 5), std::nullopt);
}

}  // namespace
}  // namespace aws
