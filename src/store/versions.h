#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "store/engine.h"

// Internal to the store: ordered keys with several versions of each value, the common ground of recent commits and of
// the memory engine.
namespace store::internal {

// A value and the version that made it so. Null bytes: erased by that version.
struct Versioned {
  std::uint64_t version = 0;
  Bytes value;
};

// The versions of one key. There is always a newest; most keys have no other, which is why it stands apart.
struct Chain {
  Versioned newest;
  std::vector<Versioned> older;  // ascending

  void push(Versioned next) {
    older.push_back(std::move(newest));
    newest = std::move(next);
  }

  // What a reader at `version` sees; null when the chain says nothing about it (it was empty then).
  const Versioned* at(std::uint64_t version) const {
    if (newest.version <= version) return &newest;
    auto later = std::upper_bound(older.begin(), older.end(), version,
                                  [](std::uint64_t wanted, const Versioned& item) { return wanted < item.version; });
    return later == older.begin() ? nullptr : &*std::prev(later);
  }

  // Forgets versions before `version`.
  void drop_before(std::uint64_t version) {
    auto stays = [&](const Versioned& item) { return item.version >= version; };
    auto keep = std::find_if(older.begin(), older.end(), stays);
    older.erase(older.begin(), keep);
    if (older.empty()) older.shrink_to_fit();
  }
};

using Chains = std::map<std::string, Chain, std::less<>>;

}  // namespace store::internal
