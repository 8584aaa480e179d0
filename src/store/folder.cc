#include "store/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/strings.h"
#include "store/files.h"
#include "store/rocksdb_engine.h"

namespace store {

namespace {

constexpr std::string_view kFormatTitle = "Virga data folder\nformat ";

std::string format_text(int format) { return std::string(kFormatTitle) + std::to_string(format) + "\n"; }

bool path_exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// Whether the folder holds nothing but what an interrupted first start of ours leaves.
base::Result<bool> is_fresh(const std::string& path) {
  std::error_code error;
  std::filesystem::directory_iterator entries(path, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    std::string name = entries->path().filename().string();
    if (name != "LOCK" && name != "FORMAT.new") return false;
  }
  if (error) return base::fail("StorageFailure", "Failed reading " + path + ": " + error.message() + ".");
  return true;
}

base::Result<int> read_format(const std::string& path) {
  auto not_ours = base::fail("NotADataFolder", path + " is not empty and is no data folder of Virga's.");
  if (!path_exists(path + "/FORMAT")) return not_ours;
  std::string text = TRY(internal::read_file(path + "/FORMAT"));
  if (!text.starts_with(kFormatTitle)) return not_ours;
  auto format = base::parse_number<int>(base::trim(std::string_view(text).substr(kFormatTitle.size())));
  if (!format) return not_ours;
  return *format;
}

base::Result<void> check_format(const std::string& path, int format, const FolderOptions& options) {
  std::string numbers = "(format " + std::to_string(format) + "; this one reads ";
  if (format > options.newest_format) {
    return base::fail("FolderTooNew", "The data folder " + path + " was written by a newer Virga " + numbers +
                                          "up to " + std::to_string(options.newest_format) + ").");
  }
  if (format < options.oldest_format) {
    return base::fail("FolderTooOld", "The data folder " + path + " was written by an older Virga " + numbers +
                                          std::to_string(options.oldest_format) + " and later).");
  }
  return {};
}

// The lock lives as long as the open file does, so a killed process leaves none behind.
class FolderLock {
 public:
  FolderLock() = default;
  FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock() {
    if (file_ >= 0) ::close(file_);
  }

  static base::Result<FolderLock> take(const std::string& folder) {
    std::string path = folder + "/LOCK";
    FolderLock lock;
    lock.file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock.file_ < 0) return internal::storage_failure("opening", path);
    if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return internal::storage_failure("locking", path);
      std::string holder(base::trim(internal::read_file(path).value_or("")));
      return base::fail("FolderInUse", "The data folder " + folder + " is in use by another Virga" +
                                           (holder.empty() ? "." : " (process " + holder + ")."));
    }
    std::string own_id = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock.file_, 0) != 0 || ::pwrite(lock.file_, own_id.data(), own_id.size(), 0) < 0)
      return internal::storage_failure("writing", path);
    return lock;
  }

 private:
  int file_ = -1;
};

class DataFolder final : public Home {
 public:
  DataFolder(std::string path, Durability durability, FolderLock lock)
      : path_(std::move(path)), durability_(durability), lock_(std::move(lock)) {}

  base::Result<void> prepare() {
    TRY_VOID(finish_load());
    TRY_VOID(internal::remove_tree(work()));
    TRY_VOID(internal::make_folder(work()));
    TRY_VOID(internal::make_folder(path_ + "/snapshots"));
    return internal::make_folder(path_ + "/current/blobs");
  }

  base::Result<std::unique_ptr<Engine>> open_engine() override {
    return open_rocksdb(path_ + "/current/rows", durability_);
  }
  Durability durability() const override { return durability_; }
  base::Result<std::string> blobs_folder() override { return path_ + "/current/blobs"; }

  base::Result<void> save(Engine& engine, std::string_view name, std::int64_t created_at_ms) override {
    TRY_VOID(internal::check_snapshot_name(name));
    if (path_exists(snapshot(name))) return internal::snapshot_exists(name);
    std::string saving = TRY(empty_work_folder("saving"));
    TRY_VOID(engine.checkpoint(saving + "/rows"));
    TRY_VOID(internal::link_blobs(path_ + "/current/blobs", saving + "/blobs"));
    std::string size = std::to_string(internal::tree_size(saving));
    TRY_VOID(internal::write_file(saving + "/SNAPSHOT", std::to_string(created_at_ms) + " " + size + "\n"));
    TRY_VOID(internal::rename_path(saving, snapshot(name)));
    return internal::sync_folder(path_ + "/snapshots");
  }

  base::Result<void> load(std::string_view name) override {
    if (!internal::check_snapshot_name(name) || !path_exists(snapshot(name))) return internal::snapshot_not_found(name);
    std::string loading = TRY(empty_work_folder("loading"));
    TRY_VOID(internal::link_rows(snapshot(name) + "/rows", loading + "/rows"));
    TRY_VOID(internal::link_blobs(snapshot(name) + "/blobs", loading + "/blobs"));
    return switch_to(loading);
  }

  base::Result<void> clear() override {
    std::string loading = TRY(empty_work_folder("loading"));
    TRY_VOID(internal::make_folder(loading + "/blobs"));
    return switch_to(loading);
  }

  base::Result<std::vector<SnapshotInfo>> list() const override {
    std::vector<SnapshotInfo> infos;
    std::error_code error;
    std::filesystem::directory_iterator entries(path_ + "/snapshots", error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
      std::string text = TRY(internal::read_file(entries->path().string() + "/SNAPSHOT"));
      std::vector<std::string_view> numbers = base::split(base::trim(text), ' ');
      SnapshotInfo info{.name = entries->path().filename().string()};
      info.created_at_ms = base::parse_number(numbers.front()).value_or(0);
      info.size_bytes = base::parse_number<std::uint64_t>(numbers.back()).value_or(0);
      infos.push_back(std::move(info));
    }
    if (error) return base::fail("StorageFailure", "Failed reading " + path_ + ": " + error.message() + ".");
    std::ranges::sort(infos, {}, &SnapshotInfo::name);
    return infos;
  }

  base::Result<void> remove(std::string_view name) override {
    if (!internal::check_snapshot_name(name) || !path_exists(snapshot(name))) return internal::snapshot_not_found(name);
    std::string removed = TRY(empty_work_folder("removed"));
    TRY_VOID(internal::rename_path(snapshot(name), removed + "/snapshot"));
    return internal::remove_tree(removed);
  }

  base::Result<void> copy_to(Engine& engine, const std::string& folder) override {
    return internal::write_data_folder(engine, path_ + "/current/blobs", folder);
  }

 private:
  std::string work() const { return path_ + "/work"; }
  std::string snapshot(std::string_view name) const { return path_ + "/snapshots/" + std::string(name); }

  base::Result<std::string> empty_work_folder(std::string_view name) {
    std::string folder = work() + "/" + std::string(name);
    TRY_VOID(internal::remove_tree(folder));
    TRY_VOID(internal::make_folder(folder));
    return folder;
  }

  // The rename to <path>/loading is the moment of decision: before it the old content stands, after it the new one
  // does, and an interruption in finish_load() is made good by the next prepare().
  base::Result<void> switch_to(const std::string& prepared) {
    TRY_VOID(internal::sync_folder(prepared));
    TRY_VOID(internal::rename_path(prepared, path_ + "/loading"));
    return finish_load();
  }

  base::Result<void> finish_load() {
    if (!path_exists(path_ + "/loading")) return {};
    std::string replaced = TRY(empty_work_folder("replaced"));
    if (path_exists(path_ + "/current")) TRY_VOID(internal::rename_path(path_ + "/current", replaced + "/current"));
    TRY_VOID(internal::rename_path(path_ + "/loading", path_ + "/current"));
    TRY_VOID(internal::sync_folder(path_));
    return internal::remove_tree(replaced);
  }

  std::string path_;
  Durability durability_;
  FolderLock lock_;
};

}  // namespace

namespace internal {

base::Result<void> write_data_folder(Engine& engine, const std::string& blobs, const std::string& folder) {
  TRY_VOID(make_folder(folder));
  std::error_code error;
  if (!std::filesystem::is_empty(folder, error))
    return base::fail("FolderNotEmpty", "The folder " + folder + " is not empty.");
  TRY_VOID(make_folder(folder + "/current"));
  TRY_VOID(engine.checkpoint(folder + "/current/rows"));
  TRY_VOID(link_blobs(blobs, folder + "/current/blobs"));
  // Last, so that a folder whose copying was interrupted is not taken for a whole one.
  return write_file(folder + "/FORMAT", format_text(kNewestFolderFormat));
}

}  // namespace internal

base::Result<std::unique_ptr<Home>> open_data_folder(const std::string& path, const FolderOptions& options) {
  TRY_VOID(internal::make_folder(path));
  bool fresh = TRY(is_fresh(path));
  if (!fresh) {
    int format = TRY(read_format(path));
    TRY_VOID(check_format(path, format, options));
  }
  FolderLock lock = TRY(FolderLock::take(path));
  fresh = TRY(is_fresh(path));  // another process may have begun it since
  int format = fresh ? 0 : TRY(read_format(path));
  if (format != options.newest_format) {
    TRY_VOID(internal::write_file(path + "/FORMAT", format_text(options.newest_format)));
  }
  auto folder = std::make_unique<DataFolder>(path, options.durability, std::move(lock));
  TRY_VOID(folder->prepare());
  return folder;
}

}  // namespace store
