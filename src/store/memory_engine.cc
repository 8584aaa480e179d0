#include "store/memory_engine.h"

#include <stdlib.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <vector>

#include "store/files.h"
#include "store/rocksdb_engine.h"
#include "store/versions.h"

namespace store {
namespace {

using internal::Chain;
using internal::Chains;
using internal::Versioned;

// The rows in memory. Each write has a sequence number; a snapshot is the number it was taken at, and values stay in
// their chains until no snapshot can see them.
class MemoryRows {
 public:
  std::uint64_t take_snapshot() {
    std::unique_lock lock(mutex_);
    snapshots_.insert(sequence_);
    return sequence_;
  }

  void release_snapshot(std::uint64_t sequence) {
    std::unique_lock lock(mutex_);
    snapshots_.erase(snapshots_.find(sequence));
  }

  void write(const Batch& batch) {
    std::unique_lock lock(mutex_);
    ++sequence_;
    for (const Batch::Entry& entry : batch.entries) write_one(entry);
    prune();
  }

  Bytes get(std::string_view key, std::uint64_t sequence) const {
    std::shared_lock lock(mutex_);
    auto found = chains_.find(key);
    const Versioned* seen = found == chains_.end() ? nullptr : found->second.at(sequence);
    return seen ? seen->value : nullptr;
  }

  using Rows = std::vector<std::pair<std::string, Bytes>>;

  // Up to `count` rows from `key` (or just past it) towards `end`.
  Rows rows_from(std::string_view key, bool inclusive, std::string_view end, std::size_t count,
                 std::uint64_t sequence) const {
    Rows rows;
    std::shared_lock lock(mutex_);
    for (auto at = inclusive ? chains_.lower_bound(key) : chains_.upper_bound(key);
         at != chains_.end() && rows.size() < count && (end.empty() || at->first < end); ++at) {
      add_seen(*at, sequence, rows);
    }
    return rows;
  }

  // Up to `count` rows before `key` (or at it; from the last one when there is no key), descending, none below `begin`.
  Rows rows_before(const std::optional<std::string>& key, bool inclusive, std::string_view begin, std::size_t count,
                   std::uint64_t sequence) const {
    Rows rows;
    std::shared_lock lock(mutex_);
    auto at = !key ? chains_.end() : inclusive ? chains_.upper_bound(*key) : chains_.lower_bound(*key);
    while (at != chains_.begin() && rows.size() < count) {
      --at;
      if (at->first < begin) break;
      add_seen(*at, sequence, rows);
    }
    return rows;
  }

  std::map<std::string, Bytes> copy() const {
    std::map<std::string, Bytes> rows;
    std::shared_lock lock(mutex_);
    for (const auto& [key, chain] : chains_) {
      if (chain.newest.value) rows.emplace_hint(rows.end(), key, chain.newest.value);
    }
    return rows;
  }

  // Only while no engine is open.
  void replace(const std::map<std::string, Bytes>& rows) {
    std::unique_lock lock(mutex_);
    chains_.clear();
    superseded_.clear();
    size_ = 0;
    ++sequence_;
    for (const auto& [key, value] : rows) {
      chains_.emplace_hint(chains_.end(), key, Chain{.newest = {sequence_, value}, .older = {}});
      size_ += key.size() + value->size();
    }
  }

  std::uint64_t size() const {
    std::shared_lock lock(mutex_);
    return size_;
  }

  std::uint64_t versions_kept() const {
    std::shared_lock lock(mutex_);
    std::uint64_t kept = 0;
    for (const auto& [key, chain] : chains_) kept += 1 + chain.older.size();
    return kept;
  }

 private:
  static void add_seen(const Chains::value_type& item, std::uint64_t sequence, Rows& rows) {
    const Versioned* seen = item.second.at(sequence);
    if (seen && seen->value) rows.emplace_back(item.first, seen->value);
  }

  void write_one(const Batch::Entry& entry) {
    auto at = chains_.lower_bound(entry.key);
    bool known = at != chains_.end() && at->first == entry.key;
    if (!known && !entry.value) return;
    std::uint64_t added = entry.value ? entry.key.size() + entry.value->size() : 0;
    if (!known) {
      chains_.emplace_hint(at, entry.key, Chain{.newest = {sequence_, entry.value}, .older = {}});
    } else {
      if (at->second.newest.value) size_ -= entry.key.size() + at->second.newest.value->size();
      at->second.push({sequence_, entry.value});
      superseded_.emplace_back(sequence_, at);
    }
    size_ += added;
  }

  // Forgets what no snapshot sees any more. Each superseded value stands in the queue under the sequence that
  // superseded it.
  void prune() {
    std::uint64_t oldest = snapshots_.empty() ? sequence_ : *snapshots_.begin();
    for (; !superseded_.empty() && superseded_.front().first <= oldest; superseded_.pop_front()) {
      auto [sequence, at] = superseded_.front();
      at->second.drop_before(sequence);
      // An erased key goes when its erasure is the newest word on it; nothing later in the queue names it then.
      if (at->second.newest.version == sequence && !at->second.newest.value) chains_.erase(at);
    }
  }

  mutable std::shared_mutex mutex_;
  Chains chains_;
  std::uint64_t sequence_ = 1;
  std::uint64_t size_ = 0;
  std::multiset<std::uint64_t> snapshots_;
  std::deque<std::pair<std::uint64_t, Chains::iterator>> superseded_;
};

struct SavedRows {
  SnapshotInfo info;
  std::map<std::string, Bytes> rows;
};

class Disk final : public MemoryDisk {
 public:
  ~Disk() override {
    std::error_code ignored;
    if (!scratch_.empty()) std::filesystem::remove_all(scratch_, ignored);
  }

  void fail_one_write_after(std::uint64_t writes) override { set_fault(writes, true); }
  void fail_writes_after(std::uint64_t writes) override { set_fault(writes, false); }
  void fail_reads() override { reads_fail_ = true; }
  void heal() override {
    reads_fail_ = false;
    set_fault(kNever, false);
  }
  std::uint64_t writes_done() const override {
    std::lock_guard lock(mutex_);
    return writes_done_;
  }
  std::uint64_t versions_kept() const override { return rows.versions_kept(); }

  base::Result<void> write(const Batch& batch) {
    std::lock_guard lock(mutex_);  // one write at a time, as on the real thing
    if (writes_left_ == 0) {
      if (fail_once_) writes_left_ = kNever;
      return base::fail("StorageFailure", "No space left on device (injected).");
    }
    if (writes_left_ != kNever) --writes_left_;
    rows.write(batch);
    ++writes_done_;
    return {};
  }
  bool reads_fail() const { return reads_fail_; }

  // Makes a folder for blobs, gone with the disk.
  base::Result<void> make_blobs() {
    std::lock_guard lock(mutex_);
    if (!scratch_.empty()) return {};
    std::string name = (std::filesystem::temp_directory_path() / "virga-XXXXXX").string();
    if (!mkdtemp(name.data())) return internal::storage_failure("making a folder for temporary files", name);
    scratch_ = name;
    return internal::make_folder(blobs());
  }
  std::string blobs() const { return scratch_ + "/blobs"; }
  std::string saved_blobs(std::string_view name) const { return scratch_ + "/saved-" + std::string(name); }

  MemoryRows rows;
  std::map<std::string, SavedRows, std::less<>> saved;  // used by one home at a time

 private:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  void set_fault(std::uint64_t writes, bool once) {
    std::lock_guard lock(mutex_);
    writes_left_ = writes;
    fail_once_ = once;
  }

  mutable std::mutex mutex_;
  std::uint64_t writes_left_ = kNever;
  std::uint64_t writes_done_ = 0;
  bool fail_once_ = false;
  std::atomic<bool> reads_fail_ = false;
  std::string scratch_;
};

// Fetches rows by the handful, because the lock cannot be held between two steps of a cursor.
class MemoryCursor final : public Cursor {
 public:
  MemoryCursor(const Disk& disk, std::uint64_t sequence, std::string_view begin, std::string_view end)
      : disk_(disk), sequence_(sequence), begin_(begin), end_(end) {}

  void seek(std::string_view key) override { fetch_from(std::max<std::string_view>(key, begin_), true); }
  void seek_for_prev(std::string_view key) override {
    if (!end_.empty() && key >= end_) return seek_to_last();
    fetch_before(std::string(key), true);
  }
  void seek_to_last() override { fetch_before(end_.empty() ? std::nullopt : std::optional<std::string>(end_), false); }
  void next() override {
    if (forward_ && at_ + 1 < rows_.size()) {
      ++at_;
    } else {
      fetch_from(std::string(key()), false);
    }
  }
  void prev() override {
    if (!forward_ && at_ + 1 < rows_.size()) {
      ++at_;
    } else {
      fetch_before(std::string(key()), false);
    }
  }
  bool valid() const override { return at_ < rows_.size(); }
  std::string_view key() const override { return rows_[at_].first; }
  std::string_view value() const override { return *rows_[at_].second; }
  base::Result<void> error() const override {
    if (failed_) return base::fail("StorageFailure", "Input/output error (injected).");
    return {};
  }

 private:
  void fetch_from(std::string_view key, bool inclusive) {
    if (start_fetch(true)) rows_ = disk_.rows.rows_from(key, inclusive, end_, count_, sequence_);
  }
  void fetch_before(const std::optional<std::string>& key, bool inclusive) {
    if (start_fetch(false)) rows_ = disk_.rows.rows_before(key, inclusive, begin_, count_, sequence_);
  }
  bool start_fetch(bool forward) {
    at_ = 0;
    forward_ = forward;
    count_ = std::min<std::size_t>(count_ * 4, 256);
    failed_ = disk_.reads_fail();
    if (failed_) rows_.clear();
    return !failed_;
  }

  const Disk& disk_;
  std::uint64_t sequence_;
  std::string begin_, end_;
  MemoryRows::Rows rows_;
  std::size_t at_ = 0;
  std::size_t count_ = 1;
  bool forward_ = true;
  bool failed_ = false;
};

class MemorySnapshot final : public EngineSnapshot {
 public:
  explicit MemorySnapshot(std::shared_ptr<Disk> disk)
      : disk_(std::move(disk)), sequence_(disk_->rows.take_snapshot()) {}
  ~MemorySnapshot() override { disk_->rows.release_snapshot(sequence_); }

  base::Result<Bytes> get(std::string_view key) const override {
    if (disk_->reads_fail()) return base::fail("StorageFailure", "Input/output error (injected).");
    return disk_->rows.get(key, sequence_);
  }
  std::unique_ptr<Cursor> cursor(std::string_view begin, std::string_view end) const override {
    return std::make_unique<MemoryCursor>(*disk_, sequence_, begin, end);
  }

 private:
  std::shared_ptr<Disk> disk_;
  std::uint64_t sequence_;
};

class MemoryEngine final : public Engine {
 public:
  explicit MemoryEngine(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  base::Result<void> write(const Batch& batch) override { return disk_->write(batch); }
  std::shared_ptr<const EngineSnapshot> snapshot() override { return std::make_shared<MemorySnapshot>(disk_); }
  base::Result<void> sync() override { return {}; }
  // Memory becomes a database on disk, so that a cloud that keeps nothing can be forked into one that does.
  base::Result<void> checkpoint(const std::string& folder) override {
    std::unique_ptr<Engine> engine = TRY(open_rocksdb(folder, Durability::kNone));
    constexpr std::size_t kBatchRows = 1'000;
    std::map<std::string, Bytes> rows = disk_->rows.copy();
    Batch batch;
    for (const auto& [key, value] : rows) {
      batch.put(key, value);
      if (batch.entries.size() < kBatchRows) continue;
      TRY_VOID(engine->write(batch));
      batch.entries.clear();
    }
    TRY_VOID(engine->write(batch));
    return engine->close();
  }
  std::uint64_t approximate_size() const override { return disk_->rows.size(); }
  base::Result<void> close() override { return {}; }

 private:
  std::shared_ptr<Disk> disk_;
};

class MemoryHome final : public Home {
 public:
  explicit MemoryHome(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  base::Result<std::unique_ptr<Engine>> open_engine() override { return std::make_unique<MemoryEngine>(disk_); }
  Durability durability() const override { return Durability::kNone; }
  base::Result<std::string> blobs_folder() override {
    TRY_VOID(disk_->make_blobs());
    return disk_->blobs();
  }

  base::Result<void> save(Engine&, std::string_view name, std::int64_t created_at_ms) override {
    TRY_VOID(internal::check_snapshot_name(name));
    if (disk_->saved.contains(name)) return internal::snapshot_exists(name);
    TRY_VOID(internal::link_blobs(disk_->blobs(), disk_->saved_blobs(name)));
    SnapshotInfo info{std::string(name), created_at_ms, disk_->rows.size()};
    disk_->saved.emplace(std::string(name), SavedRows{std::move(info), disk_->rows.copy()});
    return {};
  }

  base::Result<void> load(std::string_view name) override {
    auto saved = disk_->saved.find(name);
    if (saved == disk_->saved.end()) return internal::snapshot_not_found(name);
    TRY_VOID(clear());
    disk_->rows.replace(saved->second.rows);
    return internal::link_blobs(disk_->saved_blobs(name), disk_->blobs());
  }

  base::Result<void> clear() override {
    disk_->rows.replace({});
    TRY_VOID(internal::remove_tree(disk_->blobs()));
    return internal::make_folder(disk_->blobs());
  }

  base::Result<std::vector<SnapshotInfo>> list() const override {
    std::vector<SnapshotInfo> infos;
    for (const auto& [name, saved] : disk_->saved) infos.push_back(saved.info);
    return infos;
  }

  base::Result<void> remove(std::string_view name) override {
    auto saved = disk_->saved.find(name);
    if (saved == disk_->saved.end()) return internal::snapshot_not_found(name);
    disk_->saved.erase(saved);
    return internal::remove_tree(disk_->saved_blobs(name));
  }

  base::Result<void> copy_to(Engine& engine, const std::string& folder) override {
    return internal::write_data_folder(engine, disk_->blobs(), folder);
  }

 private:
  std::shared_ptr<Disk> disk_;
};

}  // namespace

std::shared_ptr<MemoryDisk> make_memory_disk() { return std::make_shared<Disk>(); }

std::unique_ptr<Home> memory_home(std::shared_ptr<MemoryDisk> disk) {
  return std::make_unique<MemoryHome>(std::static_pointer_cast<Disk>(std::move(disk)));
}

}  // namespace store
