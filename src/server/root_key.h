#pragma once

#include <string>

#include "base/result.h"
#include "server/options.h"

namespace server {

// The key under which the cloud seals secrets: of the data folder's file root.key, made on the first start and readable
// by its owner only; a passing one where nothing is kept. Errors: "StorageFailure", "InvalidRootKey".
base::Result<std::string> open_root_key(const Options& options);

}  // namespace server
