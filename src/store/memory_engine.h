#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/folder.h"

// A store in memory: for --ephemeral, and for tests, which can make it fail and can see what would have survived a
// crash.
namespace store {

// What stands in for the disk. It outlives the stores opened on it: dropping a store without a flush and opening
// another on the same disk is a crash. May be used from several threads.
class MemoryDisk {
 public:
  virtual ~MemoryDisk() = default;

  // The write after `writes` more successful ones fails with "StorageFailure", once. It leaves nothing behind.
  virtual void fail_one_write_after(std::uint64_t writes) = 0;
  // Every write after `writes` more successful ones fails, as on a full disk, until heal().
  virtual void fail_writes_after(std::uint64_t writes) = 0;
  // Every read of a value fails until heal().
  virtual void fail_reads() = 0;
  virtual void heal() = 0;
  virtual std::uint64_t writes_done() const = 0;    // successful ones
  virtual std::uint64_t versions_kept() const = 0;  // values in memory, old ones that snapshots still see included
};

std::shared_ptr<MemoryDisk> make_memory_disk();

// A home on `disk`. Named snapshots are kept on the disk as well. Blobs are files all the same, in a folder of their
// own under the system's folder for temporary files, made when first asked for and removed with the disk.
std::unique_ptr<Home> memory_home(std::shared_ptr<MemoryDisk> disk = make_memory_disk());

}  // namespace store
