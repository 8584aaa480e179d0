#pragma once

#include "base/jobs.h"
#include "kernel/outbound.h"

namespace server {

// Sends the cloud's requests to other servers, on threads of its own: https with certificates that this machine or the
// request trusts, and plain http to this machine alone.
class Outside : public kernel::Outbound {
 public:
  enum class Reach { kEverywhere, kThisMachine };

  explicit Outside(Reach reach);

  void send(kernel::OutboundRequest request, Done done) override;
  // Ends the threads once what they do now is done, and drops what waits: nobody is left to hear of it. Later requests
  // are answered that the server stops.
  void stop() { jobs_.stop(base::Jobs::Rest::kDrop); }

 private:
  const Reach reach_;
  base::Jobs jobs_;
};

}  // namespace server
