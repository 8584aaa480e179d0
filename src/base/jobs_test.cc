#include "base/jobs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <set>

namespace base {
namespace {

TEST(Jobs, AllAreDoneOnAsManyThreadsAsThereMayBe) {
  Jobs jobs(3);
  std::latch together(3);  // passed only by three at once
  std::mutex mutex;
  std::set<std::thread::id> threads;
  for (int count = 0; count < 3; ++count)
    EXPECT_TRUE(jobs.run([&] {
      together.arrive_and_wait();
      std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    }));
  jobs.stop(Jobs::Rest::kDo);
  EXPECT_EQ(threads.size(), 3u);
}

TEST(Jobs, OfOneThreadBeginInTheirOrder) {
  Jobs jobs(1);
  std::vector<int> done;
  for (int count = 0; count < 100; ++count) jobs.run([&done, count] { done.push_back(count); });
  jobs.stop(Jobs::Rest::kDo);
  ASSERT_EQ(done.size(), 100u);
  EXPECT_TRUE(std::ranges::is_sorted(done));
}

TEST(Jobs, WhatWaitsWhenItStopsIsDroppedAndSoIsWhatComesLater) {
  Jobs jobs(1);
  std::latch begun(1), may_end(1);
  std::atomic<int> done = 0;
  jobs.run([&] {
    begun.count_down();
    may_end.wait();
    ++done;
  });
  begun.wait();
  jobs.run([&] { ++done; });
  std::thread stopper([&] { jobs.stop(Jobs::Rest::kDrop); });
  while (jobs.run([&] { ++done; })) std::this_thread::yield();  // until it has begun to stop
  may_end.count_down();
  stopper.join();
  EXPECT_EQ(done, 1);
  EXPECT_FALSE(jobs.run([&] { ++done; }));
}

}  // namespace
}  // namespace base
