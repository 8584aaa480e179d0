// Changing tables.
#include "services/dynamodb/replicas.h"

namespace dynamodb {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kOnDemandSwitchesMax = 4;  // a day
constexpr std::size_t kGlobalIndexesPerTableMax = 20;
constexpr std::int64_t kUnitsMax = 1'000'000'000'000;

base::Result<void> check_given(const Value& input) {
  for (const char* name :
       {"ProvisionedThroughput", "BillingMode", "StreamSpecification", "SSESpecification", "ReplicaUpdates",
        "TableClass", "DeletionProtectionEnabled", "OnDemandThroughput", "WarmThroughput"})
    if (input.has(name)) return {};
  if (!input.at("GlobalSecondaryIndexUpdates").list().empty()) return {};
  return validation_error(
      "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
      "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
      "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required");
}

base::Result<void> check_index_updates(const Value::List& updates) {
  std::set<std::string> names;
  int made_or_deleted = 0;
  for (const Value& update : updates) {
    const bool is_change = update.has("Update");
    if (!is_change && !update.has("Create") && !update.has("Delete"))
      return invalid_parameter(
          "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete must not be nu"
          "ll");
    const Value& one = update.at(is_change ? "Update" : update.has("Create") ? "Create" : "Delete");
    const std::string& name = one.at("IndexName").str();
    if (!names.insert(name).second)
      return invalid_parameter("Only one global secondary index update per index is allowed simultaneously. Index: " +
                               name);
    if (!is_change) ++made_or_deleted;
  }
  if (made_or_deleted <= 1) return {};
  return error("LimitExceededException",
               "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
}

// "Friday, January 2, 2026 3:04:05 PM UTC"
std::string long_date(std::int64_t time_ms) {
  constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                  "Thursday", "Friday", "Saturday"};
  constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                     "May",       "June",     "July",     "August",
                                                     "September", "October",  "November", "December"};
  const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(kernel::from_ms(time_ms));
  const std::chrono::year_month_day date(day);
  const std::int64_t seconds = time_ms / 1'000 % 86'400, hour = seconds / 3'600;
  return fmt::format("{}, {} {}, {} {}:{:02}:{:02} {} UTC", kDays[std::chrono::weekday(day).c_encoding()],
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<unsigned>(date.day()),
                     static_cast<int>(date.year()), hour % 12 == 0 ? 12 : hour % 12, seconds / 60 % 60, seconds % 60,
                     hour < 12 ? "AM" : "PM");
}

// "Up to four times a day any time. … at most once every hour" after that.
base::Result<void> check_decrease(const Call& call, const Throughput& throughput) {
  constexpr std::int64_t kFreeDecreases = 4, kHourMs = 3'600'000;
  const bool is_same_day = throughput.decreased_ms / kDayMs == call.now_ms() / kDayMs;
  if (!is_same_day || throughput.decreases < kFreeDecreases || call.now_ms() >= throughput.decreased_ms + kHourMs)
    return {};
  return error("LimitExceededException",
               fmt::format("Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC "
                           "day. After the first 4 decreases, each subsequent decrease in the same UTC day can be "
                           "performed at most once every 3600 seconds. Number of decreases today: {}. Last decrease at "
                           "{}. Next decrease can be made at {}",
                           throughput.decreases, long_date(throughput.decreased_ms),
                           long_date(throughput.decreased_ms + kHourMs)));
}

// Adopts new provisioned units, noting when they went up or down.
base::Result<void> change_units(const Call& call, const Value& given, std::string_view what, Throughput& throughput) {
  Throughput wished = TRY(read_throughput(Value::Map{{"ProvisionedThroughput", given}}, Billing::kProvisioned));
  const bool is_same = wished.read_units == throughput.read_units && wished.write_units == throughput.write_units;
  if (is_same)
    return validation_error(
        fmt::format("The provisioned throughput for the {0} will not change. The requested value equals the current "
                    "value. Current ReadCapacityUnits provisioned for the {0}: {1}. Requested ReadCapacityUnits: {1}. "
                    "Current WriteCapacityUnits provisioned for the {0}: {2}. Requested WriteCapacityUnits: {2}. Refer "
                    "to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
                    what, throughput.read_units, throughput.write_units));
  if (wished.read_units > throughput.read_units || wished.write_units > throughput.write_units)
    throughput.increased_ms = call.now_ms();
  if (wished.read_units < throughput.read_units || wished.write_units < throughput.write_units) {
    TRY_VOID(check_decrease(call, throughput));
    const bool is_same_day = throughput.decreased_ms / kDayMs == call.now_ms() / kDayMs;
    throughput.decreases = is_same_day ? throughput.decreases + 1 : 1;
    throughput.decreased_ms = call.now_ms();
  }
  throughput.read_units = wished.read_units;
  throughput.write_units = wished.write_units;
  return {};
}

base::Result<void> change_billing(Call& call, const Value& input, OpenTable& table, TableDetails& details) {
  const std::string& mode = input.at("BillingMode").str();
  const Billing wished = mode.empty()                ? table.row.billing
                         : mode == "PAY_PER_REQUEST" ? Billing::kOnDemand
                                                     : Billing::kProvisioned;
  if (wished == Billing::kProvisioned && table.row.global_id != 0)
    return validation_error("Table write capacity should either be Pay-Per-Request or AutoScaled.");
  if (wished == Billing::kOnDemand && input.has("ProvisionedThroughput"))
    return invalid_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
  if (mode == "PROVISIONED" && !input.has("ProvisionedThroughput"))
    return invalid_parameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  if (wished == Billing::kOnDemand && table.row.billing != wished) {
    // "You can switch tables from provisioned to on-demand mode up to four times in a 24-hour rolling window."
    std::erase_if(details.billing_changes_ms, [&](std::int64_t at_ms) { return at_ms + kDayMs <= call.now_ms(); });
    if (details.billing_changes_ms.size() >= kOnDemandSwitchesMax)
      return error("LimitExceededException",
                   "Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in 24 hour(s).");
    details.billing_changes_ms.push_back(call.now_ms());
    details.on_demand_since_ms = call.now_ms();
    table.row.throughput.read_units = table.row.throughput.write_units = 0;
    for (Index& index : table.row.indexes) index.throughput.read_units = index.throughput.write_units = 0;
  }
  if (wished == Billing::kProvisioned && table.row.billing != wished) {
    std::vector<std::string> missing;
    for (const Index& index : table.row.indexes) {
      const Value::List& updates = input.at("GlobalSecondaryIndexUpdates").list();
      const bool is_given = std::ranges::any_of(
          updates, [&](const Value& update) { return update.at("Update").at("IndexName").str() == index.name; });
      if (!index.is_local && !is_given) missing.push_back(index.name);
    }
    if (!missing.empty())
      return invalid_parameter(
          fmt::format("ProvisionedThroughput must be specified for index: {}", fmt::join(missing, ",")));
  }
  table.row.billing = wished;
  if (input.has("ProvisionedThroughput"))
    TRY_VOID(change_units(call, input.at("ProvisionedThroughput"), "table", table.row.throughput));
  return {};
}

void change_limits(const Value& given, Throughput& throughput) {
  const Value& on_demand = given.at("OnDemandThroughput");
  if (on_demand.has("MaxReadRequestUnits")) throughput.read_units_max = on_demand.at("MaxReadRequestUnits").num();
  if (on_demand.has("MaxWriteRequestUnits")) throughput.write_units_max = on_demand.at("MaxWriteRequestUnits").num();
  const Value& warm = given.at("WarmThroughput");
  if (warm.has("ReadUnitsPerSecond")) throughput.warm_read_units = warm.at("ReadUnitsPerSecond").num();
  if (warm.has("WriteUnitsPerSecond")) throughput.warm_write_units = warm.at("WriteUnitsPerSecond").num();
}

base::Result<void> add_index(Call& call, const Value& given, OpenTable& table, TableDetails& details) {
  Index index = TRY(read_index(given, false, details.definitions, table.row.billing));
  if (table.find_index(index.name)) return validation_error("Attempting to create an index which already exists");
  if (std::ranges::count(table.row.indexes, false, &Index::is_local) >=
      static_cast<std::ptrdiff_t>(kGlobalIndexesPerTableMax))
    return invalid_parameter("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  index.id = call.next_sequence();
  index.status = IndexStatus::kBackfilling;
  begin_backfill(call, table, index);
  table.row.indexes.push_back(std::move(index));
  return check_included_count(table.row);
}

base::Result<void> change_index(Call& call, const Value& update, OpenTable& table, TableDetails& details) {
  if (update.has("Create")) return add_index(call, update.at("Create"), table, details);
  const bool is_deletion = update.has("Delete");
  const Value& given = update.at(is_deletion ? "Delete" : "Update");
  const std::string& name = given.at("IndexName").str();
  auto found = std::ranges::find(table.row.indexes, name, &Index::name);
  const bool is_there = found != table.row.indexes.end() && !found->is_local;
  for (const char* unit : {"ReadCapacityUnits", "WriteCapacityUnits"})
    if (!is_there && given.at("ProvisionedThroughput").at(unit).num() > kUnitsMax)
      return validation_error(
          "This operation cannot be performed with given input values. Please contact DynamoDB service team for more "
          "info: Action Blocked: IndexUpdate");
  if (!is_there)
    return error("ResourceNotFoundException",
                 fmt::format("Requested resource not found: The table does not have the specified index: {}", name));
  if (is_deletion) {
    begin_clearing(call, table, found->id);
    table.row.indexes.erase(found);
    forget_unused_definitions(table.row, details);
    return {};
  }
  change_limits(given, found->throughput);
  if (given.has("ProvisionedThroughput"))
    TRY_VOID(change_units(call, given.at("ProvisionedThroughput"), "index " + name, found->throughput));
  return {};
}

base::Result<void> change_encryption(Call& call, const Value& specification, OpenTable& table, TableDetails& details) {
  const std::string before = details.kms_key;
  const bool was_sealed = table.row.seal_id != 0;
  if (!specification.at("Enabled").flag() && !details.has_own_key)
    return invalid_parameter("Table is already encrypted by default");
  TRY_VOID(set_encryption(call, specification, table, details));
  if (details.has_own_key && details.kms_key == before)
    return invalid_parameter(
        "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change "
        "Master Key");
  if (!was_sealed && table.row.seal_id != 0) begin_sealing(call, table);
  return {};
}

base::Result<void> change_stream(Call& call, const Value& specification, OpenTable& table, TableDetails& details) {
  const StreamView view = TRY(read_stream_view(specification));
  const bool is_open = details.stream_view != StreamView::kNone;
  if (view == StreamView::kNone && table.row.global_id != 0 && !table.row.is_strong)
    return invalid_parameter("Disabling Stream is not allowed for a Global Table replica.");
  if (view == StreamView::kNone && !is_open)
    return validation_error("Table is already disabled for streaming: " + table.row.name);
  if (view != StreamView::kNone && is_open)
    return error("ResourceInUseException", "Table already has an enabled stream: TableName: " + table.row.name);
  if (view == StreamView::kNone) {
    close_stream(call, table, details);
  } else {
    open_stream(call, table, details, view);
  }
  return {};
}

}  // namespace

void forget_unused_definitions(const Table& table, TableDetails& details) {
  std::erase_if(details.definitions, [&](const KeyPart& part) {
    if (table.hash.name == part.name || (table.range && table.range->name == part.name)) return false;
    return std::ranges::none_of(table.indexes, [&](const Index& index) { return index.has_part(part.name); });
  });
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
base::Result<Out> UpdateTable(Call& call, In in) {
  TRY_VOID(check_named(call, in));
  TRY_VOID(refuse_missing(in.value(), "UpdateTable"));
  TRY_VOID(check_given(in.value()));
  if (in.has("ProvisionedThroughput")) TRY_VOID(read_throughput(in.value(), Billing::kProvisioned));
  TRY_VOID(check_index_updates(in.list("GlobalSecondaryIndexUpdates")));
  OpenTable table = TRY(find_table_named(call, in));
  if (table.row.is_restoring)
    return error("ResourceInUseException",
                 "Attempt to change a resource which is still in use: Table is being created: " + table.row.name);
  TableDetails details = get_details(table);
  const bool is_building =
      std::ranges::find(table.row.indexes, IndexStatus::kBackfilling, &Index::status) != table.row.indexes.end();
  if (is_building)
    return error("ResourceInUseException",
                 "Attempt to change a resource which is still in use: Table is being updated: " + table.row.name);
  if (asks_for_replicas(in.value())) {
    TRY_VOID(update_replicas(call, in.value(), table, details));
    put_details(table, details);
    return Out{{"TableDescription", show_table(call, table, details, Moment::kUpdating)}};
  }
  for (KeyPart& part : TRY(read_definitions(in.list("AttributeDefinitions")))) {
    auto known = std::ranges::find(details.definitions, part.name, &KeyPart::name);
    if (known == details.definitions.end()) details.definitions.push_back(std::move(part));
  }
  TRY_VOID(change_billing(call, in.value(), table, details));
  change_limits(in.value(), table.row.throughput);
  if (in.has("StreamSpecification")) TRY_VOID(change_stream(call, in["StreamSpecification"], table, details));
  for (const Value& update : in.list("GlobalSecondaryIndexUpdates"))
    TRY_VOID(change_index(call, update, table, details));
  forget_unused_definitions(table.row, details);
  if (in.has("DeletionProtectionEnabled")) details.is_protected = in.flag("DeletionProtectionEnabled");
  if (in.has("SSESpecification")) TRY_VOID(change_encryption(call, in["SSESpecification"], table, details));
  if (in.has("TableClass") && in.str("TableClass") != details.table_class) {
    details.table_class = in.str("TableClass");
    details.class_changed_ms = call.now_ms();
  }
  put_table(table);
  put_details(table, details);
  synchronise_replicas(call, table, details);
  return Out{{"TableDescription", show_table(call, table, details, Moment::kUpdating)}};
}

}  // namespace dynamodb
