#pragma once

#include "base/result.h"
#include "server/options.h"

namespace server {

// Runs a cloud in this process until it is told to stop (SIGINT, SIGTERM or POST /_virga/stop): opens the data folder,
// serves, prints "Ready." as the last line of start-up, runs the init hooks, and at the end closes in order. The error
// says why it could not start.
base::Result<void> run_instance(const Options& options);

}  // namespace server
