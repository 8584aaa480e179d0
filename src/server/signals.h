#pragma once

namespace server {

// SIGINT and SIGTERM (and `raise`) as something to wait for. Made before any thread, so that all threads leave them to
// it.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;

  // Returns when the process has been told to end. Another thread may call `raise` to say so.
  void wait();
  void raise();

  // Waits that long at most; whether it was told to end.
  bool wait_for_ms(int wait_ms);

 private:
  int signals_;  // signalfd
  int raised_;   // eventfd
};

}  // namespace server
