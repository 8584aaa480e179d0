#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "store/engine.h"

// Internal to the store: rows that one thread has decoded lately.
namespace store::internal {

// A row is known by the very bytes it was decoded from, which are never changed once made and stay alive as long as
// they are remembered here. So nothing has to be forgotten when a row is written: its new bytes are others. Bytes of
// rows that are read often stay the same from read to read because HotRows shares them.
template <class Row>
class Decoded {
 public:
  std::shared_ptr<const Row> find(const Bytes& bytes) const {
    const Entry& entry = entries_[place_of(bytes)];
    return entry.bytes == bytes ? entry.row : nullptr;
  }

  std::shared_ptr<const Row> remember(Bytes bytes, Row&& row) {
    Entry& entry = entries_[place_of(bytes)];
    entry.row = std::make_shared<const Row>(std::move(row));
    entry.bytes = std::move(bytes);
    return entry.row;
  }

 private:
  static constexpr std::size_t kPlaces = 64;

  struct Entry {
    Bytes bytes;
    std::shared_ptr<const Row> row;
  };
  // Addresses of what was allocated alike differ in their middle bits.
  static std::size_t place_of(const Bytes& bytes) {
    const auto address = reinterpret_cast<std::uintptr_t>(bytes.get());
    return (address >> 5 ^ address >> 11 ^ address >> 17) % kPlaces;
  }

  std::array<Entry, kPlaces> entries_;
};

}  // namespace store::internal
