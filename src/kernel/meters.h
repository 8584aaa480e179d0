#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace kernel {

// How much of what has a rate was used of late: throughput that was provisioned, requests a second. Token buckets by
// the clock, in memory: full again after a restart, and no part of any transaction, so that an attempt that is run
// again takes again. May be used from any number of threads.
class Meters {
 public:
  struct Rate {
    double per_second = 0;
    double saved_max = 0;  // what may be saved up while nothing is used; the bucket's size
  };

  // Takes `amount` if the bucket is not empty, even when it holds less than that: the rest is owed. False: it is empty.
  bool take(const std::string& name, const Rate& rate, double amount, std::int64_t now_ms);
  // Gives back what was taken in vain.
  void give_back(const std::string& name, double amount);
  void clear();

 private:
  struct Bucket {
    double level = 0;
    std::int64_t at_ms = 0;
  };

  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace kernel
