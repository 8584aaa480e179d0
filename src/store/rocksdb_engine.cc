#include "store/rocksdb_engine.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_batch.h>

#include <exception>
#include <mutex>

#include "store/memory_table.h"

#ifdef __SANITIZE_THREAD__
#define STORE_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STORE_UNDER_TSAN 1
#endif
#endif

#ifdef STORE_UNDER_TSAN
// The library is not instrumented, so the sanitizer does not see the atomics by which its threads agree.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:librocksdb\nrace:rocksdb::\n"; }
#endif

namespace store {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kKeptBatchBytesMax = kMiB;

base::Result<void> result_of(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return base::fail("StorageFailure", status.ToString() + ".");
}

// Runs what may throw (RocksDB lets std::bad_alloc and errors of the threading library through).
template <class Action>
base::Result<void> guarded(Action action) {
  try {
    return result_of(action());
  } catch (const std::exception& error) {
    return base::fail("StorageFailure", std::string(error.what()) + ".");
  }
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// Its log would be rewritten at each start and grow by itself; what goes wrong comes back as a status.
class NoLog final : public rocksdb::Logger {
 public:
  NoLog() : Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// Chosen for a small resting footprint and a quick start; and so that bursts of writes are absorbed rather than
// stalled.
rocksdb::Options options_for(Durability durability) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(64 * kMiB, 3);
  table.checksum = rocksdb::kXXH3;  // CRC32c has no hardware support in this build of the library
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;

  rocksdb::Options options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.create_if_missing = true;
  // Files in which more than half of some thousand keys are erasures are compacted soon.
  options.table_properties_collector_factories.push_back(rocksdb::NewCompactOnDeletionCollectorFactory(1'024, 512));
  options.info_log = std::make_shared<NoLog>();
  options.memtable_factory = memory_tables();
  options.write_buffer_size = 16 * kMiB;
  options.arena_block_size = kMiB / 4;
  // Most keys that are asked for stand in files, or nowhere yet; looking for them among those in memory takes as long
  // as all the rest. A third of a MiB for each memory table.
  options.memtable_whole_key_filtering = true;
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.max_write_buffer_number = 4;
  options.max_background_jobs = 2;
  options.level0_file_num_compaction_trigger = 4;
  options.level0_slowdown_writes_trigger = 40;
  options.level0_stop_writes_trigger = 60;
  options.compression = rocksdb::kLZ4Compression;
  options.max_open_files = 512;
  options.max_total_wal_size = 64 * kMiB;
  options.bytes_per_sync = kMiB;
  options.manifest_preallocation_size = kMiB / 16;
  options.allow_fallocate = durability == Durability::kDisk;  // room set aside makes each sync cheaper
  options.allow_concurrent_memtable_write = false;            // there is one writer
  options.enable_write_thread_adaptive_yield = false;
  options.skip_stats_update_on_db_open = true;
  options.skip_checking_sst_file_sizes_on_db_open = true;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

// The open database. Whatever refers into it shares it, for closing it under a snapshot or an iterator ends the
// process.
struct Database {
  explicit Database(std::unique_ptr<rocksdb::DB> opened) : db(std::move(opened)) {}
  ~Database() {
    (void)guarded([&] { return db->Close(); });
  }

  std::unique_ptr<rocksdb::DB> db;
};

// An iterator and the bounds that it reads from here at each seek.
struct BoundedIterator {
  std::string begin, end;
  rocksdb::Slice lower, upper;
  std::unique_ptr<rocksdb::Iterator> iterator;

  void set_bounds(std::string_view from, std::string_view to) {
    begin = from;
    end = to;
    lower = begin;
    upper = end;
  }
};

// An iterator takes longer to make than to move, so a snapshot keeps those that are no longer used for its next
// cursors. They hold on to files and memory tables, hence only until the snapshot is retired.
class IteratorPool {
 public:
  explicit IteratorPool(std::shared_ptr<Database> database) : database_(std::move(database)) {}

  std::unique_ptr<BoundedIterator> take(rocksdb::ReadOptions options, std::string_view begin, std::string_view end) {
    std::unique_ptr<BoundedIterator> taken = end.empty() ? nullptr : take_idle();
    if (taken) {
      taken->set_bounds(begin, end);
      return taken;
    }
    taken = std::make_unique<BoundedIterator>();
    taken->set_bounds(begin, end);
    options.iterate_lower_bound = &taken->lower;
    if (!end.empty()) options.iterate_upper_bound = &taken->upper;
    taken->iterator.reset(database_->db->NewIterator(options));
    return taken;
  }
  void give_back(std::unique_ptr<BoundedIterator> iterator) {
    const bool is_sound = iterator->iterator->status().ok();
    std::lock_guard lock(mutex_);
    if (is_sound && !is_retired_ && !iterator->end.empty() && idle_.size() < kIdleMax)
      idle_.push_back(std::move(iterator));
  }
  void retire() {
    std::vector<std::unique_ptr<BoundedIterator>> dropped;  // after the lock
    std::lock_guard lock(mutex_);
    is_retired_ = true;
    dropped.swap(idle_);
  }

 private:
  static constexpr std::size_t kIdleMax = 8;

  std::unique_ptr<BoundedIterator> take_idle() {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    std::unique_ptr<BoundedIterator> taken = std::move(idle_.back());
    idle_.pop_back();
    return taken;
  }

  std::shared_ptr<Database> database_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<BoundedIterator>> idle_;
  bool is_retired_ = false;
};

class RocksdbCursor final : public Cursor {
 public:
  RocksdbCursor(IteratorPool& pool, const rocksdb::ReadOptions& options, std::string_view begin, std::string_view end)
      : pool_(pool), bounded_(pool.take(options, begin, end)), iterator_(*bounded_->iterator) {}
  ~RocksdbCursor() override {
    if (failure_.empty()) pool_.give_back(std::move(bounded_));
  }

  void seek(std::string_view key) override {
    move([&] { iterator_.Seek(slice(std::max<std::string_view>(key, bounded_->begin))); });
  }
  void seek_for_prev(std::string_view key) override {
    if (!bounded_->end.empty() && key >= bounded_->end) return seek_to_last();
    move([&] { iterator_.SeekForPrev(slice(key)); });
  }
  void seek_to_last() override {
    move([&] { iterator_.SeekToLast(); });
  }
  void next() override {
    move([&] { iterator_.Next(); });
  }
  void prev() override {
    move([&] { iterator_.Prev(); });
  }
  bool valid() const override { return stands_ && failure_.empty() && iterator_.Valid(); }
  std::string_view key() const override { return view(iterator_.key()); }
  std::string_view value() const override { return view(iterator_.value()); }
  base::Result<void> error() const override {
    if (!failure_.empty()) return base::fail("StorageFailure", failure_);
    return result_of(iterator_.status());
  }
  std::uint64_t erased_passed() const override { return rocksdb::get_perf_context()->internal_delete_skipped_count; }

 private:
  template <class Step>
  void move(Step step) {
    try {
      step();
      stands_ = true;
    } catch (const std::exception& error) {
      failure_ = error.what();
    }
  }

  IteratorPool& pool_;
  std::unique_ptr<BoundedIterator> bounded_;
  rocksdb::Iterator& iterator_;
  bool stands_ = false;  // not where another cursor has left the iterator
  std::string failure_;
};

class RocksdbSnapshot final : public EngineSnapshot {
 public:
  explicit RocksdbSnapshot(std::shared_ptr<Database> database) : database_(std::move(database)), pool_(database_) {
    options_.snapshot = database_->db->GetSnapshot();
  }
  ~RocksdbSnapshot() override {
    pool_.retire();
    database_->db->ReleaseSnapshot(options_.snapshot);
  }

  base::Result<Bytes> get(std::string_view key) const override {
    auto bytes = std::make_shared<std::string>();
    bool found = true;
    TRY_VOID(guarded([&] {
      rocksdb::Status status =
          database_->db->Get(options_, database_->db->DefaultColumnFamily(), slice(key), bytes.get());
      found = !status.IsNotFound();
      return found ? status : rocksdb::Status::OK();
    }));
    if (!found) return Bytes();
    return bytes;
  }
  std::unique_ptr<Cursor> cursor(std::string_view begin, std::string_view end) const override {
    return std::make_unique<RocksdbCursor>(pool_, options_, begin, end);
  }
  void retire() const override { pool_.retire(); }

 private:
  std::shared_ptr<Database> database_;
  rocksdb::ReadOptions options_;
  mutable IteratorPool pool_;
};

class RocksdbEngine final : public Engine {
 public:
  RocksdbEngine(std::unique_ptr<rocksdb::DB> db, Durability durability)
      : database_(std::make_shared<Database>(std::move(db))), durability_(durability) {
    write_options_.sync = durability == Durability::kDisk;
    write_options_.disableWAL = durability == Durability::kNone;
  }
  ~RocksdbEngine() override { (void)close(); }

  base::Result<void> write(const Batch& batch) override {
    writes_.Clear();
    for (const Batch::Entry& entry : batch.entries) {
      rocksdb::Status added =
          entry.value ? writes_.Put(slice(entry.key), slice(*entry.value)) : writes_.Delete(slice(entry.key));
      TRY_VOID(result_of(added));
    }
    base::Result<void> written = guarded([&] { return db().Write(write_options_, &writes_); });
    if (writes_.GetDataSize() > kKeptBatchBytesMax) writes_ = rocksdb::WriteBatch();
    return written;
  }

  std::shared_ptr<const EngineSnapshot> snapshot() override { return std::make_shared<RocksdbSnapshot>(database_); }

  base::Result<void> sync() override {
    if (durability_ != Durability::kOs) return {};
    return guarded([&] { return db().SyncWAL(); });
  }

  base::Result<void> checkpoint(const std::string& folder) override {
    return guarded([&] {
      rocksdb::Checkpoint* made = nullptr;
      rocksdb::Status status = rocksdb::Checkpoint::Create(&db(), &made);
      std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
      return status.ok() ? checkpoint->CreateCheckpoint(folder) : status;
    });
  }

  std::uint64_t approximate_size() const override {
    std::uint64_t size = 0, part = 0;
    for (const char* property : {"rocksdb.total-sst-files-size", "rocksdb.cur-size-all-mem-tables"}) {
      if (database_->db->GetIntProperty(property, &part)) size += part;
    }
    return size;
  }

  // Writes the memory tables out, which empties the log too: nothing needs to be replayed at the next start.
  base::Result<void> close() override {
    if (!database_) return {};
    base::Result<void> flushed = guarded([&] { return db().Flush(rocksdb::FlushOptions()); });
    database_.reset();
    return flushed;
  }

 private:
  rocksdb::DB& db() { return *database_->db; }

  std::shared_ptr<Database> database_;
  Durability durability_;
  rocksdb::WriteOptions write_options_;
  rocksdb::WriteBatch writes_;  // one after another, so that its memory is used again
};

}  // namespace

base::Result<std::unique_ptr<Engine>> open_rocksdb(const std::string& folder, Durability durability) {
  rocksdb::DB* db = nullptr;
  TRY_VOID(guarded([&] { return rocksdb::DB::Open(options_for(durability), folder, &db); }));
  return std::make_unique<RocksdbEngine>(std::unique_ptr<rocksdb::DB>(db), durability);
}

}  // namespace store
