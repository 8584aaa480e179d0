#pragma once

#include "base/jobs.h"
#include "kernel/compute.h"

namespace server {

// The cloud's threads for long computations, one a processor.
class WorkerThreads : public kernel::Workers {
 public:
  WorkerThreads();

  void run(Work work) override { jobs_.run(std::move(work)); }
  // Ends the threads once what they do now is done, and drops what waits, and what comes later.
  void stop() { jobs_.stop(base::Jobs::Rest::kDrop); }

 private:
  base::Jobs jobs_;
};

}  // namespace server
