#pragma once

#include <string>

#include "base/result.h"
#include "base/value.h"
#include "server/options.h"

namespace server {

// `virga doctor`: what this host offers to functions, found out by trying it: {"tier": …, "findings": [{"name",
// "state", "meaning", "remedy"}], "runtimes": [{"runtime", "version", "path", "is_exact"}]}.
base::Result<base::Value> examine_host(const Options& options);

// The same for people.
std::string diagnosis_text(const base::Value& report);

}  // namespace server
