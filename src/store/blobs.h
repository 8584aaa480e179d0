#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/engine.h"

// Big bodies, as files. A body is written to its file before the transaction that names it in a row commits; bodies
// that no row names (the commit failed, the row was erased) are collected later. So a row never names a body that is
// not there.
//
//   auto writer = TRY(blobs.create(call.new_id("b-")));
//   while (…) TRY_VOID(writer->append(chunk));
//   BlobPin pin = TRY(writer->finish());       // in place, and safe from collect() while the pin lives
//   tx.put(kObjects, name, {.blob = pin.id(), .size = pin.size()});  … commit …
//
// Errors: "StorageFailure" (the disk), "BlobNotFound", "BlobExists", "BlobCorrupt" (shorter, longer or other bytes than
// were written), "InvalidName". Ids are 1-128 of a-z 0-9 - and _ ; the caller makes them unique.
namespace store {

struct BlobsState;  // internal

// Keeps one finished blob from being collected; hold it until the row that names it has committed (or will not).
class BlobPin {
 public:
  BlobPin() = default;
  BlobPin(BlobPin&&) noexcept;
  BlobPin& operator=(BlobPin&&) noexcept;
  ~BlobPin();

  const std::string& id() const { return id_; }
  // Of its writer's pin: 0 of others.
  std::uint64_t size() const { return size_; }
  std::uint64_t checksum() const { return checksum_; }  // CRC-64/NVME of the body

 private:
  friend class BlobWriter;
  friend class Blobs;
  std::shared_ptr<BlobsState> state_;
  std::string id_;
  std::uint64_t size_ = 0;
  std::uint64_t checksum_ = 0;
};

// A body being written. Destroyed unfinished, it leaves nothing.
class BlobWriter {
 public:
  ~BlobWriter();
  BlobWriter(const BlobWriter&) = delete;
  BlobWriter& operator=(const BlobWriter&) = delete;

  base::Result<void> append(std::string_view bytes);
  std::uint64_t size() const { return size_; }
  // Moves the file into place, on the disk first under Durability::kDisk. Call it once, and nothing after it.
  base::Result<BlobPin> finish();

 private:
  friend class Blobs;
  BlobWriter(std::shared_ptr<BlobsState> state, std::string id, std::string path, int file);

  std::shared_ptr<BlobsState> state_;
  std::string id_;
  std::string path_;  // while being written
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t checksum_ = 0;
};

// A body open for reading; stays readable when the blob is removed meanwhile. For one thread at a time.
class BlobReader {
 public:
  ~BlobReader();
  BlobReader(const BlobReader&) = delete;
  BlobReader& operator=(const BlobReader&) = delete;

  std::uint64_t size() const { return size_; }
  std::uint64_t checksum() const { return checksum_; }
  // Up to `length` bytes from `offset`; fewer only at the end of the body, none at or past it. When the body is read
  // from its beginning to its end in consecutive calls, the last of them also verifies the checksum ("BlobCorrupt").
  base::Result<std::string> read(std::uint64_t offset, std::size_t length);
  // Exactly these bytes, into memory that is there: for those who verify by themselves what they read.
  base::Result<void> read_into(std::uint64_t offset, std::span<char> bytes) const;

 private:
  friend class Blobs;
  BlobReader(std::string id, int file, std::uint64_t size, std::uint64_t checksum);

  std::string id_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t checksum_ = 0;
  std::uint64_t read_in_order_ = 0;  // how much of the body has been read from its beginning without a gap
  std::uint64_t checksum_so_far_ = 0;
};

// May be used from any number of threads.
class Blobs {
 public:
  // `folder` must exist. Leftovers of writers that a crash has ended are removed.
  static base::Result<std::unique_ptr<Blobs>> open(const std::string& folder, Durability durability);

  base::Result<std::unique_ptr<BlobWriter>> create(std::string id);
  base::Result<std::unique_ptr<BlobReader>> read(std::string_view id) const;
  // Keeps a finished blob from being collected, as its writer's pin does: for those who will read it later.
  BlobPin pin(std::string id);
  // Whether somebody holds a pin of it. Removal does not ask.
  bool is_pinned(std::string_view id) const;
  // A blob that is not there is no error: removal may be repeated after a crash.
  base::Result<void> remove(std::string_view id);

  struct Collected {
    std::uint64_t kept = 0;
    std::uint64_t removed = 0;
  };
  // Removes every blob that is neither pinned nor referenced. `is_referenced` must answer from a state read after this
  // call began (let it begin its transaction when first asked); its error ends the collection.
  base::Result<Collected> collect(const std::function<base::Result<bool>(std::string_view id)>& is_referenced);
  // While the lock is held nothing is removed: for copying blobs together with the rows that name them.
  std::unique_lock<std::mutex> hold_removals();

 private:
  friend class BlobWriter;
  explicit Blobs(std::shared_ptr<BlobsState> state);
  std::shared_ptr<BlobsState> state_;
};

}  // namespace store
