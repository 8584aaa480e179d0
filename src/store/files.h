#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/engine.h"

// Internal to the store: files and folders. Every error is a "StorageFailure" that names the path.
namespace store::internal {

// The error of the system call that has just failed (errno) while `doing` something with `path`.
std::unexpected<base::Error> storage_failure(std::string_view doing, const std::string& path);

base::Result<void> make_folder(const std::string& path);  // parents too; one that is there is no error
base::Result<void> remove_tree(const std::string& path);  // one that is not there is no error
base::Result<void> rename_path(const std::string& from, const std::string& to);  // replaces a file, not a folder
base::Result<std::string> read_file(const std::string& path);
// Writes the file beside its place first, then moves it there: it is never seen half written, not after a power loss
// either.
base::Result<void> write_file(const std::string& path, std::string_view bytes);
// Makes the names in a folder survive a loss of power.
base::Result<void> sync_folder(const std::string& path);
std::uint64_t tree_size(const std::string& path);

// Makes `to` a copy of the folder of blobs `from`; files are hard-linked, or copied where they cannot be. Bodies still
// being written, which may vanish meanwhile, are left out.
base::Result<void> link_blobs(const std::string& from, const std::string& to);
inline constexpr std::string_view kWritingFolder = "writing";  // within a folder of blobs
// The same for an engine's folder, of which only the table files (*.sst) never change; the others are copied.
base::Result<void> link_rows(const std::string& from, const std::string& to);

// Writes a new data folder at `folder`, which must be missing or empty, with the content of `engine` and of the folder
// `blobs`.
base::Result<void> write_data_folder(Engine& engine, const std::string& blobs, const std::string& folder);

base::Result<void> check_snapshot_name(std::string_view name);
std::unexpected<base::Error> snapshot_not_found(std::string_view name);
std::unexpected<base::Error> snapshot_exists(std::string_view name);

}  // namespace store::internal
