#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/functions.h"

namespace runtime {

// Unpacked code: each archive once, by its hash, in folders that nobody changes any more. Any thread.
class CodeStore {
 public:
  // "The maximum size of the contents of a deployment package, including layers and custom runtimes. (unzipped)"
  static constexpr std::uint64_t kUnpackedBytesMax = 250 * 1024 * 1024;

  // Keeps everything in `folder`, which the caller makes and removes.
  explicit CodeStore(std::string folder) : folder_(std::move(folder)) {}

  const std::string& folder() const { return folder_; }
  // The folder with a function's code. Errors: those of the package, and "InvalidZipFile" for archives that are none,
  // or whose entries lead out of the folder.
  base::Result<std::string> unpack(const kernel::CodePackage& package);
  // The folder with what an archive of the program's own holds; `name` tells it from the others.
  base::Result<std::string> unpack_own(std::string_view name, std::string_view archive);
  // The folder with all of these layers, later ones covering earlier ones; "" for none.
  base::Result<std::string> merge(const std::vector<kernel::CodePackage>& layers);

 private:
  using Fill = std::function<base::Result<void>(const std::string& folder)>;
  base::Result<std::string> ensure_folder(const std::string& name, const Fill& fill);

  const std::string folder_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<std::mutex>> making_;  // by name; held while its folder is made
};

// The newest change in a folder, in nanoseconds since the epoch, for code that is used where it lies; the number of
// entries is mixed in, so that removals show too.
std::int64_t state_of_folder(const std::string& folder);

}  // namespace runtime
