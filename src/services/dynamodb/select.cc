// What Query and Scan have in common: the index, where to go on, what of the items to answer.
#include "services/dynamodb/query.h"

namespace dynamodb {

namespace {

// Attributes that a projection of an index does not have.
std::vector<std::string> missing_in_index(const Reading& reading, const std::vector<std::string>& names) {
  std::vector<std::string> missing;
  const Index* index = reading.index;
  if (!index || index->projection == Projection::kAll) return missing;
  const Table& table = reading.table.row;
  for (const std::string& name : names) {
    const bool is_there = name == table.hash.name || (table.range && name == table.range->name) ||
                          index->has_part(name) || std::ranges::find(index->included, name) != index->included.end();
    if (!is_there && std::ranges::find(missing, name) == missing.end()) missing.push_back(name);
  }
  return missing;
}

}  // namespace

base::Result<std::optional<Item>> read_start_key(const Value& input) {
  if (!input.has("ExclusiveStartKey")) return std::nullopt;
  auto key = read_item(input.at("ExclusiveStartKey").map());
  if (key) return *std::move(key);
  const std::string& message = key.error().message;
  const bool stands_alone =
      std::ranges::any_of(std::initializer_list<std::string_view>{"contains duplicates", "number set", "numeric value",
                                                                  "significant digits", "number with magnitude"},
                          [&](std::string_view part) { return message.find(part) != std::string::npos; });
  return validation_error((stands_alone ? "" : "The provided starting key is invalid: ") + message);
}

base::Result<void> check_start_parts(const Table& table, const Index* index, const Item& start,
                                     const KeyConditions* conditions) {
  auto is_table_key = [&](const KeyPart& part) {
    return part.name == table.hash.name || (table.range && part.name == table.range->name);
  };
  std::size_t parts = table.range ? 2 : 1;
  if (index)
    index->each_part([&](const KeyPart& part, bool) {
      if (!is_table_key(part)) ++parts;
    });
  const bool is_plain_scan = !conditions && !index;
  if (start.size() != parts)
    return validation_error(is_plain_scan ? "The provided starting key is invalid: The provided key element does not "
                                            "match the schema"
                                          : "The provided starting key is invalid");
  if (is_plain_scan) return {};
  auto check = [&](const KeyPart& part, bool is_hash) -> base::Result<void> {
    const Attribute* value = find(start, part.name);
    if (!value) return validation_error("The provided starting key is invalid");
    if (value->type != part.type) return validation_error("The provided key element does not match the schema");
    return check_key_value(part, is_hash, *value);
  };
  const KeySchema schema = schema_of(table, index);
  if (schema.long_index) {
    base::Result<void> fits;
    index->each_part([&](const KeyPart& part, bool is_hash) {
      if (fits) fits = check(part, is_hash);
    });
    return fits;
  }
  TRY_VOID(check(schema.hash, true));
  if (conditions) TRY_VOID(check_hash_condition(schema, *conditions));
  return schema.range ? check(*schema.range, false) : base::Result<void>();
}

base::Result<void> check_start_key(const Table& table, const Item& start) {
  auto fits = check_key(table, key_of(table, nullptr, start));
  if (fits) return {};
  return validation_error("The provided starting key is invalid: " + fits.error().message);
}

base::Result<const Index*> find_readable_index(const OpenTable& table, const Value& input) {
  if (!input.has("IndexName")) return nullptr;
  const std::string& name = input.at("IndexName").str();
  const Index* index = table.find_index(name);
  if (!index) return validation_error("The table does not have the specified index: " + name);
  if (!index->is_local && input.at("ConsistentRead").flag())
    return validation_error("Consistent reads are not supported on global secondary indexes");
  if (index->status == IndexStatus::kBackfilling)
    return validation_error("Cannot read from backfilling global secondary index: " + name);
  return index;
}

base::Result<void> check_whole_items(const Value& input, const Reading& reading) {
  const Index* index = reading.index;
  const bool has_all = !index || index->is_local || index->projection == Projection::kAll;
  if (has_all || input.at("Select").str() != "ALL_ATTRIBUTES") return {};
  return invalid_parameter(
      fmt::format("Select type ALL_ATTRIBUTES is not supported for global secondary index {} because its projection "
                  "type is not ALL",
                  index->name));
}

base::Result<void> apply_select(const Value& input, Reading& reading) {
  const std::string& select = input.at("Select").str();
  const bool is_projected = reading.projected.has_value();
  const Index* index = reading.index;
  if (select == "SPECIFIC_ATTRIBUTES" && !is_projected)
    return invalid_parameter(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
  if (!select.empty() && select != "SPECIFIC_ATTRIBUTES" && is_projected)
    return invalid_parameter(fmt::format("Cannot specify the {} when choosing to get {}",
                                         input.has("ProjectionExpression") ? "ProjectionExpression" : "AttributesToGet",
                                         select == "COUNT" ? "only the Count" : select));
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !index)
    return invalid_parameter("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  reading.only_counts = select == "COUNT";
  TRY_VOID(check_whole_items(input, reading));
  const bool wants_all = select == "ALL_ATTRIBUTES" && index && index->projection != Projection::kAll;
  std::vector<std::string> names;
  if (is_projected)
    for (const Path& path : *reading.projected) names.push_back(path.front().name);
  const std::vector<std::string> missing = missing_in_index(reading, names);
  if (!missing.empty() && !index->is_local)
    return invalid_parameter(
        fmt::format("Global secondary index {} does not project [{}]", index->name, fmt::join(missing, ", ")));
  reading.fetches_whole = wants_all || !missing.empty();
  return {};
}

Out show_page(const Value& input, const Reading& reading, Page page) {
  Out out;
  if (!reading.only_counts) out.set("Items", std::move(page.items).pack());
  out.set("Count", page.count);
  out.set("ScannedCount", page.scanned);
  if (page.last) out.set("LastEvaluatedKey", to_value(*page.last));
  Value used =
      show_consumption(reading.table.row.name, page.used, input.at("ReturnConsumedCapacity").str(), Detail::kPlain);
  if (!used.is_null()) out.set("ConsumedCapacity", std::move(used));
  return out;
}

}  // namespace dynamodb
