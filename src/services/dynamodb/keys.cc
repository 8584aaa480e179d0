// Where items and entries of indexes stand.
#include <bit>

#include "base/bytes.h"
#include "services/dynamodb/number.h"
#include "services/dynamodb/table.h"

namespace dynamodb {

namespace {

void append_partition(std::string& key, const Attribute& hash_value) {
  key += base::to_ordered(partition_hash(hash_value));
  append_ordered(key, hash_value);
}

}  // namespace

// FNV-1a, then mixed so that the highest bits depend on everything: they choose the segment of a scan and the shard of
// a stream. Part of the data format.
std::uint64_t partition_hash(const Attribute& hash_value) {
  std::uint64_t hash = 0xcbf29ce484222325 ^ static_cast<std::uint64_t>(hash_value.type);
  for (unsigned char byte : hash_value.text) hash = (hash ^ byte) * 0x100000001b3;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

std::string partition_prefix(std::uint64_t table_or_index_id, const Attribute& hash_value) {
  std::string key = store::key(table_or_index_id);
  append_partition(key, hash_value);
  return key;
}

void append_ordered(std::string& key, const Attribute& value) {
  if (value.type == Type::kNumber) return append_ordered_number(key, value.text);
  store::append_key_part(key, std::string_view(value.text));
}

void append_ordered_start(std::string& key, const Attribute& value) {
  append_ordered(key, value);
  if (value.type != Type::kNumber) key.pop_back();
}

std::string item_key(const Table& table, const Item& item) {
  std::string key = partition_prefix(table.id, *find(item, table.hash.name));
  if (table.range) append_ordered(key, *find(item, table.range->name));
  return key;
}

std::string partition_prefix(std::uint64_t index_id, const std::vector<Attribute>& hash_values) {
  if (hash_values.size() == 1) return partition_prefix(index_id, hash_values.front());
  std::uint64_t hash = 0;
  for (const Attribute& value : hash_values) hash = std::rotl(hash, 21) ^ partition_hash(value);
  std::string key = store::key(index_id) + base::to_ordered(hash);
  for (const Attribute& value : hash_values) append_ordered(key, value);
  return key;
}

namespace {

// The key of an entry in an index with several partition or sort attributes, without the table's own key.
std::optional<std::string> long_entry_key(const Index& index, const Item& item) {
  std::vector<Attribute> hash_values, range_values;
  bool is_whole = true;
  index.each_part([&](const KeyPart& part, bool is_hash) {
    const Attribute* value = find(item, part.name);
    is_whole = is_whole && value && value->type == part.type && !value->text.empty();
    if (is_whole) (is_hash ? hash_values : range_values).push_back(*value);
  });
  if (!is_whole) return std::nullopt;
  std::string key = partition_prefix(index.id, hash_values);
  for (const Attribute& value : range_values) append_ordered(key, value);
  return key;
}

}  // namespace

std::optional<std::string> entry_key(const Table& table, const Index& index, const Item& item) {
  if (index.has_many_parts()) {
    auto key = long_entry_key(index, item);
    if (!key) return std::nullopt;
    append_ordered(*key, *find(item, table.hash.name));
    if (table.range) append_ordered(*key, *find(item, table.range->name));
    return key;
  }
  const Attribute* hash = find(item, index.hash.name);
  const Attribute* range = index.range ? find(item, index.range->name) : nullptr;
  // Items put before the index was there may hold what cannot be its key.
  auto fits = [](const KeyPart& part, const Attribute* value) {
    return value && value->type == part.type && !value->text.empty();
  };
  if (!fits(index.hash, hash) || (index.range && !fits(*index.range, range))) return std::nullopt;
  std::string key = partition_prefix(index.id, *hash);
  if (range) append_ordered(key, *range);
  append_ordered(key, *find(item, table.hash.name));
  if (table.range) append_ordered(key, *find(item, table.range->name));
  return key;
}

Item key_of(const Table& table, const Index* index, const Item& item) {
  Item key;
  auto add = [&](const KeyPart& part) {
    if (const Attribute* value = find(item, part.name)) ensure(key, part.name) = *value;
  };
  add(table.hash);
  if (table.range) add(*table.range);
  if (index) index->each_part([&](const KeyPart& part, bool) { add(part); });
  return key;
}

}  // namespace dynamodb
