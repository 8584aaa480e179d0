#include "kernel/meters.h"

#include <algorithm>

namespace kernel {

namespace {

constexpr std::size_t kBucketsMax = 100'000;  // beyond, all are forgotten, and full again

}  // namespace

bool Meters::take(const std::string& name, const Rate& rate, double amount, std::int64_t now_ms) {
  std::lock_guard lock(mutex_);
  if (buckets_.size() > kBucketsMax) buckets_.clear();
  auto [at, is_new] = buckets_.try_emplace(name, Bucket{.level = rate.saved_max, .at_ms = now_ms});
  Bucket& bucket = at->second;
  const double passed_seconds = static_cast<double>(std::max<std::int64_t>(now_ms - bucket.at_ms, 0)) / 1'000;
  bucket.level = std::min(bucket.level + passed_seconds * rate.per_second, rate.saved_max);
  bucket.at_ms = now_ms;
  if (bucket.level <= 0) return false;
  bucket.level -= amount;
  return true;
}

void Meters::give_back(const std::string& name, double amount) {
  std::lock_guard lock(mutex_);
  if (auto at = buckets_.find(name); at != buckets_.end()) at->second.level += amount;
}

void Meters::clear() {
  std::lock_guard lock(mutex_);
  buckets_.clear();
}

}  // namespace kernel
