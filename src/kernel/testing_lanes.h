#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "kernel/cloud.h"
#include "kernel/lane.h"
#include "kernel/testing.h"

// Several threads at one cloud, for tests of what happens at the same time.
namespace kernel::testing {

// Each thread rolls dice of its own.
struct ThreadDice : base::Dice {
  std::uint64_t next() override {
    thread_local base::SecureDice dice;
    return dice.next();
  }
};

// One thread's lane and what it takes to call through it and wait for the answer. Calls as the root of account
// 000000000000 in us-east-1.
class LaneCaller {
 public:
  explicit LaneCaller(Cloud& cloud) : cloud_(cloud), lane_(cloud, [this] { nudge(); }) {}

  Result<Value> call(std::string_view service, std::string_view operation, Value::Map input) {
    const model::Service* model = model::find_service(service);
    std::optional<Result<Value>> answer;
    lane_.submit({.service = model,
                  .operation = model->find_operation(operation),
                  .input = std::move(input),
                  .caller = Principal::root("000000000000"),
                  .request = {.received = cloud_.clock().now()},
                  .place = {"000000000000", "us-east-1"}},
                 [&](Answer given) { answer = std::move(given.result); });
    while (!answer) {
      if (lane_.turn() || answer) continue;
      std::unique_lock lock(mutex_);
      nudged_.wait_for(lock, std::chrono::milliseconds(100), [&] { return std::exchange(has_nudge_, false); });
    }
    return *std::move(answer);
  }

 private:
  void nudge() {
    std::lock_guard lock(mutex_);
    has_nudge_ = true;
    nudged_.notify_one();
  }

  Cloud& cloud_;
  std::mutex mutex_;
  std::condition_variable nudged_;
  bool has_nudge_ = false;
  Lane lane_;
};

}  // namespace kernel::testing
