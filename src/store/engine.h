#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// What the store needs from whatever keeps its bytes: atomic batches of writes, consistent snapshots, ordered cursors
// and cheap checkpoints. The memory engine and the RocksDB engine each implement it in one file; a networked one may
// follow. Engines know neither tables nor transactions. No exception leaves an engine.
namespace store {

// The value of a key: shared, never changed once made. Null where there is none.
using Bytes = std::shared_ptr<const std::string>;

// What a write must survive before it is answered.
enum class Durability {
  kNone,  // a clean shutdown only: nothing is logged
  kOs,    // the end of the process at any instant (kill -9); up to one Store::sync() interval is lost with the power
  kDisk,  // loss of power too: every flush waits for the disk
};

// Writes that become visible and durable together or not at all. No key may be in a batch twice.
struct Batch {
  struct Entry {
    std::string_view key;  // must live until write() has returned
    Bytes value;           // null erases the key
  };
  std::vector<Entry> entries;

  void put(std::string_view key, Bytes value) { entries.push_back({key, std::move(value)}); }
  void erase(std::string_view key) { entries.push_back({key, nullptr}); }
};

// A position in the keys of a snapshot, in byte order, never outside the range the cursor was made for. A new cursor
// stands nowhere: seek first. After a read error the cursor is not valid() and error() says why; check it when a walk
// ends.
class Cursor {
 public:
  virtual ~Cursor() = default;

  virtual void seek(std::string_view key) = 0;           // to the first key >= `key`
  virtual void seek_for_prev(std::string_view key) = 0;  // to the last key <= `key`
  virtual void seek_to_last() = 0;
  virtual void next() = 0;  // only while valid()
  virtual void prev() = 0;  // only while valid()
  virtual bool valid() const = 0;
  // Where the cursor stands; only while valid(), and only until it is moved.
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual base::Result<void> error() const = 0;
  // How many erased keys this thread's cursors have had to pass over so far; zero where the engine leaves none behind.
  virtual std::uint64_t erased_passed() const { return 0; }
};

// The engine's content at one moment; later writes do not show. May be used from several threads at once. A snapshot
// and its cursors must be gone before the engine is.
class EngineSnapshot {
 public:
  virtual ~EngineSnapshot() = default;

  // The value of `key`, null when there is none; an error ("StorageFailure") only when the bytes cannot be read.
  virtual base::Result<Bytes> get(std::string_view key) const = 0;
  // Over the keys in [begin, end); an empty `end` means no upper bound. Must not outlive the snapshot; for one thread.
  virtual std::unique_ptr<Cursor> cursor(std::string_view begin, std::string_view end) const = 0;
  // Few will read it from now on: lets go of what is kept to make the next cursor sooner.
  virtual void retire() const {}
};

class Engine {
 public:
  virtual ~Engine() = default;

  // Applies the batch atomically, as durably as the engine was opened to be (see Durability). After an error it is
  // unknown whether the batch will be there at the next open, so the caller must stop writing. One call at a time.
  virtual base::Result<void> write(const Batch& batch) = 0;
  // What has been written so far.
  virtual std::shared_ptr<const EngineSnapshot> snapshot() = 0;
  // Makes everything written so far survive a loss of power.
  virtual base::Result<void> sync() = 0;
  // Writes a copy of the current content to `folder`, which must not exist but whose parent must. Files are hard-linked
  // where possible, so the cost does not grow with the amount of data.
  virtual base::Result<void> checkpoint(const std::string& folder) = 0;
  // Bytes used for keys and values, roughly.
  virtual std::uint64_t approximate_size() const = 0;
  // Writes out what is still in memory and lets go of the files. Nothing may be called afterwards. Destruction closes
  // too but can report no error.
  virtual base::Result<void> close() = 0;
};

}  // namespace store
