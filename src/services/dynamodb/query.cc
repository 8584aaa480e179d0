// Query and Scan.
#include "services/dynamodb/query.h"
#include "base/bytes.h"

namespace dynamodb {

namespace {

using Kind = Condition::Kind;

constexpr std::int64_t kPageBytesMax = 1'048'576;
constexpr std::int64_t kSegmentsMax = 1'000'000;

std::uint64_t id_of(const Table& table, const Index* index) { return index ? index->id : table.id; }

// Where a segment's part of the hashes begins; all of them for the one past the last.
std::string segment_begin(std::uint64_t id, std::int64_t number, std::int64_t total) {
  if (number == total) return store::end_of_prefix(store::key(id));
  __extension__ using Wide = unsigned __int128;
  const Wide begin = (static_cast<Wide>(number) << 64) / static_cast<Wide>(total);
  return store::key(id) + base::to_ordered(static_cast<std::uint64_t>(begin));
}

std::string start_position(const Reading& reading) {
  const Table& table = reading.table.row;
  return reading.index ? entry_key(table, *reading.index, *reading.start).value_or("")
                       : item_key(table, *reading.start);
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

namespace {

base::Result<void> check_read(const Value& input, const ParameterNames& names) {
  TRY_VOID(check_parameters(input, names));
  const bool has_filter = input.has("QueryFilter") || input.has("ScanFilter");
  if (input.has("ConditionalOperator") && !has_filter)
    return invalid_parameter("ConditionalOperator cannot be used without Filter or Expected");
  return {};
}

// The older parameters are looked at before all others.
base::Result<void> check_attributes_to_get(const Value& input) {
  if (!input.has("AttributesToGet")) return {};
  Placeholders none;
  TRY_VOID(read_projection(input, none));
  return {};
}

base::Result<void> check_older_filter(const Value& input, std::string_view filter_name) {
  if (input.has(filter_name)) TRY_VOID(read_filter(input.at(filter_name), input.at("ConditionalOperator")));
  return {};
}

// Filters and projections, from the newer or the older parameters.
struct Chosen {
  std::optional<Condition> key_condition, filter;
  std::optional<Projected> projected;
};

base::Result<Chosen> read_chosen(const Value& input, std::string_view filter_name) {
  Chosen chosen;
  if (input.has("AttributesToGet") || input.has(filter_name)) {
    chosen.filter = TRY(read_filter(input.at(filter_name), input.at("ConditionalOperator")));
  }
  Placeholders placeholders =
      TRY(Placeholders::read(input.at("ExpressionAttributeNames"), input.at("ExpressionAttributeValues")));
  if (input.has("KeyConditionExpression"))
    chosen.key_condition =
        TRY(parse_condition(input.at("KeyConditionExpression").str(), "KeyConditionExpression", placeholders));
  if (input.has("FilterExpression"))
    chosen.filter = TRY(parse_condition(input.at("FilterExpression").str(), "FilterExpression", placeholders));
  chosen.projected = TRY(read_projection(input, placeholders));
  TRY_VOID(placeholders.check_all_used());
  return chosen;
}

base::Result<KeyConditions> read_key_conditions(const Value& input, const Chosen& chosen) {
  if (chosen.key_condition) return split_key_condition(*chosen.key_condition);
  const auto read = TRY(read_filter(input.at("KeyConditions"), Value()));
  KeyConditions conditions;
  if (!read) return conditions;
  for (const Condition& one : read->conditions) conditions.emplace_back(one.operands[0].path.front().name, one);
  return conditions;
}

base::Result<void> check_query_start(const Reading& reading, const KeySchema& schema, const KeyRange& range) {
  const Item& start = *reading.start;
  TRY_VOID(check_start_key(reading.table.row, start));
  if (schema.long_index) {
    const std::string position = start_position(reading);
    const Rows rows = rows_of(reading.table.row, reading.index, range);
    if (position >= rows.low && position < rows.high) return {};
    return validation_error("The provided starting key is outside query boundaries based on provided conditions");
  }
  const bool is_same_partition = *find(start, schema.hash.name) == range.hash;
  if (!range.comparison) {
    if (is_same_partition) return {};
    return validation_error("The provided starting key is outside query boundaries based on provided conditions");
  }
  if (!is_in_range(range, *find(start, schema.range->name)))
    return validation_error("The provided starting key does not match the range key predicate");
  if (is_same_partition) return {};
  return validation_error("The query can return at most one row and cannot be restarted");
}

base::Result<void> check_query_filter(const Reading& reading, const KeySchema& schema, bool is_expression) {
  if (!reading.filter) return {};
  for (const std::string& name : attributes_of(*reading.filter))
    if (schema.has_part(name))
      return validation_error(fmt::format("{} can only contain non-primary key attributes: Primary key attribute: {}",
                                          is_expression ? "Filter Expression" : "QueryFilter", name));
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
base::Result<Out> Query(Call& call, In in) {
  const Value& input = in.value();
  // "KeyConditions" goes with other expressions as long as there is no KeyConditionExpression.
  const bool is_mixed = in.has("KeyConditions") && !in.has("KeyConditionExpression");
  TRY_VOID(check_read(
      input,
      is_mixed ? ParameterNames{.expressions = {"ProjectionExpression", "FilterExpression"},
                                .others = {"AttributesToGet", "QueryFilter", "ConditionalOperator"}}
               : ParameterNames{.expressions = {"ProjectionExpression", "FilterExpression", "KeyConditionExpression"},
                                .others = {"AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"}}));
  TRY_VOID(check_older_filter(input, "QueryFilter"));
  TRY_VOID(check_attributes_to_get(input));
  std::optional<Item> start = TRY(read_start_key(input));
  if (!in.has("KeyConditions") && !in.has("KeyConditionExpression"))
    return validation_error(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  Chosen chosen = TRY(read_chosen(input, "QueryFilter"));
  const KeyConditions conditions = TRY(read_key_conditions(input, chosen));
  // Keys of indexes may have more attributes than two.
  if (conditions.empty() || (conditions.size() > 2 && !in.has("IndexName")))
    return validation_error("Conditions can be of length 1 or 2 only");

  OpenTable table = TRY(find_table(call, in.str("TableName")));
  table.tx = table.tx.unrecorded();
  Reading reading{.table = table, .index = TRY(find_readable_index(table, input))};
  const KeySchema schema = schema_of(table.row, reading.index);
  if (start) TRY_VOID(check_start_parts(table.row, reading.index, *start, &conditions));
  const KeyRange range = TRY(make_key_range(schema, conditions));
  reading.start = std::move(start);
  if (reading.start) TRY_VOID(check_query_start(reading, schema, range));
  reading.filter = std::move(chosen.filter);
  reading.projected = std::move(chosen.projected);
  TRY_VOID(check_whole_items(input, reading));
  if (reading.projected) TRY_VOID(check_key_paths(table.row, reading.index, *reading.projected));
  TRY_VOID(check_query_filter(reading, schema, in.has("FilterExpression")));
  if (reading.filter) TRY_VOID(check_key_paths(table.row, reading.index, paths_in(*reading.filter)));
  TRY_VOID(apply_select(input, reading));
  reading.rows = rows_of(table.row, reading.index, range);
  reading.is_forward = !in.has("ScanIndexForward") || in.flag("ScanIndexForward");
  reading.limit = in.num("Limit", reading.limit);
  reading.consistency = in.flag("ConsistentRead") ? Consistency::kStrong : Consistency::kEventual;
  Page page = read_page(reading);
  TRY_VOID(take_capacity(call, table, page.used));
  return show_page(input, reading, std::move(page));
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
base::Result<Out> Scan(Call& call, In in) {
  const Value& input = in.value();
  TRY_VOID(check_read(input, {.expressions = {"ProjectionExpression", "FilterExpression"},
                              .others = {"AttributesToGet", "ScanFilter", "ConditionalOperator"}}));
  TRY_VOID(check_attributes_to_get(input));
  TRY_VOID(check_older_filter(input, "ScanFilter"));
  std::optional<Item> start = TRY(read_start_key(input));
  Segment segment{.number = in.num("Segment"), .total = in.num("TotalSegments", 1)};
  if (in.has("Segment") && !in.has("TotalSegments"))
    return validation_error(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
        "present");
  if (in.has("TotalSegments") && !in.has("Segment"))
    return validation_error(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
        "present");
  if (segment.number >= segment.total || segment.total > kSegmentsMax)
    return validation_error(
        fmt::format("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {} is "
                    "not less than TotalSegments: {}",
                    segment.number, segment.total));
  Chosen chosen = TRY(read_chosen(input, "ScanFilter"));

  OpenTable table = TRY(find_table(call, in.str("TableName")));
  table.tx = table.tx.unrecorded();
  Reading reading{.table = table, .index = TRY(find_readable_index(table, input))};
  reading.rows = rows_of(table.row, reading.index, segment);
  reading.start = std::move(start);
  if (reading.start) {
    TRY_VOID(check_start_parts(table.row, reading.index, *reading.start, nullptr));
    TRY_VOID(check_whole_items(input, reading));
    TRY_VOID(check_start_key(table.row, *reading.start));
    const std::string position = start_position(reading);
    if (position < reading.rows.low || position >= reading.rows.high)
      return validation_error(
          fmt::format("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey "
                      "with correct Segment. TotalSegments: {} Segment: {}",
                      segment.total, segment.number));
  }
  reading.filter = std::move(chosen.filter);
  reading.projected = std::move(chosen.projected);
  if (reading.projected) TRY_VOID(check_key_paths(table.row, reading.index, *reading.projected));
  if (reading.filter) TRY_VOID(check_key_paths(table.row, reading.index, paths_in(*reading.filter)));
  TRY_VOID(apply_select(input, reading));
  reading.limit = in.num("Limit", reading.limit);
  reading.consistency = in.flag("ConsistentRead") ? Consistency::kStrong : Consistency::kEventual;
  Page page = read_page(reading);
  TRY_VOID(take_capacity(call, table, page.used));
  return show_page(input, reading, std::move(page));
}

}  // namespace dynamodb
