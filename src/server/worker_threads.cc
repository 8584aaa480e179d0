#include "server/worker_threads.h"

#include <algorithm>
#include <thread>

namespace server {

WorkerThreads::WorkerThreads() : jobs_(static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U))) {}

}  // namespace server
