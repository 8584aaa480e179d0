#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/engine.h"
#include "store/gaps.h"
#include "store/hot_rows.h"
#include "store/store.h"
#include "store/versions.h"

// Internal to the store: what a Store and its transactions share, and what one transaction holds.
namespace store {

namespace internal {

// The engine's content after some flush. All transactions begun between two flushes share one; the oldest one alive
// says which recent commits may be forgotten.
struct Generation {
  std::shared_ptr<const EngineSnapshot> snapshot;
  Version flushed = 0;  // every commit up to this one is in the snapshot, none later
};

// A commit that some transaction may still need to see or to conflict with.
struct Commit {
  Version version = 0;
  std::vector<Chains::iterator> written;
};

// What a transaction has read: keys, and ranges [begin, end) of them. One buffer holds all bytes, because there are
// many reads and they are only ever appended and walked.
class ReadSet {
 public:
  void add_key(std::string_view key) {
    if (reads_.empty()) {  // most transactions read a few keys
      bytes_.reserve(480);
      reads_.reserve(8);
    }
    bytes_.append(key);
    reads_.push_back({static_cast<std::uint32_t>(key.size()), kIsKey});
  }
  void add_range(std::string_view begin, std::string_view end) {
    bytes_.append(begin).append(end);
    reads_.push_back({static_cast<std::uint32_t>(begin.size()), static_cast<std::uint32_t>(end.size())});
  }

  // Whether any key read has a version after `version` in `recent`.
  bool changed_after(Version version, const Chains& recent) const;

 private:
  static constexpr std::uint32_t kIsKey = 0xFFFFFFFF;
  struct Read {
    std::uint32_t begin_size;
    std::uint32_t end_size;  // kIsKey for a single key
  };

  std::string bytes_;
  std::vector<Read> reads_;
};

// In a transaction's write buffer the version of a chain says what is meant by its value.
inline constexpr Version kIsValue = 0;  // the new value; null erases
inline constexpr Version kIsDelta = 1;  // 8 bytes to be added to the counter

std::string counter_bytes(std::int64_t value);
// Nothing where the bytes are no counter's. No bytes at all are zero.
std::optional<std::int64_t> counter_value(const Bytes& bytes);
// Sums wrap around.
std::int64_t wrapping_sum(std::int64_t left, std::int64_t right);

// How a key was before a write, for rolling back.
struct Undo {
  std::string key;
  std::optional<Versioned> before;
};

}  // namespace internal

struct TransactionState {
  StoreState* store = nullptr;
  std::shared_ptr<const internal::Generation> generation;  // null once the transaction is over
  Version read_version = 0;
  Version depends_on = 0;
  internal::ReadSet reads;
  internal::Chains writes;
  std::uint64_t write_count = 0;  // also says to walks that their place among the writes must be looked up again
  bool keeps_undo = false;
  std::vector<internal::Undo> undo;
  std::optional<base::Error> error;

  bool over() const { return generation == nullptr; }
  void fail(base::Error why) {
    if (!error) error = std::move(why);
  }
  // The committed value of a key as this transaction sees it, own writes aside. Null when there is none or on an error.
  Bytes read_committed(std::string_view key);
  void set(std::string key, internal::Versioned write);
};

struct StoreState {
  explicit StoreState(std::size_t hot_places) : hot_rows(hot_places) {}

  std::unique_ptr<Home> home;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Blobs> blobs;

  // Taken in this order. `content_mutex` serialises what copies or replaces the whole content, `flush_mutex` is held
  // through a flush, `mutex` guards what follows and is held for moments only, never while reading or writing the
  // engine.
  std::mutex content_mutex;
  std::mutex flush_mutex;
  mutable std::shared_mutex mutex;

  std::shared_ptr<const internal::Generation> current;
  std::deque<std::weak_ptr<const internal::Generation>> generations;  // all that may be alive, oldest first
  internal::Chains recent;                                            // what the commits in `commits` wrote
  std::deque<internal::Commit> commits;                               // in order of version, without gaps
  internal::Gaps gaps;
  internal::HotRows hot_rows;  // has locks of its own; see there
  std::optional<base::Error> broken;
  bool closed = false;
  std::atomic<Version> committed = 0;  // written under `mutex`
  std::atomic<Version> flushed = 0;    // written under `mutex`

  base::Result<Version> commit(TransactionState& tx);
  base::Result<void> flush();
  base::Result<void> check_broken() const;
  // Remembers a value just read from the snapshot `flushed_then` of a living transaction, if it is still the newest.
  void note_hot_row(std::string_view key, const Bytes& value, Version flushed_then);
  // Remembers a gap that a living transaction has found in its snapshot.
  void add_gap(internal::Gap gap);
  void start_generation();  // under `mutex`, or before anything else runs

 private:
  struct Garbage {
    std::vector<internal::Chains::node_type> nodes;
    std::vector<std::vector<internal::Versioned>> values;
  };
  Batch collect_unflushed(Version& upto) const;
  void prune(Garbage& garbage);  // under `mutex`
};

}  // namespace store
