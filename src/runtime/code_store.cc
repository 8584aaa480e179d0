#include "runtime/code_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/bytes.h"
#include "runtime/unpack.h"

namespace runtime {

namespace {

namespace files = std::filesystem;

base::Result<void> fill_folder(const std::string& folder, const std::vector<kernel::CodePackage>& packages) {
  for (const kernel::CodePackage& package : packages) {
    if (!package.folder.empty()) {
      std::error_code failed;
      files::copy(
          package.folder, folder,
          files::copy_options::recursive | files::copy_options::overwrite_existing | files::copy_options::copy_symlinks,
          failed);
      if (failed) return base::fail("CodeNotUnpacked", package.folder + ": " + failed.message());
      continue;
    }
    std::string archive = TRY(package.read());
    TRY_VOID(unpack_zip(archive, folder, CodeStore::kUnpackedBytesMax));
  }
  return {};
}

}  // namespace

base::Result<std::string> CodeStore::unpack(const kernel::CodePackage& package) {
  if (!package.folder.empty()) {
    std::error_code failed;
    if (!files::is_directory(package.folder, failed))
      return base::fail("InvalidCodeFolder", "There is no folder " + package.folder + ".");
    return package.folder;
  }
  return ensure_folder("code-" + package.sha256,
                       [&](const std::string& folder) { return fill_folder(folder, {package}); });
}

base::Result<std::string> CodeStore::unpack_own(std::string_view name, std::string_view archive) {
  return ensure_folder("own-" + std::string(name),
                       [&](const std::string& folder) { return unpack_zip(archive, folder, kUnpackedBytesMax); });
}

base::Result<std::string> CodeStore::merge(const std::vector<kernel::CodePackage>& layers) {
  if (layers.empty()) return std::string();
  std::string names;
  for (const kernel::CodePackage& layer : layers)
    names += layer.folder.empty() ? layer.sha256 + "\n"
                                  : layer.folder + "\n" + std::to_string(state_of_folder(layer.folder)) + "\n";
  return ensure_folder("layers-" + base::to_hex(base::sha256(names)),
                       [&](const std::string& folder) { return fill_folder(folder, layers); });
}

base::Result<std::string> CodeStore::ensure_folder(const std::string& name, const Fill& fill) {
  std::shared_ptr<std::mutex> making;
  {
    std::lock_guard lock(mutex_);
    std::shared_ptr<std::mutex>& found = making_[name];
    if (found == nullptr) found = std::make_shared<std::mutex>();
    making = found;
  }
  std::lock_guard lock(*making);
  std::string folder = folder_ + "/" + name;
  std::error_code failed;
  if (files::exists(folder, failed)) return folder;
  std::string draft = folder + ".part";
  files::remove_all(draft, failed);
  if (!files::create_directory(draft, failed)) return base::fail("CodeNotUnpacked", draft + ": " + failed.message());
  // What runs in a sandbox may be another user.
  files::permissions(draft, files::perms(0755), failed);
  if (auto filled = fill(draft); !filled) {
    files::remove_all(draft, failed);
    return std::unexpected(std::move(filled).error());
  }
  files::rename(draft, folder, failed);
  if (failed) return base::fail("CodeNotUnpacked", folder + ": " + failed.message());
  return folder;
}

std::int64_t state_of_folder(const std::string& folder) {
  constexpr std::int64_t kEntriesMax = 20'000;  // beyond, changes are not noticed
  std::int64_t newest = 0;
  std::int64_t count = 0;
  auto see = [&](const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0) return;
    newest = std::max(newest, std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec);
  };
  see(folder);
  std::error_code failed;
  files::recursive_directory_iterator each(folder, files::directory_options::skip_permission_denied, failed);
  for (; !failed && each != files::recursive_directory_iterator() && count < kEntriesMax; each.increment(failed)) {
    // Python writes these itself, beside what it imports.
    if (each->path().filename() == "__pycache__") {
      each.disable_recursion_pending();
      continue;
    }
    see(each->path().string());
    ++count;
  }
  return newest + count;
}

}  // namespace runtime
