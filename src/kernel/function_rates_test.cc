#include "kernel/function_rates.h"

#include <gtest/gtest.h>

namespace kernel {
namespace {

FunctionRequest request_at(std::int64_t now_ms) {
  return {.function_key = "f", .account_key = "a", .unreserved_concurrency = 2, .now_ms = now_ms};
}

TEST(FunctionRates, TenRequestsASecondForEachUnitOfConcurrency) {
  FunctionRates rates;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(rates.admit(request_at(0)), "");
  EXPECT_EQ(rates.admit(request_at(0)), "FunctionInvocationRateLimitExceeded");
  EXPECT_EQ(rates.admit(request_at(49)), "FunctionInvocationRateLimitExceeded");
  EXPECT_EQ(rates.admit(request_at(50)), "");
  EXPECT_EQ(rates.admit(request_at(50)), "FunctionInvocationRateLimitExceeded");
}

TEST(FunctionRates, ReservedConcurrencyHasARateOfItsOwn) {
  FunctionRates rates;
  FunctionRequest reserved = request_at(0);
  reserved.reserved_concurrency = 1;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rates.admit(reserved), "");
  EXPECT_EQ(rates.admit(reserved), "ReservedFunctionInvocationRateLimitExceeded");
  EXPECT_EQ(rates.admit(request_at(0)), "");
}

// LAMC.7
TEST(FunctionRates, ThousandEnvironmentsInTenSeconds) {
  FunctionRates rates;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(rates.may_grow(request_at(0)));
  EXPECT_FALSE(rates.may_grow(request_at(9)));
  EXPECT_TRUE(rates.may_grow(request_at(10)));
  int more = 0;
  while (rates.may_grow(request_at(10'010))) ++more;
  EXPECT_EQ(more, 1'000);
}

TEST(FunctionRates, AClockThatIsPutBackGivesNothing) {
  FunctionRates rates;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(rates.admit(request_at(10'000)), "");
  EXPECT_EQ(rates.admit(request_at(0)), "FunctionInvocationRateLimitExceeded");
  EXPECT_EQ(rates.admit(request_at(100)), "");
}

}  // namespace
}  // namespace kernel
