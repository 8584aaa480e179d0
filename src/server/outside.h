#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "kernel/outbound.h"

namespace server {

// Sends the cloud's requests to other servers, on threads of its own: https with certificates that this machine or the
// request trusts, and plain http to this machine alone.
class Outside : public kernel::Outbound {
 public:
  enum class Reach { kEverywhere, kThisMachine };

  explicit Outside(Reach reach);
  ~Outside() override;

  void send(kernel::OutboundRequest request, Done done) override;
  // Ends the threads once what they do now is done, and drops what waits: nobody is left to hear of it. Later requests
  // are answered that the server stops.
  void stop();

 private:
  struct Job {
    kernel::OutboundRequest request;
    Done done;
  };
  void work();

  const Reach reach_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace server
