#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

// Internal to the store: where there is known to be nothing.
//
// An erased key goes on costing time until the engine has cleaned up behind it, and who takes rows from the front of a
// table as fast as others put them at its end - every queue does - would pass over more erased keys each time. So a
// walk that has passed over many remembers the gap they have left, and the next one jumps over it.
namespace store::internal {

// There is no row in [begin, end) for any transaction that reads at `as_of` or later: the engine has none, or what it
// still has was erased by recent commits.
struct Gap {
  std::string begin;
  std::string end;
  Version as_of = 0;
  bool open_ended = false;  // no key was found behind it; it ends where the walk did
};

// Guarded by StoreState::mutex, but for may_have_any().
class Gaps {
 public:
  // Without a lock: whether it is worth asking.
  bool may_have_any() const { return count_.load(std::memory_order_relaxed) != 0; }

  // The gaps in [begin, end) that who reads at `read_version` may jump over, in order; the first few of them.
  std::vector<Gap> within(std::string_view begin, std::string_view end, Version read_version) const;
  // Remembers a gap. Neighbours that every transaction alive may use (up to the version `everywhere`) become one.
  void add(Gap gap, Version everywhere);
  // A key is being put.
  void cut(std::string_view key);
  void clear();

 private:
  using Map = std::map<std::string, Gap, std::less<>>;  // by begin; no two overlap
  void counted() { count_.store(gaps_.size(), std::memory_order_relaxed); }

  Map gaps_;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace store::internal
