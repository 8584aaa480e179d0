// Lookup tables: what queries enrich events with.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Lookup.html
#include "aws/log_lookup_table.h"
#include "base/arn.h"
#include "services/logs/queries.h"

namespace logs {

namespace {

constexpr std::size_t kLookupTablesMax = 100;  // "up to 100 lookup tables per account per Region"
constexpr std::int64_t kLookupPageMax = 50;
constexpr std::string_view kLookupPrefix = "lookup-table:";

std::string lookup_arn(const Call& call, std::string_view name) {
  return call.arn("logs", std::string(kLookupPrefix) + std::string(name));
}

Result<LookupTable> find_lookup_table(Call& call, const std::string& text) {
  const base::Arn arn = base::Arn::parse(text);
  const bool is_one = arn.service == "logs" && arn.resource.starts_with(kLookupPrefix);
  if (!is_one) return error("InvalidParameterException", "lookupTableArn is not the ARN of a lookup table.");
  auto row = arn.account == call.place.account && arn.region == call.place.region
                 ? call.tx.get(kLookupTables, arn.resource.substr(kLookupPrefix.size()))
                 : std::nullopt;
  if (!row) return error("ResourceNotFoundException", "The specified lookup table does not exist.");
  return *std::move(row);
}

// The text that the request gives. Errors: InvalidParameterException.
Result<std::string> lookup_body(In in) {
  if (in.has("kmsKeyId"))
    return base::fail("NotImplemented", "Lookup tables under a KMS key of one's own are not implemented.");
  if (in.has("queryId")) return base::fail("NotImplemented", "Lookup tables of query results are not implemented.");
  if (!in.has("tableBody")) return error("InvalidParameterException", "Either tableBody or queryId must be given.");
  TRY(aws::LogLookupTable::read(in.str("tableBody")));
  return in.str("tableBody");
}

Value show_lookup_table(const Call& call, const LookupTable& row) {
  Out shown{{"lookupTableArn", lookup_arn(call, row.name)},
            {"lookupTableName", row.name},
            {"sizeBytes", std::ssize(row.body)},
            {"lastUpdatedTime", row.updated_ms}};
  if (!row.description.empty()) shown.set("description", row.description);
  return shown;
}

}  // namespace

Result<LookupTables> open_lookup_tables(Call& call, const aws::LogQuery& query) {
  LookupTables tables;
  for (const auto& [name, columns] : query.lookups()) {
    const auto row = call.tx.get_shared(kLookupTables, name);
    if (!row) return error("ResourceNotFoundException", fmt::format("The lookup table {} does not exist.", name));
    auto table = std::make_shared<const aws::LogLookupTable>(TRY(aws::LogLookupTable::read(row->body)));
    for (const std::string& column : columns)
      if (!table->column(column))
        return error("MalformedQueryException", fmt::format("The lookup table {} has no column {}.", name, column));
    tables.emplace(name, std::move(table));
  }
  return tables;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLookupTable.html
base::Result<Out> CreateLookupTable(Call& call, In in) {
  const std::string& name = in.str("lookupTableName");
  LookupTable row{.name = name,
                  .description = in.str("description"),
                  .body = TRY(lookup_body(in)),
                  .created_ms = call.now_ms(),
                  .updated_ms = call.now_ms()};
  if (call.tx.has(kLookupTables, name))
    return error("ResourceAlreadyExistsException", "The specified lookup table already exists.");
  std::size_t count = 0;
  call.tx.scan_keys(kLookupTables, {}, [&](std::string_view) { ++count; });
  if (count >= kLookupTablesMax) return error("LimitExceededException", "Resource limit exceeded.");
  TRY_VOID(add_tags(row.tags, in.map("tags")));
  call.tx.put(kLookupTables, name, row);
  return Out{{"lookupTableArn", lookup_arn(call, name)}, {"createdAt", row.created_ms}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UpdateLookupTable.html
base::Result<Out> UpdateLookupTable(Call& call, In in) {
  LookupTable row = TRY(find_lookup_table(call, in.str("lookupTableArn")));
  row.body = TRY(lookup_body(in));
  if (in.has("description")) row.description = in.str("description");
  row.updated_ms = call.now_ms();
  call.tx.put(kLookupTables, row.name, row);
  return Out{{"lookupTableArn", lookup_arn(call, row.name)}, {"lastUpdatedTime", row.updated_ms}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLookupTable.html
base::Result<Out> GetLookupTable(Call& call, In in) {
  const LookupTable row = TRY(find_lookup_table(call, in.str("lookupTableArn")));
  Value shown = show_lookup_table(call, row);
  shown.set("tableBody", row.body);
  return Out(std::move(shown));
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLookupTables.html
base::Result<Out> DescribeLookupTables(Call& call, In in) {
  store::Scan scan{.prefix = in.str("lookupTableNamePrefix")};
  if (auto after = TRY(read_token(in.value()))) scan.after = *after;
  const auto count_max = static_cast<std::size_t>(in.has("maxResults") ? in.num("maxResults") : kLookupPageMax);
  Out answer;
  Value::List tables;
  std::string last;
  call.tx.scan(kLookupTables, scan, [&](std::string_view key, const LookupTable& row) {
    if (tables.size() == count_max) {
      answer.set("nextToken", write_token(last));
      return false;
    }
    last = key;
    Value shown = show_lookup_table(call, row);
    if (const auto table = aws::LogLookupTable::read(row.body)) {
      Value::List names(table->columns().begin(), table->columns().end());
      shown.set("tableFields", std::move(names));
      shown.set("recordsCount", std::ssize(table->rows()));
    }
    tables.push_back(std::move(shown));
    return true;
  });
  answer.set("lookupTables", std::move(tables));
  return answer;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLookupTable.html
base::Result<Out> DeleteLookupTable(Call& call, In in) {
  const LookupTable row = TRY(find_lookup_table(call, in.str("lookupTableArn")));
  call.tx.erase(kLookupTables, row.name);
  return Out{};
}

}  // namespace logs
