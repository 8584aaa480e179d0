#include "runtime/clients.h"

#include <filesystem>
#include <fstream>

namespace runtime {

base::Result<void> write_clients(const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  for (int index = 0; index < kClientFileCount; ++index) {
    std::string path = folder + "/" + std::string(kClientFiles[index].name);
    std::ofstream file(path, std::ios::binary);
    file << kClientFiles[index].text;
    if (!file.flush()) return base::fail("StorageFailure", path + " could not be written.");
  }
  return {};
}

}  // namespace runtime
