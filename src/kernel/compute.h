#pragma once

#include <functional>
#include <memory>
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
  // Runs `work` soon, on a thread of its own choice; in tests at once. Work not begun when the server stops is dropped.
  virtual void run(Work work) = 0;
};

// What a computation gives, as an errand.
template <class T>
class Computation : public Errand, public std::enable_shared_from_this<Computation<T>> {
 public:
  Computation(Workers& workers, std::function<T()> compute) : workers_(workers), compute_(std::move(compute)) {}
  void start(Done done) override {
    workers_.run([self = this->shared_from_this(), done = std::move(done)]() mutable {
      self->value_.emplace(self->compute_());
      self->compute_ = nullptr;
      done();
    });
  }
  const T& value() const { return *value_; }

 private:
  Workers& workers_;
  std::function<T()> compute_;
  std::optional<T> value_;
};

// `compute()`, done on a worker's thread while the call waits: `name` tells it from the call's other errands. It runs
// outside of any transaction; what it reads it is handed, or reads from a transaction of its own that is never
// committed (cloud.store().begin(place) under cloud.hold_contents()). Comes before any effect of the call.
template <class T>
Result<T> compute(Call& call, const std::string& name, std::function<T()> compute);

}  // namespace kernel
