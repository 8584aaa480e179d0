// Tables: making, describing, listing and deleting them.
#include "services/dynamodb/backups.h"
#include "services/dynamodb/replicas.h"

namespace dynamodb {

namespace {

constexpr std::size_t kLocalIndexesMax = 5;
constexpr std::size_t kGlobalIndexesMax = 20;
constexpr std::int64_t kListedTablesMax = 100;

base::Result<void> check_billing(const Value& input, Billing billing) {
  if (billing == Billing::kOnDemand) {
    if (!input.has("ProvisionedThroughput")) return {};
    return invalid_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
  }
  if (!input.has("ProvisionedThroughput"))
    return invalid_parameter(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  if (input.has("OnDemandThroughput"))
    return invalid_parameter("OnDemandThroughput cannot be specified when BillingMode is PROVISIONED");
  return {};
}

// "You can't set warm throughput values below" what a table has from the start.
base::Result<void> check_warm(const Throughput& throughput, Billing billing, const std::string& what) {
  const bool is_on_demand = billing == Billing::kOnDemand;
  auto check = [&](std::string_view kind, std::int64_t warm, std::int64_t least) -> base::Result<void> {
    if (warm == 0 || warm >= least) return {};
    return invalid_parameter(fmt::format(
        "Requested {}UnitsPerSecond for WarmThroughput for {} is lower than {}", kind, what,
        is_on_demand ? "initial throughput for OnDemand. See: "
                       "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html"
                     : fmt::format("{}CapacityUnits of ProvisionedThroughput", kind)));
  };
  TRY_VOID(check("Read", throughput.warm_read_units, is_on_demand ? kWarmReads : throughput.read_units));
  return check("Write", throughput.warm_write_units, is_on_demand ? kWarmWrites : throughput.write_units);
}

base::Result<void> read_local_indexes(const Value::List& given, const std::vector<KeyPart>& definitions, Table& table) {
  if (given.empty()) return invalid_parameter("List of LocalSecondaryIndexes is empty");
  if (!table.range)
    return invalid_parameter(
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
  for (const Value& one : given) {
    const std::string& name = one.at("IndexName").str();
    const Schema schema = TRY(read_schema(one.at("KeySchema").list(), definitions));
    if (!schema.range) return invalid_parameter("Index KeySchema does not have a range key for index: " + name);
    if (schema.hash.name != table.hash.name)
      return invalid_parameter(
          fmt::format("Index KeySchema does not have the same leading hash key as table KeySchema for index: {}. index "
                      "hash key: {}, table hash key: {}",
                      name, schema.hash.name, table.hash.name));
    table.indexes.push_back(TRY(read_index(one, true, definitions, table.billing)));
  }
  if (table.indexes.size() > kLocalIndexesMax)
    return invalid_parameter("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  return {};
}

base::Result<void> read_indexes(const Value& input, const std::vector<KeyPart>& definitions, Table& table) {
  if (input.has("LocalSecondaryIndexes"))
    TRY_VOID(read_local_indexes(input.at("LocalSecondaryIndexes").list(), definitions, table));
  if (input.has("GlobalSecondaryIndexes")) {
    const Value::List& given = input.at("GlobalSecondaryIndexes").list();
    if (given.empty()) return invalid_parameter("List of GlobalSecondaryIndexes is empty");
    for (const Value& one : given) table.indexes.push_back(TRY(read_index(one, false, definitions, table.billing)));
    if (given.size() > kGlobalIndexesMax)
      return invalid_parameter("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  }
  for (std::size_t i = 0; i < table.indexes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (table.indexes[i].name == table.indexes[j].name)
        return invalid_parameter("Duplicate index name: " + table.indexes[i].name);
  return check_included_count(table);
}

base::Result<void> check_table_count(Call& call) {
  const auto count_max = static_cast<std::size_t>(call.limit(kTablesMax));
  std::size_t count = 0;
  call.tx.unrecorded().scan_keys(kTables, {.limit = count_max}, [&](std::string_view) { ++count; });
  if (count < count_max) return {};
  return error("LimitExceededException",
               fmt::format("Subscriber limit exceeded: There is a limit of {} tables per subscriber", count_max));
}

}  // namespace

void erase_table(Call& call, OpenTable& table) {
  TableDetails details = get_details(table);
  close_stream(call, table, details);
  leave_group(call, table);
  forget_insights(table);
  if (table.is_followed()) begin_trimming(call, table);
  if (!table.row.ttl_attribute.empty()) forget_expiries(call, table);
  if (details.recovery_since_ms != 0 && !table.row.is_restoring) {
    keep_deleted_table(call, table, details);
  } else {
    begin_clearing(call, table, table.row.id);
  }
  for (const Index& index : table.row.indexes) begin_clearing(call, table, index.id);
  table.tx.erase(kTables, table.row.name);
  table.tx.erase(kDetails, table.row.name);
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
base::Result<Out> CreateTable(Call& call, In in) {
  TRY_VOID(check_named(call, in));
  TRY_VOID(refuse_missing(in.value(), "CreateTable"));
  const TableName name = TRY(check_table_name(call, in.str("TableName")));
  OpenTable table{.tx = call.tx};
  table.row.name = name.name;
  table.row.billing = in.str("BillingMode") == "PAY_PER_REQUEST" ? Billing::kOnDemand : Billing::kProvisioned;
  TRY_VOID(check_billing(in.value(), table.row.billing));
  table.row.throughput = TRY(read_throughput(in.value(), table.row.billing));
  TableDetails details{.table_id = call.uuid(), .created_ms = call.now_ms()};
  details.definitions = TRY(read_definitions(in.list("AttributeDefinitions")));
  Schema schema = TRY(read_schema(in.list("KeySchema"), details.definitions));
  table.row.hash = std::move(schema.hash);
  table.row.range = std::move(schema.range);
  TRY_VOID(read_indexes(in.value(), details.definitions, table.row));
  TRY_VOID(check_all_used(table.row, details.definitions));
  TRY_VOID(check_warm(table.row.throughput, table.row.billing, "table"));
  for (const Index& index : table.row.indexes)
    if (!index.is_local) TRY_VOID(check_warm(index.throughput, table.row.billing, "index " + index.name));
  const StreamView view = TRY(read_stream_view(in["StreamSpecification"]));
  details.tags = TRY(read_tags(in.list("Tags")));
  if (call.tx.has(kTables, name.name)) return error("ResourceInUseException", "Table already exists: " + name.name);
  TRY_VOID(check_table_count(call));

  table.row.id = call.next_sequence();
  for (Index& index : table.row.indexes) index.id = call.next_sequence();
  if (table.row.billing == Billing::kOnDemand) details.on_demand_since_ms = call.now_ms();
  details.is_protected = in.flag("DeletionProtectionEnabled");
  details.table_class = in.str("TableClass");
  if (in.has("SSESpecification")) TRY_VOID(set_encryption(call, in["SSESpecification"], table, details));
  if (in.has("ResourcePolicy")) TRY_VOID(set_policy(call, in.str("ResourcePolicy"), details));
  if (view != StreamView::kNone) open_stream(call, table, details, view);
  table.row.throttling = throttling_of(details.tags);
  table.row.replication_lag_ms = replication_lag_of(details.tags, table.row);
  put_table(table);
  put_details(table, details);
  return Out{{"TableDescription", show_table(call, table, details, Moment::kCreating)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
base::Result<Out> DescribeTable(Call& call, In in) {
  const OpenTable table = TRY(find_table_named(call, in));
  const TableDetails details = get_details(table);
  Value shown = show_table(call, table, details, Moment::kNow);
  if (!is_key_usable(call, table, details)) shown.set("TableStatus", "INACCESSIBLE_ENCRYPTION_CREDENTIALS");
  return Out{{"Table", std::move(shown)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
base::Result<Out> DeleteTable(Call& call, In in) {
  OpenTable table = TRY(find_table_named(call, in));
  const TableDetails details = get_details(table);
  if (details.is_protected)
    return validation_error(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection "
        "first.");
  if (table.row.is_restoring || (table.row.followers & kBackupFollows) != 0)
    return error("ResourceInUseException",
                 fmt::format("Attempt to change a resource which is still in use: Table is being {}: {}",
                             table.row.is_restoring ? "created" : "backed up", table.row.name));
  TRY_VOID(check_replica_deletion(call, table));
  Value shown = show_table(call, table, details, Moment::kDeleting);
  // AWS: the answer says less than DescribeTable did.
  for (const char* member :
       {"CreationDateTime", "KeySchema", "AttributeDefinitions", "LocalSecondaryIndexes", "GlobalSecondaryIndexes"})
    shown.erase(member);
  erase_table(call, table);
  return Out{{"TableDescription", std::move(shown)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
base::Result<Out> ListTables(Call& call, In in) {
  const std::int64_t limit = in.num("Limit", kListedTablesMax);
  store::Scan scan;
  if (in.has("ExclusiveStartTableName")) scan.after = in.str("ExclusiveStartTableName");
  Value::List names;
  bool has_more = false;
  call.tx.scan_keys(kTables, scan, [&](std::string_view name) {
    has_more = std::ssize(names) == limit;
    if (!has_more) names.push_back(Value(name));
    return !has_more;
  });
  Out answer;
  if (has_more) answer.set("LastEvaluatedTableName", names.back());
  answer.set("TableNames", std::move(names));
  return answer;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html
base::Result<Out> DescribeLimits(Call&, In) {
  return Out{{"AccountMaxReadCapacityUnits", 80'000},
             {"AccountMaxWriteCapacityUnits", 80'000},
             {"TableMaxReadCapacityUnits", 40'000},
             {"TableMaxWriteCapacityUnits", 40'000}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeEndpoints.html
base::Result<Out> DescribeEndpoints(Call& call, In) {
  constexpr int kCachePeriodMinutes = 1'440;
  std::string_view address = call.request.base_url;
  address.remove_prefix(address.find("://") + 3);
  return Out{
      {"Endpoints", Value::List{Value::Map{{"Address", address}, {"CachePeriodInMinutes", kCachePeriodMinutes}}}}};
}

}  // namespace dynamodb
