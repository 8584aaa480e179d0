// Rows of tables and indexes, page by page.
#include "base/bytes.h"
#include "services/dynamodb/query.h"

namespace dynamodb {

std::string start_position(const Reading& reading) {
  const Table& table = reading.table.row;
  return reading.index ? entry_key(table, *reading.index, *reading.start).value_or("")
                       : item_key(table, *reading.start);
}

namespace {

using Kind = Condition::Kind;

constexpr std::int64_t kPageBytesMax = 1'048'576;

std::uint64_t id_of(const Table& table, const Index* index) { return index ? index->id : table.id; }

// Where a segment's part of the hashes begins; all of them for the one past the last.
std::string segment_begin(std::uint64_t id, std::int64_t number, std::int64_t total) {
  if (number == total) return store::end_of_prefix(store::key(id));
  __extension__ using Wide = unsigned __int128;
  const Wide begin = (static_cast<Wide>(number) << 64) / static_cast<Wide>(total);
  return store::key(id) + base::to_ordered(static_cast<std::uint64_t>(begin));
}

store::Scan scan_of(const Reading& reading) {
  store::Scan scan{.prefix = store::key(id_of(reading.table.row, reading.index))};
  if (reading.is_forward) {
    if (reading.start) {
      scan.after = std::max(start_position(reading), reading.rows.low);
    } else {
      scan.from = reading.rows.low;
    }
    scan.until = reading.rows.high;
  } else {
    scan.direction = store::Direction::kReverse;
    scan.after = reading.start ? std::min(start_position(reading), reading.rows.high) : reading.rows.high;
  }
  return scan;
}

Units& units_of(Consumption& used, const Index* index) {
  if (!index) return used.table;
  return (index->is_local ? used.local_indexes : used.global_indexes)[index->name];
}

// Takes an item into the page, if it passes the filter.
void consider(const Reading& reading, Stored stored, Page& page) {
  if (reading.fetches_whole) {
    auto whole = get_item(reading.table, item_key(reading.table.row, stored.item()));
    if (whole) stored = *std::move(whole);
    page.used.table.read += read_units(stored.size(), reading.consistency);
  }
  if (reading.filter && !is_true(*reading.filter, stored.item())) return;
  ++page.count;
  if (reading.only_counts) return;
  if (reading.projected) {
    page.items.add(encode(project(stored.item(), *reading.projected)));
  } else {
    page.items.add(stored.bytes());
  }
}

}  // namespace

Rows rows_of(const Table& table, const Index* index, const KeyRange& range) {
  std::string low = partition_prefix(id_of(table, index), range.hash);
  if (!range.more_hash.empty()) {
    std::vector<Attribute> hashes{range.hash};
    hashes.insert(hashes.end(), range.more_hash.begin(), range.more_hash.end());
    low = partition_prefix(id_of(table, index), hashes);
  }
  for (const Attribute& value : range.leading) append_ordered(low, value);
  std::string high = store::end_of_prefix(low);
  if (!range.comparison) return {std::move(low), std::move(high)};
  std::string at = low, end;
  if (*range.comparison == Kind::kBeginsWith) {
    append_ordered_start(at, range.values[0]);
  } else {
    append_ordered(at, range.values[0]);
  }
  end = store::end_of_prefix(at);
  switch (*range.comparison) {
    case Kind::kEqual:
    case Kind::kBeginsWith: return {std::move(at), std::move(end)};
    case Kind::kLess: return {std::move(low), std::move(at)};
    case Kind::kLessOrEqual: return {std::move(low), std::move(end)};
    case Kind::kGreater: return {std::move(end), std::move(high)};
    case Kind::kGreaterOrEqual: return {std::move(at), std::move(high)};
    default: append_ordered(low, range.values[1]); return {std::move(at), store::end_of_prefix(low)};
  }
}

Rows rows_of(const Table& table, const Index* index, const Segment& segment) {
  const std::uint64_t id = id_of(table, index);
  return {segment_begin(id, segment.number, segment.total), segment_begin(id, segment.number + 1, segment.total)};
}

Page read_page(const Reading& reading) {
  Page page;
  std::int64_t bytes = 0;
  std::string last;
  bool is_full = false;
  if (reading.rows.low < reading.rows.high) {
    reading.table.tx.scan(kItemViews, scan_of(reading), [&](std::string_view key, const ItemView& row) {
      if (!reading.is_forward && key < reading.rows.low) return false;
      Stored stored = open_view(reading.table, nullptr, row.bytes);
      bytes += stored.size();
      ++page.scanned;
      is_full = page.scanned == reading.limit || bytes >= kPageBytesMax;
      if (is_full) page.last = key_of(reading.table.row, reading.index, stored.item());
      consider(reading, std::move(stored), page);
      return !is_full;
    });
  }
  units_of(page.used, reading.index).read += read_units(bytes, reading.consistency);
  return page;
}

Page read_ranges(Reading& reading, std::vector<Rows> ranges) {
  std::ranges::sort(ranges, {}, &Rows::low);
  const auto repeated = std::ranges::unique(ranges, {}, &Rows::low);
  ranges.erase(repeated.begin(), repeated.end());
  if (!reading.is_forward) std::ranges::reverse(ranges);
  const std::string start = reading.start ? start_position(reading) : "";
  const double units_max = read_units(kPageBytesMax, reading.consistency);
  Page all;
  for (Rows& rows : ranges) {
    if (reading.start && (reading.is_forward ? start >= rows.high : start < rows.low)) continue;
    reading.rows = std::move(rows);
    Page page = read_page(reading);
    all.items.add(page.items);
    all.count += page.count;
    all.scanned += page.scanned;
    all.used.add(page.used);
    all.last = std::move(page.last);
    reading.limit -= page.scanned;
    if (all.last || units_of(all.used, reading.index).read >= units_max) break;
  }
  return all;
}

}  // namespace dynamodb
