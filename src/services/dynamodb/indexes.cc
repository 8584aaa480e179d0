// What happens to indexes in its own time: building those that are added to a table with items, and clearing those, and
// tables, that were deleted.
#include "services/dynamodb/items.h"

namespace dynamodb {

namespace {

constexpr std::size_t kRowsPerStep = 500;

// Adds the entries of the next items; answers where to go on, nothing at the end.
std::optional<std::string> backfill_some(Call& call, const OpenTable& table, const Index& index,
                                         std::string_view after) {
  store::Scan scan{.prefix = store::key(table.row.id), .limit = kRowsPerStep};
  if (!after.empty()) scan.after = std::string(after);
  std::string last;
  std::vector<Stored> items;
  const std::size_t visited = table.tx.scan(kItems, scan, [&](std::string_view key, ItemRow& row) {
    last = key;
    items.push_back(open_row(table, std::move(row)));
  });
  for (const Stored& item : items) {
    auto key = entry_key(table.row, index, item.item());
    // What was written since the index was added has its entry.
    if (!key || table.tx.has(kItems, *key)) continue;
    const std::string bytes = entry_bytes(table.row, index, item);
    table.tx.put(kItems, *key, make_row(call, table, bytes));
    table.tx.add(kCounts, store::key(index.id), 1);
    table.tx.add(kBytes, store::key(index.id), aws::dynamodb::item_size(bytes));
  }
  if (visited < kRowsPerStep) return std::nullopt;
  return last;
}

std::string step_key(const OpenTable& table, std::uint64_t id) {
  const store::Place& place = table.tx.place();
  return store::key(std::string_view(place.account), std::string_view(place.region), id);
}

}  // namespace

void begin_backfill(Call& call, const OpenTable& table, const Index& index) {
  call.arm(kBackfill, call.now,
           step_key(table, index.id) + store::key(std::string_view(table.row.name), std::string_view()));
}

void begin_clearing(Call& call, const OpenTable& table, std::uint64_t table_or_index_id) {
  call.arm(kClear, call.now, step_key(table, table_or_index_id));
}

// Key: account, region, index id, table name, the item to go on after.
base::Result<void> backfill_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  store::Place place{parts.text(), parts.text()};
  const std::uint64_t id = parts.unsigned_number();
  const std::string name = parts.text(), after = parts.text();
  auto table = get_table(call, {place, name});
  if (!table) return {};
  auto index = std::ranges::find(table->row.indexes, id, &Index::id);
  if (index == table->row.indexes.end()) return {};
  if (auto last = backfill_some(call, *table, *index, after)) {
    call.arm(kBackfill, call.now, step_key(*table, id) + store::key(std::string_view(name), std::string_view(*last)));
    return {};
  }
  index->status = IndexStatus::kActive;
  put_table(*table);
  return {};
}

// Key: account, region, id of the table or index.
base::Result<void> clear_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const store::Transaction tx = call.tx.at({parts.text(), parts.text()});
  const std::string id = store::key(parts.unsigned_number());
  if (tx.erase_all(kItems, id, kRowsPerStep) == kRowsPerStep) {
    call.arm(kClear, call.now, key);
    return {};
  }
  tx.erase(kCounts, id);
  tx.erase(kBytes, id);
  return {};
}

}  // namespace dynamodb
