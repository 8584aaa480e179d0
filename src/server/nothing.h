#pragma once

#include "base/result.h"
#include "server/options.h"

namespace server {

// Serves the same small answer to every request, with the same HTTP server as a cloud: what benchmarks compare with.
base::Result<void> serve_nothing(const Options& options);

}  // namespace server
