#include "store/walk.h"

namespace store::internal {

namespace {
constexpr std::size_t kMaxFetchCount = 512;
constexpr std::uint64_t kErasedWorthNoting = 16;
constexpr std::size_t kErasedRowsWorthNoting = 8;  // walking over them costs more than over keys the engine has erased

// Whether no key lies between `key` and `begin`.
bool follows_directly(std::string_view begin, std::string_view key) {
  return begin <= key || (begin.size() == key.size() + 1 && begin.starts_with(key) && begin.back() == '\0');
}
}  // namespace

Walk::Walk(std::shared_ptr<TransactionState> tx, Range range, bool recorded)
    : tx_(std::move(tx)), range_(std::move(range)), recorded_(recorded) {
  exhausted_ = tx_->over() || range_.empty();
  recorded_ = recorded_ && !range_.empty();
}

Walk::~Walk() {
  if (!recorded_ || tx_->over()) return;
  if (exhausted_) {
    tx_->reads.add_range(range_.begin, range_.end);
  } else if (visited_ > 0 && forward()) {
    last_visited_key_.push_back('\0');
    tx_->reads.add_range(range_.begin, last_visited_key_);
  } else if (visited_ > 0) {
    tx_->reads.add_range(last_visited_key_, range_.end);
  }
}

bool Walk::next() {
  if (exhausted_ || visited_ >= range_.limit) return false;
  if (started_) {
    step_past_key();
  } else {
    start();
  }
  while (true) {
    if (own_found_at_ != tx_->write_count) find_own();
    if (recent_at_ == recent_.size() && !recent_done_) fetch_recent();
    const std::string_view* first = nullptr;
    std::string_view own_key, recent_key, engine_key;
    auto consider = [&](std::string_view& candidate, std::string_view source_key) {
      candidate = source_key;
      if (!first || comes_before(candidate, *first)) first = &candidate;
    };
    if (engine_->valid()) consider(engine_key, engine_->key());
    if (recent_at_ < recent_.size()) consider(recent_key, recent_[recent_at_].key);
    if (own_valid()) consider(own_key, own_->first);
    if (!first) break;
    key_.assign(*first);
    if (settle()) {
      if (visited_++ == 0) note_erased_prefix(key_);
      if (recorded_) last_visited_key_ = key_;
      return true;
    }
    if (tx_->error) break;
    if (visited_ == 0) ++erased_;
    step_past_key();
  }
  exhausted_ = true;
  if (base::Result<void> read = engine_->error(); !read) tx_->fail(std::move(read.error()));
  if (visited_ == 0) note_erased_prefix(range_.end);
  return false;
}

Bytes Walk::shared_value() const { return value_ ? value_ : std::make_shared<const std::string>(value_view_); }

void Walk::start() {
  started_ = true;
  engine_ = tx_->generation->snapshot->cursor(range_.begin, range_.end);
  if (forward()) {
    StoreState& store = *tx_->store;
    if (store.gaps.may_have_any() && !range_.end.empty()) {
      std::shared_lock lock(store.mutex);
      gaps_ = store.gaps.within(range_.begin, range_.end, tx_->read_version);
    }
    seek_engine(range_.begin);
  } else {
    engine_->seek_to_last();
  }
  recent_done_ = tx_->read_version == tx_->generation->flushed;
  find_own();
}

// To the first key >= `key`, jumping over known gaps. A cursor that would stand past the range is left where it is not
// valid.
void Walk::seek_engine(std::string key) {
  for (; gap_at_ < gaps_.size() && gaps_[gap_at_].begin <= key; ++gap_at_) key = std::max(key, gaps_[gap_at_].end);
  if (begin_.empty()) begin_ = key;
  if (!range_.end.empty() && key >= range_.end) {
    engine_ = tx_->generation->snapshot->cursor(range_.begin, range_.end);
    return;
  }
  std::uint64_t before = engine_->erased_passed();
  engine_->seek(key);
  note_gap(std::move(key), before);
}

void Walk::step_engine() {
  if (gap_at_ < gaps_.size() && follows_directly(gaps_[gap_at_].begin, key_)) return seek_engine(key_ + '\0');
  std::uint64_t before = engine_->erased_passed();
  engine_->next();
  if (engine_->erased_passed() - before >= kErasedWorthNoting) note_gap(key_ + '\0', before);
}

// After a step that began to look at `begin`: if it has passed over many erased keys, others shall be spared that.
void Walk::note_gap(std::string begin, std::uint64_t erased_passed_before) {
  if (engine_->erased_passed() - erased_passed_before < kErasedWorthNoting || range_.end.empty()) return;
  if (!engine_->error()) return;
  bool found = engine_->valid();
  std::string end = found ? std::string(engine_->key()) : range_.end;
  tx_->store->add_gap({std::move(begin), std::move(end), tx_->generation->flushed, !found});
}

// Who takes rows from the front of a table leaves a row of erased keys before those that are left, which the engine
// does not know of before the turn has ended.
void Walk::note_erased_prefix(std::string_view end) {
  if (erased_ < kErasedRowsWorthNoting || !forward() || range_.end.empty() || tx_->error || !tx_->writes.empty())
    return;
  tx_->store->add_gap({begin_, std::string(end), tx_->read_version, visited_ == 0});
}

void Walk::step_past_key() {
  if (engine_->valid() && engine_->key() == key_) {
    if (forward()) {
      step_engine();
    } else {
      engine_->prev();
    }
  }
  if (recent_at_ < recent_.size() && recent_[recent_at_].key == key_) ++recent_at_;
  if (own_found_at_ != tx_->write_count) return;  // will be looked up anyway
  if (own_valid() && own_->first == key_) {
    if (forward()) {
      ++own_;
    } else {
      own_ = own_ == tx_->writes.begin() ? tx_->writes.end() : std::prev(own_);
    }
  }
}

// The next handful of recent commits' rows, each as of the read version. Commits made meanwhile are later than that
// version, so the pieces fit together.
void Walk::fetch_recent() {
  std::string after = recent_.empty() ? std::string() : std::move(recent_.back().key);
  bool first = recent_.empty();
  recent_.clear();
  recent_at_ = 0;
  std::shared_lock lock(tx_->store->mutex);
  const Chains& chains = tx_->store->recent;
  auto take = [&](const Chains::value_type& item) {
    const Versioned* seen = item.second.at(tx_->read_version);
    if (seen && seen->version > tx_->generation->flushed) recent_.push_back({item.first, *seen});
  };
  if (forward()) {
    auto at = first ? chains.lower_bound(begin_) : chains.upper_bound(after);
    for (; at != chains.end() && (range_.end.empty() || at->first < range_.end); ++at) {
      if (recent_.size() == fetch_count_) break;
      take(*at);
    }
  } else {
    auto at = !first ? chains.lower_bound(after) : range_.end.empty() ? chains.end() : chains.lower_bound(range_.end);
    while (at != chains.begin() && recent_.size() < fetch_count_) {
      if (std::prev(at)->first < range_.begin) break;
      take(*--at);
    }
  }
  recent_done_ = recent_.size() < fetch_count_;
  fetch_count_ = std::min(fetch_count_ * 4, kMaxFetchCount);
}

// Own writes may come and go while the visitor is at work; the place among them is where the walk stands, not an
// iterator.
void Walk::find_own() {
  own_found_at_ = tx_->write_count;
  Chains& writes = tx_->writes;
  if (forward()) {
    own_ = key_.empty() ? writes.lower_bound(range_.begin) : writes.upper_bound(key_);
  } else {
    auto bound = !key_.empty()        ? writes.lower_bound(key_)
                 : range_.end.empty() ? writes.end()
                                      : writes.lower_bound(range_.end);
    own_ = bound == writes.begin() ? writes.end() : std::prev(bound);
  }
}

bool Walk::own_valid() const {
  if (own_ == tx_->writes.end()) return false;
  return forward() ? range_.end.empty() || own_->first < range_.end : own_->first >= range_.begin;
}

bool Walk::settle() {
  bool in_recent = recent_at_ < recent_.size() && recent_[recent_at_].key == key_;
  bool in_engine = engine_->valid() && engine_->key() == key_;
  bool in_own = own_valid() && own_->first == key_;
  bool own_is_value = in_own && own_->second.newest.version == kIsValue;
  value_ = nullptr;
  value_view_ = {};
  bool found = false;
  if (own_is_value) {
    value_ = own_->second.newest.value;
    found = value_ != nullptr;
  } else if (in_recent) {
    const Versioned& seen = recent_[recent_at_].seen;
    tx_->depends_on = std::max(tx_->depends_on, seen.version);
    value_ = seen.value;
    found = value_ != nullptr;
  } else if (in_engine) {
    value_view_ = engine_->value();
    found = true;
  }
  if (in_own && !own_is_value) {
    auto base = counter_value(found ? shared_value() : nullptr);
    if (!base) return fail({"CorruptRow", "A counter is not 8 bytes long."});
    std::int64_t sum = wrapping_sum(*base, counter_value(own_->second.newest.value).value_or(0));
    value_ = std::make_shared<const std::string>(counter_bytes(sum));
    found = sum != 0;
  }
  if (value_) value_view_ = *value_;
  return found;
}

bool Walk::fail(base::Error why) {
  tx_->fail(std::move(why));
  return false;
}

}  // namespace store::internal
