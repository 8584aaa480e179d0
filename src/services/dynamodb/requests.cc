// Parameters that several operations have.
#include "services/dynamodb/items.h"

namespace dynamodb {

namespace {

constexpr std::int64_t kGigabyte = 1'073'741'824;

std::string join_given(const Value& input, const std::initializer_list<std::string_view>& names) {
  std::string given;
  for (std::string_view name : names) {
    if (!input.has(name)) continue;
    if (!given.empty()) given += ", ";
    given += name;
  }
  return given;
}

}  // namespace

base::Result<void> check_parameters(const Value& input, const ParameterNames& names) {
  const std::string expressions = join_given(input, names.expressions), others = join_given(input, names.others);
  if (!expressions.empty() && !others.empty())
    return validation_error(
        fmt::format("Can not use both expression and non-expression parameters in the same request: Non-expression "
                    "parameters: {{{}}} Expression parameters: {{{}}}",
                    others, expressions));
  if (expressions.empty() && input.has("ExpressionAttributeNames"))
    return validation_error("ExpressionAttributeNames can only be specified when using expressions");
  std::string with_values;
  std::size_t count = 0;
  bool is_given = false;
  for (std::string_view name : names.expressions) {
    if (name == "ProjectionExpression") continue;
    if (count++ > 0) with_values += " and ";
    with_values += name;
    is_given = is_given || input.has(name);
  }
  if (count > 0 && !is_given && input.has("ExpressionAttributeValues"))
    return validation_error(
        fmt::format("ExpressionAttributeValues can only be specified when using expressions: {} {} nu"
                    "ll",
                    with_values, count > 1 ? "are" : "is"));
  return {};
}

base::Result<std::optional<Condition>> read_condition(const Value& input, Placeholders& placeholders) {
  if (input.has("ConditionExpression"))
    return TRY(parse_condition(input.at("ConditionExpression").str(), "ConditionExpression", placeholders));
  return read_expected(input.at("Expected"), input.at("ConditionalOperator"));
}

base::Result<std::optional<Projected>> read_projection(const Value& input, Placeholders& placeholders) {
  if (input.has("ProjectionExpression"))
    return TRY(parse_projection(input.at("ProjectionExpression").str(), placeholders));
  if (!input.has("AttributesToGet")) return std::nullopt;
  Projected paths;
  for (const Value& name : input.at("AttributesToGet").list()) {
    Path path{{.name = name.str()}};
    if (std::ranges::find(paths, path) != paths.end())
      return invalid_parameter("Duplicate value in attribute name: " + name.str());
    paths.push_back(std::move(path));
  }
  return paths;
}

base::Result<void> check_condition(const std::optional<Condition>& condition, const Stored* item, const Value& input) {
  if (!condition || is_true(*condition, item ? item->item() : Item{})) return {};
  Value details(Value::Map{});
  if (item && input.at("ReturnValuesOnConditionCheckFailure").str() == "ALL_OLD") details.set("Item", item->shown());
  return error("ConditionalCheckFailedException", "The conditional request failed", std::move(details));
}

base::Result<void> check_return_values(const Value& input) {
  const std::string& wanted = input.at("ReturnValues").str();
  if (wanted.empty() || wanted == "NONE" || wanted == "ALL_OLD") return {};
  return validation_error("ReturnValues can only be ALL_OLD or NONE");
}

base::Result<void> check_key_paths(const Table& table, const Index* index, const std::vector<Path>& paths) {
  auto is_key = [](const KeyPart& hash, const std::optional<KeyPart>& range, const std::string& name) {
    return name == hash.name || (range && name == range->name);
  };
  auto role_of = [&](const std::string& name) -> std::string_view {
    if (is_key(table.hash, table.range, name)) return "Key";
    auto names = [&](const Index& one) { return one.has_part(name); };
    return (index && names(*index)) || std::ranges::any_of(table.indexes, names) ? "IndexKey" : "";
  };
  for (const Path& path : paths) {
    const std::string_view role = path.size() > 1 ? role_of(path.front().name) : "";
    if (!role.empty())
      return validation_error(
          fmt::format("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: {}: "
                      "{}",
                      role, path.front().name));
  }
  return {};
}

Value show_collection(const OpenTable& table, const Item& key) {
  const Attribute& hash = *find(key, table.row.hash.name);
  const std::int64_t gigabytes = collection_bytes(table, hash) / kGigabyte;
  return Value::Map{
      {"ItemCollectionKey", Value::Map{{table.row.hash.name, to_value(hash)}}},
      {"SizeEstimateRangeGB", Value::List{static_cast<double>(gigabytes), static_cast<double>(gigabytes + 1)}}};
}

void set_metrics(const OpenTable& table, const Item& key, const Value& input, const Consumption& used, Out& out) {
  if (input.has("ReturnConsumedCapacity")) {
    Value shown = show_consumption(table.row.name, used, input.at("ReturnConsumedCapacity").str(), Detail::kPlain);
    if (!shown.is_null()) out.set("ConsumedCapacity", std::move(shown));
  }
  const bool has_local = std::ranges::any_of(table.row.indexes, &Index::is_local);
  if (has_local && input.at("ReturnItemCollectionMetrics").str() == "SIZE")
    out.set("ItemCollectionMetrics", show_collection(table, key));
}

}  // namespace dynamodb
