#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/engine.h"

// Where a store lives, and the named snapshots it keeps there.
namespace store {

struct SnapshotInfo {
  std::string name;
  std::int64_t created_at_ms = 0;  // as given to save()
  std::uint64_t size_bytes = 0;    // of its files, most of them shared with the current state
};

// The owner of the engine's files: opens the engine, and copies, replaces and restores its whole content. One process
// at a time. The store calls this; others go through Store::save_snapshot and its siblings. Snapshot names are 1-64 of
// A-Z a-z 0-9 . _ - and do not begin with a dot; other names are refused ("InvalidName").
class Home {
 public:
  virtual ~Home() = default;

  virtual base::Result<std::unique_ptr<Engine>> open_engine() = 0;
  virtual Durability durability() const = 0;
  // The folder blobs are kept in; it exists.
  virtual base::Result<std::string> blobs_folder() = 0;

  // Keeps the content of `engine` and the blobs under `name`. Error "SnapshotExists".
  virtual base::Result<void> save(Engine& engine, std::string_view name, std::int64_t created_at_ms) = 0;
  // Makes the snapshot the content that open_engine() opens. The engine must be closed. Interrupted at any point, the
  // old content or the new is found at the next open, never a mixture. Error "SnapshotNotFound".
  virtual base::Result<void> load(std::string_view name) = 0;
  // The same with nothing in it.
  virtual base::Result<void> clear() = 0;
  virtual base::Result<std::vector<SnapshotInfo>> list() const = 0;  // by name
  virtual base::Result<void> remove(std::string_view name) = 0;      // error "SnapshotNotFound"
  // Writes a data folder with the content of `engine` and the blobs, without the snapshots. Error "FolderNotEmpty".
  virtual base::Result<void> copy_to(Engine& engine, const std::string& folder) = 0;
};

// The formats of data folders that this program reads and writes. Raised when an older program could not read what a
// newer one writes; an added field at the end of a row needs no new format.
inline constexpr int kOldestFolderFormat = 1;
inline constexpr int kNewestFolderFormat = 1;

struct FolderOptions {
  Durability durability = Durability::kOs;
  int oldest_format = kOldestFolderFormat;  // other values for tests only
  int newest_format = kNewestFolderFormat;
};

// Opens the data folder at `path`, made if missing or empty, and locks it until the home is gone. Errors: "FolderInUse"
// (another process has it; the message names its id), "FolderTooNew", "FolderTooOld", "NotADataFolder" (there are
// files, but not ours), "StorageFailure".
//
//   LOCK  FORMAT  current/{rows,blobs}  snapshots/<name>/{rows,blobs,SNAPSHOT}  work/
base::Result<std::unique_ptr<Home>> open_data_folder(const std::string& path, const FolderOptions& options = {});

}  // namespace store
