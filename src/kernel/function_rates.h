#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "kernel/functions.h"

namespace kernel {

// How fast functions may be invoked, and may grow, by the cloud's clock. For hosts: belongs to one thread.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html#understanding-concurrency-requests-per-second
class FunctionRates {
 public:
  // "Lambda also enforces a limit … equal to 10 times your concurrency", each second.
  static constexpr int kRequestsPerConcurrency = 10;
  // "Each of your functions can scale up by 1,000 execution environment instances every 10 seconds", each at its own
  // rate, which is given back bit by bit.
  static constexpr int kGrowthMax = 1'000;
  static constexpr int kGrowthPerSecond = 100;

  // Counts a request, or answers AWS's Reason why it may not be made.
  std::string admit(const FunctionRequest& request);
  // Counts an environment that is started for a request. False: there may be none now.
  bool may_grow(const FunctionRequest& request);

 private:
  // Holds so many tokens at most, and gets `per_second` back.
  struct Bucket {
    double left = 0;
    std::int64_t at_ms = 0;
  };
  using Buckets = std::unordered_map<std::string, Bucket>;
  static bool take(Buckets& buckets, const std::string& key, double most, double per_second, std::int64_t now_ms);

  Buckets requests_, growth_;
};

}  // namespace kernel
