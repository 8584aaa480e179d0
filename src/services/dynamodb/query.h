#pragma once

#include "services/dynamodb/items.h"

// Reading many items of a table or an index in order.
namespace dynamodb {

// What of a partition a query reads: the partition key's value, and a condition on the sort key.
struct KeyRange {
  Attribute hash;
  std::vector<Attribute> more_hash = {};      // of further partition attributes, and
  std::vector<Attribute> leading = {};        // what the sort attributes before the compared one are, in an index
  std::optional<Condition::Kind> comparison;  // kEqual, kLess, …, kBetween, kBeginsWith
  std::vector<Attribute> values;
};

struct Segment {
  std::int64_t number = 0, total = 1;
};

// Rows of kItems to be read: keys from `low` up to but not including `high`.
struct Rows {
  std::string low, high;
};

struct Reading {
  const OpenTable& table;
  const Index* index = nullptr;
  Rows rows = {};
  bool is_forward = true;
  std::optional<Item> start = std::nullopt;  // the key to go on after
  std::int64_t limit = std::numeric_limits<std::int64_t>::max();
  std::optional<Condition> filter = std::nullopt;
  std::optional<Projected> projected = std::nullopt;
  bool only_counts = false;
  bool fetches_whole = false;  // items from the table, of an index that does not have all of them
  Consistency consistency = Consistency::kEventual;
};

struct Page {
  aws::dynamodb::PackedItems items;
  std::int64_t count = 0, scanned = 0;
  std::optional<Item> last;  // where the next page goes on; nothing when there is none
  Consumption used;
};

// pages.cc: "A single Query operation can retrieve a maximum of 1 MB of data." Answers what was found before.
Page read_page(const Reading& reading);
std::string start_position(const Reading& reading);  // the row that `start`, which is there, means
// Likewise of several ranges, which do not overlap, in their order.
Page read_ranges(Reading& reading, std::vector<Rows> ranges);
Rows rows_of(const Table& table, const Index* index, const KeyRange& range);
Rows rows_of(const Table& table, const Index* index, const Segment& segment);

// key_condition.cc
struct KeySchema {
  const KeyPart& hash;
  const KeyPart* range;
  const Index* long_index = nullptr;  // an index whose keys have more attributes than these

  bool has_part(std::string_view name) const {
    return name == hash.name || (range && name == range->name) || (long_index && long_index->has_part(name));
  }
};
KeySchema schema_of(const Table& table, const Index* index);
using KeyConditions = std::vector<std::pair<std::string, Condition>>;  // by attribute, which is the first operand
base::Result<KeyConditions> split_key_condition(const Condition& condition);
base::Result<void> check_hash_condition(const KeySchema& schema, const KeyConditions& conditions);
base::Result<KeyRange> make_key_range(const KeySchema& schema, const KeyConditions& conditions);
bool is_in_range(const KeyRange& range, const Attribute& value);

// select.cc: what Query and Scan have in common besides their keys.
base::Result<std::optional<Item>> read_start_key(const Value& input);
// An ExclusiveStartKey is checked in two steps, with other checks between them.
// `conditions` are those of a query; null in a scan.
base::Result<void> check_start_parts(const Table& table, const Index* index, const Item& start,
                                     const KeyConditions* conditions);
base::Result<void> check_start_key(const Table& table, const Item& start);
base::Result<const Index*> find_readable_index(const OpenTable& table, const Value& input);
// Whether ALL_ATTRIBUTES, if asked for, can be had from the index.
base::Result<void> check_whole_items(const Value& input, const Reading& reading);
base::Result<void> apply_select(const Value& input, Reading& reading);
Out show_page(const Value& input, const Reading& reading, Page page);

}  // namespace dynamodb
