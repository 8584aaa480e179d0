#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "kernel/call.h"
#include "kernel/errand.h"

namespace kernel {

// Threads for what takes too long for a lane; given to the cloud by what runs it.
class Workers {
 public:
  using Work = std::move_only_function<void()>;
  virtual ~Workers() = default;
  // Runs `work` soon, on a thread of its own choice. Work not begun when the server stops is dropped.
  virtual void run(Work work) = 0;
};

// Those of the call's cloud; null: there are none.
Workers* workers_of(const Call& call);

// What a computation gives, as an errand.
template <class T>
class Computation : public Errand, public std::enable_shared_from_this<Computation<T>> {
 public:
  Computation(Workers& workers, std::function<T()> work) : workers_(workers), work_(std::move(work)) {}
  void start(Done done) override {
    workers_.run([self = this->shared_from_this(), done = std::move(done)]() mutable {
      self->value_.emplace(std::exchange(self->work_, nullptr)());
      done();
    });
  }
  const T& value() const { return *value_; }

 private:
  Workers& workers_;
  std::function<T()> work_;
  std::optional<T> value_;
};

// How long a call waits for a computation; by the cloud's clock, so that it may be moved far ahead meanwhile.
inline constexpr Millis kComputationPatience{Millis{std::int64_t{10} * 365 * 24 * 3'600'000}};

// `work()`, done by a worker while the call waits; at once where there are no workers or the call cannot wait. `name`
// tells it from the call's other errands. It runs outside of any transaction: what it reads it is handed, or it reads
// from a transaction of its own that is never committed (cloud.store().begin(place), under cloud.hold_contents()). May
// run more than once when it could not be waited for, so it has no effects.
template <class T>
base::Result<T> compute(Call& call, const std::string& name, std::function<T()> work) {
  Workers* workers = workers_of(call);
  if (!workers || !call.can_run_errands()) return work();
  auto running = call.errand<Computation<T>>(name);
  if (!running)
    return call.begin_errand(name, std::make_shared<Computation<T>>(*workers, std::move(work)),
                             call.now + kComputationPatience);
  if (!running->is_over()) return call.await_errand(name, call.now + kComputationPatience);
  return running->value();
}

}  // namespace kernel
