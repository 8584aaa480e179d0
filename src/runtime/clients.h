#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace runtime {

// Our clients of the Runtime API, whose texts are part of the program (clients/): files for a folder that environments
// find as /var/runtime.
struct ClientFile {
  std::string_view name;
  std::string_view text;
};
extern const ClientFile kClientFiles[];
extern const int kClientFileCount;

base::Result<void> write_clients(const std::string& folder);

}  // namespace runtime
