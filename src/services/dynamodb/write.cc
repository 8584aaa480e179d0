// Items into tables: with their entries in indexes, their counts and the record of changes, in one transaction.
#include "services/dynamodb/items.h"
#include "services/dynamodb/replicas.h"

namespace dynamodb {

namespace {

void add_counts(const store::Transaction& tx, std::uint64_t id, std::int64_t items, std::int64_t bytes) {
  const std::string key = store::key(id);
  if (items != 0) tx.add(kCounts, key, items);
  if (bytes != 0) tx.add(kBytes, key, bytes);
}

// An item's entry in an index, if it has one.
struct Entry {
  std::string key, bytes;
};

std::optional<Entry> entry_of(const Table& table, const Index& index, const Stored* item) {
  if (!item) return std::nullopt;
  auto key = entry_key(table, index, item->item());
  if (!key) return std::nullopt;
  return Entry{*std::move(key), entry_bytes(table, index, *item)};
}

std::int64_t size_of_entry(const std::optional<Entry>& entry) {
  return entry ? aws::dynamodb::item_size(entry->bytes) : 0;
}

// "If an update to an item changes the value of an indexed key attribute, two writes are required to delete the
// previous item from the index and to put the new item into it."
double write_entry(Call& call, const OpenTable& table, const Index& index, const ItemChange& change) {
  const bool is_same = change.before && change.after && change.before->bytes() == change.after->bytes();
  if (is_same && index.status == IndexStatus::kActive) return 0;
  std::optional<Entry> before = entry_of(table.row, index, change.before);
  if (before && index.status == IndexStatus::kBackfilling && !table.tx.has(kItems, before->key)) before.reset();
  const std::optional<Entry> after = entry_of(table.row, index, change.after);
  const bool has_moved = before && (!after || after->key != before->key);
  if (has_moved) table.tx.erase(kItems, before->key);
  const bool is_new = after && (!before || has_moved);
  const bool is_changed = after && before && !has_moved && after->bytes != before->bytes;
  if (is_new || is_changed) put_row(call, table, after->key, after->bytes);
  add_counts(table.tx, index.id, std::int64_t{after.has_value()} - std::int64_t{before.has_value()},
             size_of_entry(after) - size_of_entry(before));
  double units = 0;
  if (has_moved) units += write_units(size_of_entry(before));
  if (is_new) units += write_units(size_of_entry(after));
  if (is_changed) units += write_units(std::max(size_of_entry(before), size_of_entry(after)));
  return units;
}

void record_change(Call& call, const OpenTable& table, const ItemChange& change) {
  using aws::dynamodb::Event;
  // A write that changes nothing leaves no record, but for the other replicas of a global table.
  const bool is_same = change.before && change.after && change.before->bytes() == change.after->bytes();
  if (is_same && change.version_ms == 0) return;
  const Item& item = (change.after ? change.after : change.before)->item();
  Change record{.event = !change.before  ? Event::kInsert
                         : !change.after ? Event::kRemove
                                         : Event::kModify,
                .at_ms = call.now_ms(),
                .keys = encode(key_of(table.row, nullptr, item)),
                .old_image = change.before ? make_row(call, table, change.before->bytes()).bytes : "",
                .new_image = change.after ? make_row(call, table, change.after->bytes()).bytes : "",
                .principal = std::string(change.principal),
                .origin_region = std::string(change.origin_region),
                .version_ms = change.version_ms};
  const std::uint64_t hash = partition_hash(*find(item, table.row.hash.name));
  aws::dynamodb::append_change(table.tx, table.row.id, aws::dynamodb::shard_of(hash), record);
  call.wake(aws::dynamodb::changes_topic(table.tx.place(), table.row.id), std::numeric_limits<int>::max());
}

}  // namespace

std::optional<Stored> get_item(const OpenTable& table, std::string_view key) {
  auto found = table.tx.get_viewed(kItemViews, key);
  if (!found) return std::nullopt;
  return open_view(table, std::move(found->bytes), found->row.bytes);
}

Consumption write_item(Call& call, const OpenTable& table, const std::string& key, const ItemChange& change) {
  const std::int64_t size_before = change.before ? change.before->size() : 0;
  const std::int64_t size_after = change.after ? change.after->size() : 0;
  Consumption used;
  used.table.write = write_units(std::max(size_before, size_after));
  if (change.after) {
    put_row(call, table, key, change.after->bytes());
  } else if (change.before) {
    table.tx.erase(kItems, key);
  } else {
    return used;
  }
  add_counts(table.tx, table.row.id, std::int64_t{change.after != nullptr} - std::int64_t{change.before != nullptr},
             size_after - size_before);
  for (const Index& index : table.row.indexes) {
    const double units = write_entry(call, table, index, change);
    if (units > 0) (index.is_local ? used.local_indexes : used.global_indexes)[index.name].write += units;
  }
  if (!table.row.ttl_attribute.empty()) write_expiry(call, table, key, change);
  if ((table.row.followers & kReplicasFollow) != 0 && change.origin_region.empty()) {
    ItemChange replicated = change;
    replicated.version_ms = replicate_write(call, table, key, change);
    record_change(call, table, replicated);
  } else if (table.is_followed()) {
    record_change(call, table, change);
  }
  return used;
}

std::string entry_bytes(const Table& table, const Index& index, const Stored& item) {
  if (index.projection == Projection::kAll) return std::string(item.bytes());
  Item entry = key_of(table, &index, item.item());
  for (const std::string& name : index.included)
    if (const Attribute* value = find(item.item(), name)) ensure(entry, name) = *value;
  return encode(entry);
}

std::int64_t collection_bytes(const OpenTable& table, const Attribute& hash_value) {
  std::int64_t bytes = 0;
  const store::Transaction tx = table.tx.unrecorded();
  auto add = [&](std::uint64_t id) {
    tx.scan(kItemViews, partition_prefix(id, hash_value),
            [&](std::string_view, const ItemView& row) { bytes += aws::dynamodb::item_size(row.bytes); });
  };
  add(table.row.id);
  for (const Index& index : table.row.indexes)
    if (index.is_local) add(index.id);
  return bytes;
}

}  // namespace dynamodb
