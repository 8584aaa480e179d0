#include "store/store.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"
#include "store/store_state.h"

namespace store {

namespace internal {

bool ReadSet::changed_after(Version version, const Chains& recent) const {
  const char* at = bytes_.data();
  for (const Read& read : reads_) {
    std::string_view begin(at, read.begin_size);
    at += read.begin_size;
    if (read.end_size == kIsKey) {
      auto found = recent.find(begin);
      if (found != recent.end() && found->second.newest.version > version) return true;
      continue;
    }
    std::string_view end(at, read.end_size);
    at += read.end_size;
    for (auto found = recent.lower_bound(begin); found != recent.end(); ++found) {
      if (!end.empty() && found->first >= end) break;
      if (found->second.newest.version > version) return true;
    }
  }
  return false;
}

std::string counter_bytes(std::int64_t value) { return base::to_ordered(static_cast<std::uint64_t>(value)); }

std::optional<std::int64_t> counter_value(const Bytes& bytes) {
  if (!bytes) return 0;
  if (bytes->size() != sizeof(std::int64_t)) return std::nullopt;
  return static_cast<std::int64_t>(base::from_ordered(*bytes));
}

std::int64_t wrapping_sum(std::int64_t left, std::int64_t right) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) + static_cast<std::uint64_t>(right));
}

}  // namespace internal

using internal::Chain;
using internal::Chains;
using internal::Commit;
using internal::Generation;
using internal::Versioned;

namespace {

// A buffered addition, and the counter as the transaction saw it, read before the lock is taken. Under the lock only a
// newer commit's value, which is in memory, can take its place; so counting never reads the engine while others wait.
struct PendingAdd {
  Chains::iterator write;
  std::int64_t seen;
};

base::Result<std::vector<PendingAdd>> read_counters(TransactionState& tx) {
  std::vector<PendingAdd> adds;
  for (auto write = tx.writes.begin(); write != tx.writes.end(); ++write) {
    if (write->second.newest.version != internal::kIsDelta) continue;
    std::optional<std::int64_t> seen = internal::counter_value(tx.read_committed(write->first));
    if (!seen) return base::fail("CorruptRow", "A counter is not 8 bytes long.");
    if (tx.error) return std::unexpected(*tx.error);
    adds.push_back({write, *seen});
  }
  return adds;
}

// Turns additions into values. What a counter's chain holds was put there by add, and so is always a counter.
void resolve_adds(const std::vector<PendingAdd>& adds, const Chains& recent, Version read_version) {
  for (const PendingAdd& add : adds) {
    std::int64_t value = add.seen;
    auto found = recent.find(add.write->first);
    if (found != recent.end() && found->second.newest.version > read_version) {
      value = internal::counter_value(found->second.newest.value).value_or(0);
    }
    Versioned& write = add.write->second.newest;
    value = internal::wrapping_sum(value, internal::counter_value(write.value).value_or(0));
    write.value = value == 0 ? nullptr : std::make_shared<const std::string>(internal::counter_bytes(value));
  }
}

}  // namespace

base::Result<void> StoreState::check_broken() const {
  std::shared_lock lock(mutex);
  if (broken) return std::unexpected(*broken);
  return {};
}

base::Result<Version> StoreState::commit(TransactionState& tx) {
  if (tx.over()) return base::fail("TransactionOver", "The transaction was committed before.");
  std::shared_ptr<const Generation> generation;  // released after the lock: may be the last to hold an engine snapshot
  if (tx.error) {
    generation = std::move(tx.generation);
    return std::unexpected(*tx.error);
  }
  if (tx.writes.empty()) {
    generation = std::move(tx.generation);
    return tx.depends_on;
  }
  auto adds = read_counters(tx);
  generation = std::move(tx.generation);
  if (!adds) return std::unexpected(adds.error());

  std::unique_lock lock(mutex);
  if (broken) return std::unexpected(*broken);
  if (committed != tx.read_version && tx.reads.changed_after(tx.read_version, recent))
    return base::fail("Conflict", "Something the transaction has read was changed before it could commit.");
  resolve_adds(*adds, recent, tx.read_version);

  Version version = committed + 1;
  Commit& commit = commits.emplace_back(Commit{version, {}});
  commit.written.reserve(tx.writes.size());
  while (!tx.writes.empty()) {
    Chains::node_type node = tx.writes.extract(tx.writes.begin());
    node.mapped().newest.version = version;
    hot_rows.update(node.key(), node.mapped().newest);
    if (node.mapped().newest.value && gaps.may_have_any()) gaps.cut(node.key());
    auto inserted = recent.insert(std::move(node));
    if (!inserted.inserted) inserted.position->second.push(std::move(inserted.node.mapped().newest));
    commit.written.push_back(inserted.position);
  }
  committed = version;
  return version;
}

Batch StoreState::collect_unflushed(Version& upto) const {
  Batch batch;
  std::shared_lock lock(mutex);
  upto = committed;
  if (commits.empty()) return batch;
  std::size_t first = commits.front().version > flushed ? 0 : flushed + 1 - commits.front().version;
  for (std::size_t i = first; i < commits.size(); ++i) {
    for (Chains::iterator written : commits[i].written) {
      const Versioned& newest = written->second.newest;
      if (newest.version == commits[i].version) batch.entries.push_back({written->first, newest.value});
    }
  }
  lock.unlock();
  // In order of keys an ordered engine finds each place close to the one before.
  std::ranges::sort(batch.entries, {}, &Batch::Entry::key);
  return batch;
}

base::Result<void> StoreState::flush() {
  Version target = committed;
  std::unique_lock flushing(flush_mutex);  // waiting here is waiting for a flush that may do this one's work
  TRY_VOID(check_broken());
  Garbage garbage;  // outlives the locks: freeing takes time
  std::shared_ptr<const Generation> previous;
  if (flushed >= target) {
    std::unique_lock lock(mutex);
    if (!commits.empty()) prune(garbage);
    return {};
  }
  Version upto = 0;
  Batch batch = collect_unflushed(upto);  // its keys stay where they are: only flushes, one at a time, remove any
  base::Result<void> written = engine->write(batch);
  if (!written) {
    std::unique_lock lock(mutex);
    broken = written.error();
    return written;
  }
  auto generation = std::make_shared<const Generation>(Generation{engine->snapshot(), upto});
  std::unique_lock lock(mutex);
  flushed = upto;
  previous = std::exchange(current, std::move(generation));
  generations.push_back(current);
  lock.unlock();
  previous->snapshot->retire();
  previous.reset();  // before pruning, which asks who is alive
  lock.lock();
  prune(garbage);
  return {};
}

void StoreState::note_hot_row(std::string_view key, const Bytes& value, Version flushed_then) {
  std::shared_lock lock(mutex);
  auto found = recent.find(key);
  if (found == recent.end() || found->second.newest.version <= flushed_then) {
    hot_rows.remember(key, {flushed_then, value});
  }
}

void StoreState::add_gap(internal::Gap gap) {
  constexpr int kMaxKeysLookedAt = 1'000;
  std::unique_lock lock(mutex);
  // What was committed after the snapshot was taken is not in the gap yet but will be. All of it is in `recent` still,
  // because the transaction that has found the gap lives.
  int looked_at = 0;
  for (auto found = recent.lower_bound(gap.begin); found != recent.end() && found->first < gap.end; ++found) {
    if (++looked_at > kMaxKeysLookedAt) return;
    if (found->second.newest.version <= gap.as_of) continue;
    gap.end = found->first;
    gap.open_ended = false;
    break;
  }
  Version everywhere = gap.as_of;
  for (const auto& generation : generations) {
    if (auto alive = generation.lock()) {
      everywhere = std::min(everywhere, alive->flushed);
      break;
    }
  }
  gaps.add(std::move(gap), everywhere);
}

void StoreState::start_generation() {
  current = std::make_shared<const Generation>(Generation{engine->snapshot(), flushed});
  generations.push_back(current);
}

// A commit may be forgotten when every transaction alive finds its writes in the engine snapshot it reads from.
void StoreState::prune(Garbage& garbage) {
  while (generations.front().expired()) generations.pop_front();
  std::shared_ptr<const Generation> oldest = generations.front().lock();
  Version everywhere = oldest ? oldest->flushed : Version{0};
  for (; !commits.empty() && commits.front().version <= everywhere; commits.pop_front()) {
    Version version = commits.front().version;
    for (Chains::iterator written : commits.front().written) {
      Chain& chain = written->second;
      if (chain.newest.version == version) {
        garbage.nodes.push_back(recent.extract(written));
      } else {
        chain.drop_before(version + 1);
      }
    }
  }
}

Store::Store(std::unique_ptr<StoreState> state) : state_(std::move(state)) {}

Store::~Store() { (void)close(); }

base::Result<std::unique_ptr<Store>> Store::open(std::unique_ptr<Home> home) {
  // What is kept in memory only is read quickly anyway.
  auto state = std::make_unique<StoreState>(home->durability() == Durability::kNone ? 2'048 : 16'384);
  state->engine = TRY(home->open_engine());
  std::string blobs_folder = TRY(home->blobs_folder());
  state->blobs = TRY(Blobs::open(blobs_folder, home->durability()));
  state->home = std::move(home);
  state->start_generation();
  return std::unique_ptr<Store>(new Store(std::move(state)));
}

Transaction Store::begin(Place place) {
  auto tx = std::make_shared<TransactionState>();
  tx->store = state_.get();
  {
    std::shared_lock lock(state_->mutex);
    tx->generation = state_->current;
    tx->read_version = state_->committed;
  }
  return Transaction(std::move(tx), std::move(place));
}

base::Result<Version> Store::commit(Transaction& tx) { return state_->commit(*tx.state_); }

base::Result<void> Store::flush() { return state_->flush(); }

Version Store::flushed_version() const { return state_->flushed; }

Version Store::committed_version() const { return state_->committed; }

std::optional<base::Error> Store::broken() const {
  std::shared_lock lock(state_->mutex);
  return state_->broken;
}

base::Result<void> Store::sync() {
  std::lock_guard lock(state_->flush_mutex);
  TRY_VOID(state_->check_broken());
  base::Result<void> synced = state_->engine->sync();
  if (synced) return synced;
  std::unique_lock breaking(state_->mutex);
  state_->broken = synced.error();
  return synced;
}

base::Result<void> Store::save_snapshot(std::string_view name, std::int64_t created_at_ms) {
  std::lock_guard content(state_->content_mutex);
  auto hold = state_->blobs->hold_removals();  // the blobs that the saved rows name must still be there
  TRY_VOID(state_->flush());
  return state_->home->save(*state_->engine, name, created_at_ms);
}

base::Result<void> Store::copy_to(const std::string& folder) {
  std::lock_guard content(state_->content_mutex);
  auto hold = state_->blobs->hold_removals();
  TRY_VOID(state_->flush());
  return state_->home->copy_to(*state_->engine, folder);
}

base::Result<std::vector<SnapshotInfo>> Store::list_snapshots() const {
  std::lock_guard content(state_->content_mutex);
  return state_->home->list();
}

base::Result<void> Store::remove_snapshot(std::string_view name) {
  std::lock_guard content(state_->content_mutex);
  return state_->home->remove(name);
}

base::Result<void> Store::load_snapshot(std::string_view name) {
  return replace_content([](Home& home, std::string_view wanted) { return home.load(wanted); }, name);
}

base::Result<void> Store::reset() {
  return replace_content([](Home& home, std::string_view) { return home.clear(); }, {});
}

base::Result<void> Store::replace_content(base::Result<void> (*how)(Home&, std::string_view), std::string_view name) {
  std::lock_guard content(state_->content_mutex);
  TRY_VOID(state_->flush());  // what is replaced stays whole in case that fails
  std::lock_guard flushing(state_->flush_mutex);
  std::unique_lock lock(state_->mutex);
  if (state_->current.use_count() > 1 || state_->committed != state_->flushed)
    return base::fail("Busy", "Transactions are under way.");
  for (const auto& generation : state_->generations) {
    if (!generation.expired() && generation.lock() != state_->current)
      return base::fail("Busy", "Transactions are under way.");
  }
  state_->current.reset();
  state_->generations.clear();
  state_->commits.clear();
  state_->recent.clear();
  state_->gaps.clear();
  state_->hot_rows.clear();
  base::Result<void> closed = state_->engine->close();
  state_->engine.reset();
  base::Result<void> replaced = closed ? how(*state_->home, name) : closed;
  base::Result<std::unique_ptr<Engine>> engine = state_->home->open_engine();
  if (!engine) {
    state_->broken = engine.error();
    return std::unexpected(engine.error());
  }
  state_->engine = *std::move(engine);
  state_->committed = state_->flushed = state_->committed + 1;  // nothing read before may seem current
  state_->start_generation();
  return replaced;
}

Blobs& Store::blobs() { return *state_->blobs; }

std::uint64_t Store::approximate_size() const {
  std::lock_guard content(state_->content_mutex);
  return state_->engine->approximate_size();
}

base::Result<void> Store::close() {
  std::lock_guard content(state_->content_mutex);
  if (state_->closed) return {};
  state_->closed = true;
  base::Result<void> flushed = state_->broken || !state_->engine ? base::Result<void>{} : state_->flush();
  state_->current.reset();
  base::Result<void> closed = state_->engine ? state_->engine->close() : base::Result<void>{};
  state_->engine.reset();
  state_->blobs.reset();
  state_->home.reset();
  return flushed ? closed : flushed;
}

}  // namespace store
