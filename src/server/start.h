#pragma once

#include <cstdint>

#include "base/result.h"
#include "server/options.h"

namespace server {

// Threads to serve with: as asked, or half the cores (clients and functions want some, too), 1 to 8.
int loop_count(const Options& options);

// Lets the C library keep up to 64 MiB that were freed, which it would give back to the system after each large answer
// and ask for again, page by page, for the next.
void keep_freed_memory();

// Says where we listen: writes the port file, if asked for, and prints the address and then "Ready.".
base::Result<void> announce(const Options& options, std::uint16_t port);

}  // namespace server
