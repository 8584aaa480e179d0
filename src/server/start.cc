#include "server/start.h"

#include <malloc.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

namespace server {

int loop_count(const Options& options) {
  if (options.threads > 0) return options.threads;
  return std::clamp(int(std::thread::hardware_concurrency()) / 2, 1, 8);
}

void keep_freed_memory() {
  constexpr int kMiB = 1024 * 1024;
  mallopt(M_TRIM_THRESHOLD, 64 * kMiB);
  mallopt(M_MMAP_THRESHOLD, 4 * kMiB);
}

base::Result<void> announce(const Options& options, std::uint16_t port) {
  if (!options.port_file.empty()) {
    // Readers must never see a half-written number.
    std::string draft = options.port_file + ".new";
    std::ofstream(draft) << port << "\n";
    std::error_code failed;
    std::filesystem::rename(draft, options.port_file, failed);
    if (failed)
      return base::fail("StorageFailure",
                        "The port file " + options.port_file + " could not be written: " + failed.message());
  }
  std::cout << "Listening on http://127.0.0.1:" << port << "\nReady.\n" << std::flush;
  return {};
}

}  // namespace server
