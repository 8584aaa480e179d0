// Query and Scan.
#include "services/dynamodb/query.h"

namespace dynamodb {

namespace {

constexpr std::int64_t kSegmentsMax = 1'000'000;

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
  TRY_VOID(check_query_filter(reading, schema, in.has("FilterExpression")));
  TRY_VOID(check_whole_items(input, reading));
  if (reading.projected) TRY_VOID(check_key_paths(table.row, reading.index, *reading.projected));
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
