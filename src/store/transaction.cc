#include <algorithm>
#include <array>

#include "store/store_state.h"
#include "store/walk.h"

namespace store {

using internal::Chains;
using internal::Range;
using internal::Versioned;
using internal::Walk;

Bytes TransactionState::read_committed(std::string_view key) {
  if (over()) {
    fail({"TransactionOver", "The transaction was committed before."});
    return nullptr;
  }
  if (std::optional<Versioned> hot = store->hot_rows.find(key, read_version)) {
    if (hot->version > generation->flushed) depends_on = std::max(depends_on, hot->version);
    return std::move(hot->value);
  }
  if (read_version != generation->flushed) {
    std::shared_lock lock(store->mutex);
    auto found = store->recent.find(key);
    const Versioned* seen = found == store->recent.end() ? nullptr : found->second.at(read_version);
    if (seen) {
      if (seen->version > generation->flushed) depends_on = std::max(depends_on, seen->version);
      return seen->value;
    }
  }
  base::Result<Bytes> value = generation->snapshot->get(key);
  if (value) {
    if (store->hot_rows.wants(key, *value)) store->note_hot_row(key, *value, generation->flushed);
    return *std::move(value);
  }
  fail(std::move(value.error()));
  return nullptr;
}

void TransactionState::set(std::string key, Versioned write) {
  ++write_count;
  auto [at, is_new] = writes.try_emplace(std::move(key));
  if (keeps_undo) {
    undo.push_back({at->first, is_new ? std::nullopt : std::optional<Versioned>(at->second.newest)});
  }
  at->second.newest = std::move(write);
}

Transaction::Transaction(std::shared_ptr<TransactionState> state, Place place) : state_(std::move(state)) {
  // One thread's transactions mostly stand where the last one did; those of the kernel stand nowhere.
  thread_local std::array<std::shared_ptr<const Stand>, 2> lately;
  std::shared_ptr<const Stand>& last = lately[place.account.empty() ? 0 : 1];
  if (last && last->place == place) {
    stand_ = last;
    return;
  }
  auto stand = std::make_shared<Stand>();
  stand->place = std::move(place);
  stand->part.reserve(stand->place.account.size() + stand->place.region.size() + 2);
  append_key_part(stand->part, stand->place.account);
  stand->account_part_size = stand->part.size();
  append_key_part(stand->part, stand->place.region);
  stand_ = last = std::move(stand);
}

Transaction Transaction::at(const Place& place) const {
  Transaction view(state_, place);
  view.recorded_ = recorded_;
  return view;
}

Transaction Transaction::unrecorded() const {
  Transaction view = *this;
  view.recorded_ = false;
  return view;
}

void Transaction::append_full_key(std::string& full, std::string_view table, Scope scope, std::string_view key) const {
  full.reserve(full.size() + table.size() + stand_->part.size() + key.size() + 3);
  full.append(table).push_back('\0');
  if (scope == Scope::kRegion) {
    full.append(stand_->part);
  } else {
    if (scope == Scope::kAccount) full.append(stand_->part, 0, stand_->account_part_size);
    if (scope == Scope::kGlobal) full.push_back('\0');
    full.push_back('\0');
  }
  full.append(key);
}

std::string Transaction::full_key(std::string_view table, Scope scope, std::string_view key) const {
  std::string full;
  append_full_key(full, table, scope, key);
  return full;
}

const std::string& Transaction::key_to_read(std::string_view table, Scope scope, std::string_view key) const {
  thread_local std::string full;
  full.clear();
  append_full_key(full, table, scope, key);
  return full;
}

Bytes Transaction::read(const std::string& full_key) const {
  TransactionState& tx = *state_;
  const Versioned* own = nullptr;
  if (!tx.writes.empty()) {
    auto found = tx.writes.find(full_key);
    if (found != tx.writes.end()) own = &found->second.newest;
    if (own && own->version == internal::kIsValue) return own->value;
  }
  if (recorded_) tx.reads.add_key(full_key);
  Bytes value = tx.read_committed(full_key);
  if (!own) return value;
  std::optional<std::int64_t> base = internal::counter_value(value);
  if (!base) return value;  // the caller finds that it is no counter
  std::int64_t sum = internal::wrapping_sum(*base, internal::counter_value(own->value).value_or(0));
  return std::make_shared<const std::string>(internal::counter_bytes(sum));
}

void Transaction::write(std::string full_key, Bytes value) const {
  state_->set(std::move(full_key), {internal::kIsValue, std::move(value)});
}

void Transaction::add_to(std::string full_key, std::int64_t delta) const {
  auto found = state_->writes.find(full_key);
  Versioned sum{internal::kIsDelta, nullptr};
  if (found != state_->writes.end()) {
    sum.version = found->second.newest.version;
    delta = internal::wrapping_sum(delta, internal::counter_value(found->second.newest.value).value_or(0));
  }
  bool is_zero_value = sum.version == internal::kIsValue && delta == 0;
  if (!is_zero_value) sum.value = std::make_shared<const std::string>(internal::counter_bytes(delta));
  state_->set(std::move(full_key), std::move(sum));
}

std::int64_t Transaction::counter_value(const Bytes& bytes, std::string_view table, std::string_view key) const {
  std::optional<std::int64_t> value = internal::counter_value(bytes);
  if (!value) fail_row(table, key, {"CorruptRow", "a counter is 8 bytes long"});
  return value.value_or(0);
}

void Transaction::fail_row(std::string_view table, std::string_view key, const base::Error& why) const {
  std::string shown;
  for (char byte : key) shown.push_back(byte >= ' ' && byte <= '~' ? byte : '?');
  state_->fail({why.code, "The row \"" + shown + "\" of the table " + std::string(table) +
                              " cannot be read: " + why.message + "."});
}

Savepoint Transaction::savepoint() const {
  state_->keeps_undo = true;
  return {state_->undo.size()};
}

void Transaction::rollback_to(Savepoint to) const {
  TransactionState& tx = *state_;
  ++tx.write_count;
  while (tx.undo.size() > to.writes_done) {
    internal::Undo& last = tx.undo.back();
    if (last.before) {
      tx.writes[last.key].newest = std::move(*last.before);
    } else {
      tx.writes.erase(last.key);
    }
    tx.undo.pop_back();
  }
}

const base::Error* Transaction::error() const { return state_->error ? &*state_->error : nullptr; }

bool Transaction::validate() const {
  std::shared_lock lock(state_->store->mutex);
  return !state_->over() && (state_->store->committed == state_->read_version ||
                             !state_->reads.changed_after(state_->read_version, state_->store->recent));
}

bool Transaction::has_writes() const { return !state_->writes.empty(); }

Version Transaction::read_version() const { return state_->read_version; }

Version Transaction::depends_on() const { return state_->depends_on; }

std::vector<std::string> Transaction::table_names() const {
  std::vector<std::string> names;
  std::string begin;
  while (true) {
    Walk walk(state_, Range{.begin = begin, .end = {}}, false);
    if (!walk.next()) return names;
    std::string_view key = walk.key();
    names.emplace_back(key.substr(0, key.find('\0')));
    begin = names.back() + '\1';
  }
}

namespace {

// The range of full keys that a scan asks for. `full` makes a full key of a caller's.
template <class FullKey>
Range range_of(const Scan& scan, const FullKey& full) {
  std::string prefix = full(scan.prefix);
  Range range{.begin = prefix, .end = end_of_prefix(prefix), .direction = scan.direction, .limit = scan.limit};
  auto raise_begin = [&](std::string bound) { range.begin = std::max(range.begin, std::move(bound)); };
  auto lower_end = [&](std::string bound) { range.end = std::min(range.end, std::move(bound)); };
  auto past = [&](const std::string& key) { return full(key) + '\0'; };
  if (scan.direction == Direction::kForward) {
    if (scan.from) raise_begin(full(*scan.from));
    if (scan.after) raise_begin(past(*scan.after));
    if (scan.until) lower_end(full(*scan.until));
  } else {
    if (scan.from) lower_end(past(*scan.from));
    if (scan.after) lower_end(full(*scan.after));
    if (scan.until) raise_begin(past(*scan.until));
  }
  return range;
}

}  // namespace

Transaction::Scanner::Scanner(const Transaction& tx, std::string_view table, Scope scope, const Scan& scan) {
  Range range = range_of(scan, [&](std::string_view key) { return tx.full_key(table, scope, key); });
  range.table_prefix_size = tx.full_key(table, scope, {}).size();
  walk_ = std::make_unique<Walk>(tx.state_, std::move(range), tx.recorded_);
}

Transaction::Scanner::Scanner(const Transaction& tx, std::string_view table) {
  Range range;
  if (!table.empty()) {
    range.begin = std::string(table) + '\0';
    range.end = std::string(table) + '\1';
  }
  walk_ = std::make_unique<Walk>(tx.state_, std::move(range), false);
}

Transaction::Scanner::~Scanner() = default;

bool Transaction::Scanner::next() { return walk_->next(); }

std::string_view Transaction::Scanner::key() const {
  return std::string_view(walk_->key()).substr(walk_->table_prefix_size());
}

std::string_view Transaction::Scanner::value() const { return walk_->value(); }

Bytes Transaction::Scanner::shared_value() const { return walk_->shared_value(); }

std::size_t Transaction::Scanner::visited() const { return walk_->visited(); }

std::optional<RawRow> Transaction::Scanner::raw_row() const {
  std::string_view full = walk_->key();
  std::size_t table_size = full.find('\0');
  if (table_size == std::string_view::npos) return std::nullopt;
  KeyReader place(full.substr(table_size + 1));
  RawRow row{.table = full.substr(0, table_size), .bytes = walk_->value()};
  row.account = place.text();
  row.region = place.text();
  row.scope = row.account.empty() ? Scope::kGlobal : row.region.empty() ? Scope::kAccount : Scope::kRegion;
  row.key = place.rest();
  return place.ok() ? std::optional<RawRow>(std::move(row)) : std::nullopt;
}

}  // namespace store
