#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store_state.h"

// Internal to the store: one ordered walk over a transaction's view of a range of keys.
namespace store::internal {

// Where a walk goes: the keys in [begin, end) (no upper bound when `end` is empty), forward or in reverse.
struct Range {
  std::string begin;
  std::string end;
  Direction direction = Direction::kForward;
  std::size_t limit = std::numeric_limits<std::size_t>::max();
  std::size_t table_prefix_size = 0;  // how much of each key is table and place

  bool empty() const { return !end.empty() && begin >= end; }
};

// Merges three sorted sources: the engine snapshot, the recent commits the transaction sees, and its own writes. Where
// several have a key, the last named wins; erased keys are skipped.
class Walk {
 public:
  Walk(std::shared_ptr<TransactionState> tx, Range range, bool recorded);
  ~Walk();  // records the part of the range that was walked

  // To the first, then the next row. False at the end, at the limit, and on an error (which the transaction remembers).
  bool next();
  const std::string& key() const { return key_; }
  std::string_view value() const { return value_view_; }
  Bytes shared_value() const;
  std::size_t visited() const { return visited_; }
  std::size_t table_prefix_size() const { return range_.table_prefix_size; }

 private:
  // A row of the recent commits, copied out from under the lock.
  struct Recent {
    std::string key;
    Versioned seen;
  };

  bool forward() const { return range_.direction == Direction::kForward; }
  bool comes_before(std::string_view left, std::string_view right) const {
    return forward() ? left < right : right < left;
  }
  void start();
  void seek_engine(std::string key);
  void step_engine();
  void note_gap(std::string begin, std::uint64_t erased_passed_before);
  void note_erased_prefix(std::string_view end);
  void step_past_key();
  void fetch_recent();
  void find_own();
  bool own_valid() const;
  bool settle();  // takes the row the sources stand at; false when it is erased
  bool fail(base::Error why);

  std::shared_ptr<TransactionState> tx_;
  Range range_;
  bool recorded_;
  bool started_ = false;
  bool exhausted_ = false;
  std::size_t visited_ = 0;

  std::string key_;  // where the walk stands: the last row visited, or erased key passed
  std::string last_visited_key_;
  Bytes value_;  // null when the value lies in the engine's cursor
  std::string_view value_view_;

  std::unique_ptr<Cursor> engine_;
  std::string begin_;       // where the committed rows of the range begin; walking forward only
  std::size_t erased_ = 0;  // committed keys passed before the first row
  std::vector<Gap> gaps_;   // to jump over, in order; walking forward only
  std::size_t gap_at_ = 0;

  std::vector<Recent> recent_;
  std::size_t recent_at_ = 0;
  bool recent_done_ = false;
  std::size_t fetch_count_ = 8;

  Chains::iterator own_;
  std::uint64_t own_found_at_ = 0;  // the transaction's write count when own_ was looked up
};

}  // namespace store::internal
