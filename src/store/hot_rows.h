#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "store/versions.h"

// Internal to the store: the values of keys that are read again and again, such as the row of the queue that everyone
// sends to, and that a key has none. Finding one here takes a tenth of the time that the engine needs.
namespace store::internal {

// A fixed number of places; each key has one, which it shares with others. An entry is the newest committed value of
// its key, and was so from version `since` on: good for every transaction that reads at `since` or later.
class HotRows {
 public:
  explicit HotRows(std::size_t places) : places_(places) {}  // a power of two, no less than kLocks

  // The value as of `read_version` and the version it is known from, if it is here.
  std::optional<Versioned> find(std::string_view key, Version read_version) const;
  // Whether a value found in the engine deserves its place: from the second time in a row that it was missed.
  bool wants(std::string_view key, const Bytes& value);
  // The next two are called under StoreState::mutex, so that no commit comes between what is known and what is
  // remembered.
  void remember(std::string_view key, Versioned value);
  // A commit has written the key.
  void update(std::string_view key, const Versioned& value);
  void clear();

 private:
  static constexpr std::size_t kLocks = 64;
  static constexpr std::size_t kMaxValueSize = 2'048;  // so 32 MiB at most in 16,384 places, keys aside

  struct Place {
    std::string key;
    std::optional<Versioned> value;  // nothing: nobody is here
    std::size_t last_miss = 0;       // the hash of the key last asked for in vain
  };
  static std::size_t hash_of(std::string_view key) { return std::hash<std::string_view>()(key); }
  Place& place_of(std::size_t hash) { return places_[hash & (places_.size() - 1)]; }
  const Place& place_of(std::size_t hash) const { return places_[hash & (places_.size() - 1)]; }
  std::mutex& lock_of(std::size_t hash) const {
    return locks_[hash % kLocks];
  }  // of several places, one of them for each

  std::vector<Place> places_;
  mutable std::array<std::mutex, kLocks> locks_;
};

}  // namespace store::internal
