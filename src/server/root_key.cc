#include "server/root_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/random.h"
#include "base/seal.h"

namespace server {

namespace {

using base::Result;

std::string new_key() {
  base::SecureDice dice;
  return base::random_bytes(dice, base::kSealKeyBytes);
}

// Whole and on the disk before anything can be sealed with it.
Result<void> write_key(const std::string& path, std::string_view key) {
  std::string beside = path + ".new";
  int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool written = file >= 0 && ::write(file, key.data(), key.size()) == ssize_t(key.size()) && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (!written || ::rename(beside.c_str(), path.c_str()) != 0)
    return base::fail("StorageFailure", fmt::format("Cannot write {}: {}.", path, std::strerror(errno)));
  return {};
}

}  // namespace

Result<std::string> open_root_key(const Options& options) {
  if (options.data_folder.empty()) return new_key();
  std::string path = options.data_folder + "/root.key";
  if (!std::filesystem::exists(path)) {
    std::string key = new_key();
    TRY_VOID(write_key(path, key));
    return key;
  }
  std::ifstream file(path, std::ios::binary);
  std::string key{std::istreambuf_iterator<char>(file), {}};
  if (key.size() != base::kSealKeyBytes)
    return base::fail("InvalidRootKey", path + " does not hold a root key: it must be 32 bytes long.");
  return key;
}

}  // namespace server
