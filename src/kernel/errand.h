#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace kernel {

// Something that a call must wait for and that happens outside of the store, once for the call however often that is
// attempted: a function's run, a long computation. Operations and listeners may wait so, and operations that they call
// inside of them; timers may not, and emit an event instead.
//
//   std::string name = "key/" + id;
//   auto making = call.errand<MakeKey>(name);
//   if (!making) return call.begin_errand(name, std::make_shared<MakeKey>(…), deadline);  // gives this attempt up
//   if (!making->is_over()) …  // the deadline has come
//
// Its outcome is memory: a listener whose errand was cut off by a crash is delivered its event again and begins anew.
class Errand {
 public:
  using Done = std::move_only_function<void()>;

  // Dropped before it is over: nobody waits for the outcome any more.
  virtual ~Errand() = default;
  // Begins, and returns at once. `done` is called exactly once, from any thread, perhaps before this returns, and after
  // all that the attempts will read has been set.
  virtual void start(Done done) = 0;

  bool is_over() const { return is_over_.load(std::memory_order_acquire); }
  void set_over() { is_over_.store(true, std::memory_order_release); }  // for the lane, which then tries again

 private:
  std::atomic<bool> is_over_ = false;
};

}  // namespace kernel
