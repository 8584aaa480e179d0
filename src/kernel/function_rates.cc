#include "kernel/function_rates.h"

#include <algorithm>

namespace kernel {

namespace {

// Then those that have been left alone for long are forgotten.
constexpr std::size_t kRatesKeptMax = 10'000;
constexpr std::int64_t kRateForgottenMs = 60'000;

}  // namespace

bool FunctionRates::take(Buckets& buckets, const std::string& key, double most, double per_second,
                         std::int64_t now_ms) {
  if (buckets.size() > kRatesKeptMax)
    std::erase_if(buckets, [&](const auto& entry) { return entry.second.at_ms + kRateForgottenMs < now_ms; });
  auto [entry, is_new] = buckets.try_emplace(key, Bucket{most, now_ms});
  Bucket& bucket = entry->second;
  // The clock may have been put back.
  const auto passed_ms = static_cast<double>(std::max<std::int64_t>(0, now_ms - bucket.at_ms));
  bucket.left = std::min(most, bucket.left + passed_ms * per_second / 1'000);
  bucket.at_ms = now_ms;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

std::string FunctionRates::admit(const FunctionRequest& request) {
  const bool is_reserved = request.reserved_concurrency.has_value();
  const double most =
      double{kRequestsPerConcurrency} * (is_reserved ? *request.reserved_concurrency : request.unreserved_concurrency);
  const std::string& key = is_reserved ? request.function_key : request.account_key;
  if (take(requests_, key, most, most, request.now_ms)) return {};
  return is_reserved ? "ReservedFunctionInvocationRateLimitExceeded" : "FunctionInvocationRateLimitExceeded";
}

bool FunctionRates::may_grow(const FunctionRequest& request) {
  return take(growth_, request.function_key, kGrowthMax, kGrowthPerSecond, request.now_ms);
}

}  // namespace kernel
