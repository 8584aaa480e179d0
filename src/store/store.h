#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/blobs.h"
#include "store/decoded.h"
#include "store/engine.h"
#include "store/folder.h"
#include "store/key.h"
#include "store/place.h"
#include "store/table.h"

// The ordered transactional store everything of the cloud lives in.
//
//   auto home = TRY(store::open_data_folder("/var/lib/virga"));
//   auto store = TRY(store::Store::open(std::move(home)));
//   store::Transaction tx = store->begin({"000000000000", "us-east-1"});
//   auto queue = tx.get(kQueues, "jobs");                 // reads a snapshot
//   if (queue) tx.put(kMessages, key("jobs", 7), {.body = "hello"});  // buffered until commit
//   auto version = store->commit(tx);             // Error "Conflict": something read has changed; run it all again
//   store->flush();                                       // written to the engine, as durably as asked: answer now
//
// Transactions are optimistic: none ever waits for another. Each reads the state of one moment (its read version) under
// its own buffered writes. Commit succeeds when nothing it has read was changed since by another commit, exactly: per
// key, and for scans per range walked, rows that have appeared included. Committed read-write transactions are thereby
// serializable.
//
// A commit is visible to transactions begun after it, at once. It survives a crash only after a flush, which writes all
// commits since the last one as a single engine batch; so nothing may be answered before flushed_version() has reached
// the version that commit() returned, and that holds for transactions that only read, too: they may have seen commits
// not yet flushed.
namespace store {

class Store;
struct StoreState;        // internal
struct TransactionState;  // internal
namespace internal {
class Walk;
}

// Commits are numbered in order, from 1 each time a store is opened.
using Version = std::uint64_t;

enum class Continue { kNo, kYes };
enum class Direction { kForward, kReverse };

// Which rows of a table to visit: those whose keys start with `prefix`, in key order or against it. Of the four bounds
// any may be given; keys are the caller's keys, complete ones (they include the prefix). For the next page of a list:
// `.after` = the last key of the page before, in either direction.
struct Scan {
  std::string prefix = {};
  std::optional<std::string> from = std::nullopt;   // begin at this key: forward keys >= it, reverse keys <= it
  std::optional<std::string> after = std::nullopt;  // begin just past this key: forward keys > it, reverse keys < it
  std::optional<std::string> until = std::nullopt;  // stop before this key: forward keys < it, reverse keys > it
  Direction direction = Direction::kForward;
  std::size_t limit = std::numeric_limits<std::size_t>::max();  // rows visited at most
};

// A row as tools see it, without knowing its type. The views hold during the visit only.
struct RawRow {
  std::string_view table;
  Scope scope;             // told from which parts of the place are empty
  std::string account;     // empty for Scope::kGlobal
  std::string region;      // empty but for Scope::kRegion
  std::string_view key;    // the caller's key
  std::string_view bytes;  // the encoded row, or the 8 bytes of a counter
};

// A point in a transaction's writes to go back to.
struct Savepoint {
  std::size_t writes_done = 0;
};

// One optimistic transaction, seen from one account and region. A handle: copies and views (at, unrecorded) are cheap
// and share reads, writes and fate. Dropped, with its writes, when the last handle goes without a commit. For one
// thread at a time; after its commit only the questions about versions may be asked. Must be gone before the store is.
//
// Reads cannot fail visibly: where a row cannot be decoded or the disk cannot be read, the read answers "no such row",
// the transaction remembers the error (see error()) and commit refuses with it. So operations stay simple and nothing
// is swallowed.
class Transaction {
 public:
  Transaction() = default;  // belongs to no store; may only be assigned to

  // ---- rows
  template <class Row>
  std::optional<Row> get(const Table<Row>& table, std::string_view key) const {
    std::optional<Row> row;
    if (Bytes bytes = read(key_to_read(table.name, table.scope, key))) decode_into(table.name, key, *bytes, row);
    return row;
  }
  // The same for rows that many calls read and few change, such as the settings of a queue: decoded once while it stays
  // as it is. Null when there is none.
  template <class Row>
  std::shared_ptr<const Row> get_shared(const Table<Row>& table, std::string_view key) const {
    Bytes bytes = read(key_to_read(table.name, table.scope, key));
    if (!bytes) return nullptr;
    thread_local internal::Decoded<Row> decoded;
    if (auto known = decoded.find(bytes)) return known;
    std::optional<Row> row;
    if (!decode_into(table.name, key, *bytes, row)) return nullptr;
    return decoded.remember(std::move(bytes), *std::move(row));
  }
  // Of a row whose texts are views (see row.h), with the bytes that they look into.
  template <class Row>
  struct Viewed {
    Bytes bytes;
    Row row;
  };
  template <class Row>
  std::optional<Viewed<Row>> get_viewed(const Table<Row>& table, std::string_view key) const {
    Bytes bytes = read(key_to_read(table.name, table.scope, key));
    std::optional<Row> row;
    if (!bytes || !decode_into(table.name, key, *bytes, row)) return std::nullopt;
    return Viewed<Row>{std::move(bytes), *std::move(row)};
  }
  template <class Row>
  bool has(const Table<Row>& table, std::string_view key) const {
    return read(key_to_read(table.name, table.scope, key)) != nullptr;
  }
  // Creates or replaces. Reads nothing, so of two transactions that only put the same key both commit and the later one
  // wins.
  template <class Row>
  void put(const Table<Row>& table, std::string_view key, const std::type_identity_t<Row>& row) const {
    write(full_key(table.name, table.scope, key), std::make_shared<const std::string>(encode_row(row)));
  }
  // Erasing what is not there is no error.
  template <class Row>
  void erase(const Table<Row>& table, std::string_view key) const {
    write(full_key(table.name, table.scope, key), nullptr);
  }

  // Calls visit(std::string_view key, Row& row) for the rows asked for, own writes included. `visit` may return
  // nothing, or Continue or bool to say whether to go on, and may write: what it writes ahead of the scan is visited,
  // what it writes behind is not. The key holds during the visit only. Answers how many rows were visited. Only the
  // part of the range walked can conflict: stopping early is cheap.
  template <class Row, class Visit>
  std::size_t scan(const Table<Row>& table, const Scan& scan, Visit&& visit) const {
    Scanner scanner(*this, table.name, table.scope, scan);
    while (scanner.next()) {
      std::optional<Row> row;
      if (!decode_into(table.name, scanner.key(), scanner.value(), row)) break;
      if (!go_on(visit, scanner.key(), *row)) break;
    }
    return scanner.visited();
  }
  template <class Row, class Visit>
  std::size_t scan(const Table<Row>& table, std::string_view prefix, Visit&& visit) const {
    return scan(table, Scan{.prefix = std::string(prefix)}, std::forward<Visit>(visit));
  }
  // The same without decoding: visit(std::string_view key).
  template <class Row, class Visit>
  std::size_t scan_keys(const Table<Row>& table, const Scan& scan, Visit&& visit) const {
    Scanner scanner(*this, table.name, table.scope, scan);
    while (scanner.next() && go_on(visit, scanner.key())) continue;
    return scanner.visited();
  }
  // Erases the rows whose keys start with `prefix`, `limit` at most, and answers how many. Rows by the hundred thousand
  // are better erased over several transactions.
  template <class Row>
  std::size_t erase_all(const Table<Row>& table, std::string_view prefix,
                        std::size_t limit = std::numeric_limits<std::size_t>::max()) const {
    return scan_keys(table, {.prefix = std::string(prefix), .limit = limit},
                     [&](std::string_view key) { erase(table, key); });
  }

  // ---- counters Adds blindly: the newest value is read, added to and written while committing, so that adds never
  // conflict with each other. They do conflict with transactions that have read the counter.
  void add(const Counter& counter, std::string_view key, std::int64_t delta) const {
    add_to(full_key(counter.name, counter.scope, key), delta);
  }
  // The counter as of the read version plus own adds; zero where there is none. Recorded like any read: where an
  // approximate number will do, ask unrecorded().count(…).
  std::int64_t count(const Counter& counter, std::string_view key) const {
    return counter_value(read(key_to_read(counter.name, counter.scope, key)), counter.name, key);
  }
  void erase(const Counter& counter, std::string_view key) const {
    write(full_key(counter.name, counter.scope, key), nullptr);
  }
  // visit(std::string_view key, std::int64_t value)
  template <class Visit>
  std::size_t scan(const Counter& counter, const Scan& scan, Visit&& visit) const {
    Scanner scanner(*this, counter.name, counter.scope, scan);
    while (scanner.next()) {
      std::int64_t value = counter_value(scanner.shared_value(), counter.name, scanner.key());
      if (!go_on(visit, scanner.key(), value)) break;
    }
    return scanner.visited();
  }

  // ---- views: the same transaction, differently seen
  const Place& place() const { return stand_->place; }
  // From another account or region. Everything that crosses accounts goes through here, and so can be found.
  Transaction at(const Place& place) const;
  // With reads that are not recorded and so can never make the commit fail. Allowed where a stale answer is as good:
  // approximate counts, hints, and rows whose key the transaction also reads recorded. Never for what decides whether a
  // write is right.
  Transaction unrecorded() const;

  // ---- all or part of it A nested call remembers where it began, and when it fails takes back its own writes and no
  // others. Its reads stay recorded: what was decided by them was decided.
  Savepoint savepoint() const;
  // Savepoints made after `to` are void afterwards; `to` itself may be returned to again.
  void rollback_to(Savepoint to) const;

  // The first error met while reading, null when there was none.
  const base::Error* error() const;
  // Whether everything read so far is still so: what was concluded from it ("nothing to receive yet") may be relied on
  // and waited upon.
  bool validate() const;
  bool has_writes() const;

  // ---- versions
  Version read_version() const;  // all commits up to this one are seen, none later
  // The newest commit this transaction has in fact read from that was not flushed when it began, 0 when there is none:
  // an answer made from its reads must wait until flushed_version() has reached it. For transactions that write, the
  // version commit() returns covers it.
  Version depends_on() const;

  // ---- tools Visits every row of the named table, or of all tables when `table` is empty, at every place, as
  // visit(const RawRow&). Not recorded.
  template <class Visit>
  std::size_t dump(std::string_view table, Visit&& visit) const {
    Scanner scanner(*this, table);
    while (scanner.next()) {
      std::optional<RawRow> row = scanner.raw_row();
      if (!row || !go_on(visit, std::as_const(*row))) break;
    }
    return scanner.visited();
  }
  // The names of the tables that have rows, in order. Costs a seek a table. Not recorded.
  std::vector<std::string> table_names() const;

 private:
  friend class Store;

  // Walks rows of snapshot, recent commits and own writes as one; records the range walked when it ends.
  class Scanner {
   public:
    Scanner(const Transaction& tx, std::string_view table, Scope scope, const Scan& scan);
    Scanner(const Transaction& tx, std::string_view table);  // all places of a table, or everything
    ~Scanner();
    Scanner(const Scanner&) = delete;
    Scanner& operator=(const Scanner&) = delete;

    bool next();
    std::string_view key() const;    // without table and place
    std::string_view value() const;  // until next()
    Bytes shared_value() const;
    std::size_t visited() const;
    std::optional<RawRow> raw_row() const;

   private:
    std::unique_ptr<internal::Walk> walk_;
  };

  // Where a transaction stands, shared by its copies.
  struct Stand {
    Place place;
    std::string part;                   // the place as it stands in keys
    std::size_t account_part_size = 0;  // how much of it is the account
  };

  Transaction(std::shared_ptr<TransactionState> state, Place place);

  void append_full_key(std::string& full, std::string_view table, Scope scope, std::string_view key) const;
  std::string full_key(std::string_view table, Scope scope, std::string_view key) const;
  // The same in a text of the thread's own, good until it is asked for another.
  const std::string& key_to_read(std::string_view table, Scope scope, std::string_view key) const;
  Bytes read(const std::string& full_key) const;
  void write(std::string full_key, Bytes value) const;
  void add_to(std::string full_key, std::int64_t delta) const;
  std::int64_t counter_value(const Bytes& bytes, std::string_view table, std::string_view key) const;
  void fail_row(std::string_view table, std::string_view key, const base::Error& why) const;

  template <class Row>
  bool decode_into(std::string_view table, std::string_view key, std::string_view bytes,
                   std::optional<Row>& row) const {
    if (base::Result<void> decoded = decode_row(bytes, row.emplace()); !decoded) {
      fail_row(table, key, decoded.error());
      row.reset();
    }
    return row.has_value();
  }
  template <class Visit, class... Arguments>
  static bool go_on(Visit& visit, Arguments&&... arguments) {
    using Answer = std::invoke_result_t<Visit&, Arguments...>;
    if constexpr (std::is_void_v<Answer>) {
      visit(std::forward<Arguments>(arguments)...);
      return true;
    } else if constexpr (std::is_same_v<Answer, Continue>) {
      return visit(std::forward<Arguments>(arguments)...) == Continue::kYes;
    } else {
      return static_cast<bool>(visit(std::forward<Arguments>(arguments)...));
    }
  }

  std::shared_ptr<TransactionState> state_;
  std::shared_ptr<const Stand> stand_;
  bool recorded_ = true;
};

// May be used from any number of threads.
class Store {
 public:
  // Opens what `home` keeps: open_data_folder() (folder.h) for a folder on disk, memory_home() (memory_engine.h) for
  // tests and --ephemeral.
  static base::Result<std::unique_ptr<Store>> open(std::unique_ptr<Home> home);
  // Flushes and closes, as close() does.
  ~Store();

  // Reads see every commit made before this call.
  Transaction begin(Place place);

  // Makes the writes of `tx` visible, all at once, and answers the version to be flushed before anything is answered to
  // a client (which, for a transaction that wrote nothing, is depends_on(): it never conflicts). Errors: "Conflict" -
  // run it again from the start; the transaction's own error(); the store's, once a flush has failed. Either way the
  // transaction is over.
  base::Result<Version> commit(Transaction& tx);

  // Writes everything committed before the call to the engine and returns when that is as durable as the store was
  // opened to make it. Concurrent calls share the work. After an engine error the store is broken: this call, and every
  // commit and flush after it, return that error; what was flushed before stays, what was not is gone at the next open.
  base::Result<void> flush();
  Version flushed_version() const;
  Version committed_version() const;
  // The error that broke the store, if it is broken. Reads still work.
  std::optional<base::Error> broken() const;

  // Under Durability::kOs: makes everything flushed so far survive a loss of power. To be called now and then by the
  // owner.
  base::Result<void> sync();

  // ---- named snapshots of everything (see Home); what was committed before the call is in them
  base::Result<void> save_snapshot(std::string_view name, std::int64_t created_at_ms);
  // Replaces the current state. Error "Busy" while transactions are alive: the caller stops work first. Begins wait
  // until it is over.
  base::Result<void> load_snapshot(std::string_view name);
  base::Result<std::vector<SnapshotInfo>> list_snapshots() const;
  base::Result<void> remove_snapshot(std::string_view name);
  // A data folder of its own with the current state, for a second cloud. `folder` must not exist, or be empty.
  base::Result<void> copy_to(const std::string& folder);

  // Forgets all rows and blobs; named snapshots stay. Like load_snapshot of an empty one.
  base::Result<void> reset();

  // Big bodies, as files beside the rows that name them; part of snapshots and copies. Valid as long as the store.
  Blobs& blobs();

  std::uint64_t approximate_size() const;
  // Flushes, then lets go of the engine and the folder. No transaction may be alive, and nothing may be called
  // afterwards.
  base::Result<void> close();

 private:
  explicit Store(std::unique_ptr<StoreState> state);
  base::Result<void> replace_content(base::Result<void> (*how)(Home&, std::string_view), std::string_view name);

  std::unique_ptr<StoreState> state_;
};

}  // namespace store
