#include "store/hot_rows.h"

namespace store::internal {

std::optional<Versioned> HotRows::find(std::string_view key, Version read_version) const {
  std::size_t hash = hash_of(key);
  std::lock_guard lock(lock_of(hash));
  const Place& place = place_of(hash);
  if (!place.value || place.value->version > read_version || place.key != key) return std::nullopt;
  return place.value;
}

bool HotRows::wants(std::string_view key, const Bytes& value) {
  if (value && value->size() > kMaxValueSize) return false;
  std::size_t hash = hash_of(key);
  std::lock_guard lock(lock_of(hash));
  return std::exchange(place_of(hash).last_miss, hash) == hash;
}

void HotRows::remember(std::string_view key, Versioned value) {
  std::size_t hash = hash_of(key);
  std::lock_guard lock(lock_of(hash));
  Place& place = place_of(hash);
  if (place.value && place.key == key && place.value->version > value.version) return;  // someone knows better already
  place.key = key;
  place.value = std::move(value);
}

void HotRows::update(std::string_view key, const Versioned& value) {
  std::size_t hash = hash_of(key);
  std::lock_guard lock(lock_of(hash));
  Place& place = place_of(hash);
  if (!place.value || place.key != key) return;
  place.value = value;
  if (value.value && value.value->size() > kMaxValueSize) place.value.reset();
}

void HotRows::clear() {
  for (Place& place : places_) place = {};
}

}  // namespace store::internal
