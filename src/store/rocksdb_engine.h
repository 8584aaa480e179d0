#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/engine.h"

namespace store {

// An engine on the RocksDB database in `folder`, made if missing. One engine a folder at a time.
base::Result<std::unique_ptr<Engine>> open_rocksdb(const std::string& folder, Durability durability);

}  // namespace store
