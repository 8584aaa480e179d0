// Which items are exported, and what of them.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_FilterSpecification.html
#include "services/dynamodb/transfers.h"

namespace dynamodb {

namespace {

// "When you provide this parameter, FilterExpression can only reference non-key attributes."
base::Result<void> check_export_filter(const KeySchema& schema, const ExportFilter& read) {
  if (!read.keys || !read.filter) return {};
  for (const std::string& name : attributes_of(*read.filter))
    if (schema.has_part(name))
      return validation_error("Filter Expression can only contain non-primary key attributes: Primary key attribute: " +
                              name);
  return {};
}

}  // namespace

base::Result<ExportFilter> read_export_filter(const Table& table, const Value& specification) {
  ExportFilter read;
  if (specification.is_null()) return read;
  TRY_VOID(check_parameters(
      specification,
      {.expressions = {"ProjectionExpression", "FilterExpression", "KeyConditionExpression"}, .others = {}}));
  Placeholders placeholders = TRY(
      Placeholders::read(specification.at("ExpressionAttributeNames"), specification.at("ExpressionAttributeValues")));
  const KeySchema schema = schema_of(table, nullptr);
  if (specification.has("KeyConditionExpression")) {
    const Condition condition =
        TRY(parse_condition(specification.at("KeyConditionExpression").str(), "KeyConditionExpression", placeholders));
    read.keys = TRY(make_key_range(schema, TRY(split_key_condition(condition))));
  }
  if (specification.has("FilterExpression"))
    read.filter = TRY(parse_condition(specification.at("FilterExpression").str(), "FilterExpression", placeholders));
  read.projected = TRY(read_projection(specification, placeholders));
  TRY_VOID(placeholders.check_all_used());
  TRY_VOID(check_export_filter(schema, read));
  if (read.projected) TRY_VOID(check_key_paths(table, nullptr, *read.projected));
  if (read.filter) TRY_VOID(check_key_paths(table, nullptr, paths_in(*read.filter)));
  return read;
}

}  // namespace dynamodb
