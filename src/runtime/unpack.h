#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace runtime {

// Unpacks an archive into a folder that is there, over what lies in it. Nothing is written outside of the folder,
// whatever the archive says: entries that climb out or go through a link are refused with "InvalidZipFile".
base::Result<void> unpack_zip(std::string_view archive, const std::string& folder, std::uint64_t bytes_max);

}  // namespace runtime
