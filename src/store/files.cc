#include "store/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace store::internal {

namespace paths = std::filesystem;

namespace {

std::unexpected<base::Error> failure_of(std::string_view doing, const std::string& path, const std::error_code& code) {
  return base::fail("StorageFailure", "Failed " + std::string(doing) + " " + path + ": " + code.message() + ".");
}

enum class Unchanging { kAllFiles, kTableFiles };

base::Result<void> link_or_copy(const paths::path& from, const paths::path& to, bool may_link) {
  std::error_code error;
  if (may_link) {
    paths::create_hard_link(from, to, error);
    if (!error) return {};
    error.clear();
  }
  paths::copy_file(from, to, error);
  if (error) return failure_of("copying", from.string(), error);
  int file = ::open(to.c_str(), O_RDONLY | O_CLOEXEC);
  bool synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (!synced) return storage_failure("writing", to.string());
  return {};
}

base::Result<void> copy_tree(const paths::path& from, const paths::path& to, Unchanging unchanging) {
  TRY_VOID(make_folder(to.string()));
  std::error_code error;
  paths::directory_iterator entries(from, error);
  if (error) return failure_of("reading", from.string(), error);
  for (; entries != paths::directory_iterator(); entries.increment(error)) {
    const paths::path& entry = entries->path();
    if (entry.filename() == kWritingFolder) continue;
    if (entries->is_directory(error)) {
      TRY_VOID(copy_tree(entry, to / entry.filename(), unchanging));
    } else {
      bool may_link = unchanging == Unchanging::kAllFiles || entry.extension() == ".sst";
      TRY_VOID(link_or_copy(entry, to / entry.filename(), may_link));
    }
    if (error) break;
  }
  if (error) return failure_of("reading", from.string(), error);
  return sync_folder(to.string());
}

}  // namespace

std::unexpected<base::Error> storage_failure(std::string_view doing, const std::string& path) {
  return failure_of(doing, path, std::error_code(errno, std::generic_category()));
}

base::Result<void> make_folder(const std::string& path) {
  std::error_code error;
  paths::create_directories(path, error);
  if (error) return failure_of("making the folder", path, error);
  return {};
}

base::Result<void> remove_tree(const std::string& path) {
  std::error_code error;
  paths::remove_all(path, error);
  if (error) return failure_of("removing", path, error);
  return {};
}

base::Result<void> rename_path(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return storage_failure("renaming", from);
  return {};
}

base::Result<std::string> read_file(const std::string& path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return storage_failure("opening", path);
  std::string bytes;
  char buffer[4096];
  ssize_t count = 0;
  while ((count = ::read(file, buffer, sizeof buffer)) > 0) bytes.append(buffer, static_cast<std::size_t>(count));
  auto failed = count < 0 ? base::Result<std::string>(storage_failure("reading", path)) : bytes;
  ::close(file);
  return failed;
}

base::Result<void> write_file(const std::string& path, std::string_view bytes) {
  std::string beside = path + ".new";
  int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return storage_failure("making", beside);
  bool written = ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(file) == 0;
  base::Result<void> result;
  if (!written) result = storage_failure("writing", beside);
  ::close(file);
  TRY_VOID(result);
  TRY_VOID(rename_path(beside, path));
  return sync_folder(paths::path(path).parent_path().string());
}

base::Result<void> sync_folder(const std::string& path) {
  int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return storage_failure("opening", path);
  base::Result<void> result;
  if (::fsync(folder) != 0) result = storage_failure("writing", path);
  ::close(folder);
  return result;
}

std::uint64_t tree_size(const std::string& path) {
  std::uint64_t size = 0;
  std::error_code error;
  for (paths::recursive_directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unreadable;
    std::uintmax_t bytes = entry->is_regular_file(unreadable) ? entry->file_size(unreadable) : 0;
    if (!unreadable) size += bytes;
  }
  return size;
}

base::Result<void> link_blobs(const std::string& from, const std::string& to) {
  return copy_tree(from, to, Unchanging::kAllFiles);
}

base::Result<void> link_rows(const std::string& from, const std::string& to) {
  return copy_tree(from, to, Unchanging::kTableFiles);
}

base::Result<void> check_snapshot_name(std::string_view name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  if (!name.empty() && name.size() <= 64 && name.front() != '.' &&
      name.find_first_not_of(kAllowed) == std::string_view::npos) {
    return {};
  }
  return base::fail("InvalidName",
                    "A snapshot's name is 1 to 64 letters, digits, dots, dashes and underscores, no dot in front.");
}

std::unexpected<base::Error> snapshot_not_found(std::string_view name) {
  return base::fail("SnapshotNotFound", "There is no snapshot named \"" + std::string(name) + "\".");
}

std::unexpected<base::Error> snapshot_exists(std::string_view name) {
  return base::fail("SnapshotExists", "There is a snapshot named \"" + std::string(name) + "\" already.");
}

}  // namespace store::internal
