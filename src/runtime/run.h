#pragma once

#include <memory>
#include <string>
#include <utility>

#include "kernel/functions.h"

namespace runtime {

class Run;

// Who takes runs: the host. From any thread.
class Desk {
 public:
  virtual void submit(std::shared_ptr<Run> run) = 0;
  virtual void time_out(std::shared_ptr<Run> run) = 0;

 protected:
  ~Desk() = default;
};

// One invocation. All but `start` and `time_out` belongs to the loop's thread.
class Run final : public kernel::FunctionRun, public std::enable_shared_from_this<Run> {
 public:
  Run(kernel::FunctionRequest asked, Desk& desk) : request(std::move(asked)), desk_(desk) {}

  void start(Done done) override {
    done_ = std::move(done);
    desk_.submit(shared_from_this());
  }
  void time_out() override { desk_.time_out(shared_from_this()); }

  // Whether anything is still to be told; a stream may go on.
  bool is_over() const { return is_over_; }
  void finish(kernel::FunctionOutcome outcome) {
    if (std::exchange(is_over_, true)) return;
    outcome_ = std::move(outcome);
    if (done_) std::exchange(done_, nullptr)();
  }

  kernel::FunctionRequest request;
  // Counted against the quota of the account, or against what is reserved for the function.
  bool is_reserved = false;

 private:
  Desk& desk_;
  Done done_;
  bool is_over_ = false;
};

}  // namespace runtime
