// Tables made from backups, and from the record of another table's changes.
#include "aws/dynamodb_seal.h"
#include "services/dynamodb/backups.h"
#include "services/dynamodb/replicas.h"

namespace dynamodb {

namespace {

constexpr std::size_t kRestoredPerStep = 200;

base::Result<void> check_target(Call& call, const std::string& name) {
  if (call.tx.has(kTables, name)) return error("TableAlreadyExistsException", "Table already exists: " + name);
  std::int64_t count = 0;
  call.tx.unrecorded().scan_keys(kTables, {}, [&](std::string_view) { ++count; });
  if (count < call.limit(kTablesMax)) return {};
  return error(
      "LimitExceededException",
      fmt::format("Subscriber limit exceeded: There is a limit of {} tables per subscriber", call.limit(kTablesMax)));
}

base::Result<void> override_billing(const Call& call, const Value& input, Table& table, TableDetails& details) {
  const std::string& mode = input.at("BillingModeOverride").str();
  if (!mode.empty()) table.billing = mode == "PAY_PER_REQUEST" ? Billing::kOnDemand : Billing::kProvisioned;
  const bool has_units = input.has("ProvisionedThroughputOverride");
  if (table.billing == Billing::kOnDemand) {
    if (has_units)
      return invalid_parameter(
          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
    const Value limits(Value::Map{{"OnDemandThroughput", input.at("OnDemandThroughputOverride")}});
    table.throughput = TRY(read_throughput(limits, table.billing));
    details.on_demand_since_ms = call.now_ms();
    for (Index& index : table.indexes) index.throughput = {};
    return {};
  }
  if (!has_units && table.throughput.read_units > 0) return {};
  if (!has_units)
    return invalid_parameter(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  table.throughput = TRY(
      read_throughput(Value::Map{{"ProvisionedThroughput", input.at("ProvisionedThroughputOverride")}}, table.billing));
  return {};
}

// "The indexes provided should match existing secondary indexes. You can choose to exclude some or all of the indexes
// at the time of restore."
base::Result<void> override_indexes(const Value& input, std::string_view member, bool are_local,
                                    const TableDetails& details, Table& table) {
  if (!input.has(member)) return {};
  std::vector<Index> chosen;
  for (const Value& one : input.at(member).list()) {
    Index index = TRY(read_index(one, are_local, details.definitions, table.billing));
    auto known = std::ranges::find(table.indexes, index.name, &Index::name);
    auto same = [](const KeyPart& left, const KeyPart& right) {
      return left.name == right.name && left.type == right.type;
    };
    const bool fits =
        known != table.indexes.end() && known->is_local == are_local && same(known->hash, index.hash) &&
        known->range.has_value() == index.range.has_value() && (!index.range || same(*known->range, *index.range)) &&
        std::ranges::equal(known->more_hash, index.more_hash, same) &&
        std::ranges::equal(known->more_range, index.more_range, same) && known->projection == index.projection;
    if (!fits) return invalid_parameter("Index does not match an index of the source table: " + index.name);
    chosen.push_back(std::move(index));
  }
  std::erase_if(table.indexes, [&](const Index& index) { return index.is_local == are_local; });
  table.indexes.insert(are_local ? table.indexes.begin() : table.indexes.end(), chosen.begin(), chosen.end());
  return {};
}

struct Source {
  Table table;
  TableDetails details;
  std::string table_arn;
  std::string backup_arn;  // empty: a moment of the table
  std::int64_t at_ms = 0;
};

// The table that is restored to, without its items. "You must manually set up … Auto scaling policies, IAM policies,
// … Tags, Stream settings, Time to Live (TTL) settings, Point-in-time recovery settings" on it.
base::Result<OpenTable> make_target(Call& call, const Value& input, const Source& source) {
  TRY_VOID(refuse_missing(input, "a restore"));
  OpenTable target{.tx = call.tx, .row = source.table};
  Table& row = target.row;
  row.name = input.at("TargetTableName").str();
  row.id = call.next_sequence();
  row.followers = 0;
  row.ttl_attribute.clear();
  row.throttling = Throttling::kByBilling;
  row.global_id = row.seal_id = 0;
  row.is_strong = false;
  row.expiry_delay_ms = 0;
  row.replication_lag_ms = replication_lag_of({}, row);
  row.is_restoring = true;
  TableDetails details{.table_id = call.uuid(),
                       .created_ms = call.now_ms(),
                       .definitions = source.details.definitions,
                       .table_class = source.details.table_class,
                       .on_demand_since_ms = source.details.on_demand_since_ms,
                       .restored_backup = source.backup_arn,
                       .restored_table = source.table_arn,
                       .restored_ms = source.at_ms};
  TRY_VOID(override_billing(call, input, row, details));
  TRY_VOID(override_indexes(input, "LocalSecondaryIndexOverride", true, details, row));
  TRY_VOID(override_indexes(input, "GlobalSecondaryIndexOverride", false, details, row));
  for (Index& index : row.indexes) {
    index.id = call.next_sequence();
    index.status = IndexStatus::kActive;
  }
  forget_unused_definitions(row, details);
  if (input.has("SSESpecificationOverride")) {
    TRY_VOID(set_encryption(call, input.at("SSESpecificationOverride"), target, details));
  } else if (source.details.has_own_key) {
    Value same(Value::Map{{"Enabled", true}});
    if (!source.details.has_managed_key) same.set("KMSMasterKeyId", source.details.kms_key);
    TRY_VOID(set_encryption(call, same, target, details));
  }
  put_table(target);
  put_details(target, details);
  return target;
}

base::Result<OpenTable> find_recoverable(Call& call, const Value& input) {
  const std::string& name = input.at(input.has("SourceTableArn") ? "SourceTableArn" : "SourceTableName").str();
  if (name.empty()) return validation_error("Either SourceTableName or SourceTableArn must be specified");
  auto table = get_table(call, TRY(check_table_name(call, name)));
  if (!table) return error("TableNotFoundException", "Table not found: " + parse_table_name(call, name).name);
  if (get_details(*table).recovery_since_ms == 0)
    return error("PointInTimeRecoveryUnavailableException",
                 fmt::format("Point in time recovery is not enabled for table '{}'", table->row.name));
  return *std::move(table);
}

// Of the backup, then region and name of the table that is made of it.
std::string restore_key(const OpenBackup& backup, const OpenTable& target) {
  return timed_backup_key(backup) +
         store::key(std::string_view(target.tx.place().region), std::string_view(target.row.name));
}

}  // namespace

void begin_restore(Call& call, OpenBackup& backup, const OpenTable& target) {
  ++backup.row.restores;
  backup.put();
  call.arm(kRestore, call.now, restore_key(backup, target) + store::key(std::string_view()));
}

// Key: as restore_key, then the item to go on after.
base::Result<void> restore_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  auto backup = read_backup_key(call, parts);
  const std::string region = parts.text(), name = parts.text(), after = parts.text();
  if (!backup) return {};
  auto target = get_table(call, {{backup->tx.place().account, region}, name});
  if (!target || !target->row.is_restoring) return {};
  OpenTable source{.tx = backup->tx, .row = backup->row.table};
  if (source.row.seal_id != 0) source.data_key = aws::dynamodb::get_data_key(call, source.tx, source.row.seal_id);
  store::Scan scan{.prefix = store::key(backup->row.id), .limit = kRestoredPerStep};
  if (!after.empty()) scan.after = after;
  std::string last;
  std::vector<Stored> items;
  const std::size_t visited = backup->tx.scan(kItems, scan, [&](std::string_view item, ItemRow& row) {
    last = item;
    items.push_back(open_row(source, std::move(row)));
  });
  for (const Stored& item : items) write_item(call, *target, item_key(target->row, item.item()), {.after = &item});
  if (visited == kRestoredPerStep) {
    call.arm(kRestore, call.now, restore_key(*backup, *target) + store::key(std::string_view(last)));
    return {};
  }
  target->row.is_restoring = false;
  put_table(*target);
  --backup->row.restores;
  if (backup->row.is_users()) {
    backup->put();
  } else {
    erase_backup(call, *backup);
  }
  return {};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html
base::Result<Out> RestoreTableFromBackup(Call& call, In in) {
  OpenBackup backup = TRY(find_backup(call, in.str("BackupArn")));
  const std::string& name = in.str("TargetTableName");
  TRY_VOID(call.authorize("dynamodb:RestoreTableFromBackup", table_arn({call.place, name})));
  if (backup.tx.place().account != call.place.account)
    return validation_error("Backups can only be restored in their own account");
  if (backup.row.status != BackupStatus::kAvailable)
    return error("BackupInUseException", "Backup is being created: " + in.str("BackupArn"));
  TRY_VOID(check_target(call, name));
  const Source source{backup.row.table, backup.row.details, table_arn({backup.tx.place(), backup.row.table.name}),
                      backup.arn(), backup.row.created_ms};
  const OpenTable target = TRY(make_target(call, in.value(), source));
  begin_restore(call, backup, target);
  return Out{{"TableDescription", show_table(call, target, get_details(target), Moment::kCreating)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
base::Result<Out> RestoreTableToPointInTime(Call& call, In in) {
  const std::string& name = in.str("TargetTableName");
  TRY_VOID(call.authorize("dynamodb:RestoreTableToPointInTime", table_arn({call.place, name})));
  OpenTable table = TRY(find_recoverable(call, in.value()));
  if (table.tx.place().account != call.place.account)
    return validation_error("Tables can only be restored in their own account");
  if (in.flag("UseLatestRestorableTime") == in.has("RestoreDateTime"))
    return validation_error("Exactly one of UseLatestRestorableTime and RestoreDateTime must be specified");
  const RestorableTimes times = restorable_times(call, get_details(table));
  const std::int64_t at_ms = in.flag("UseLatestRestorableTime") ? times.latest_ms : in.num("RestoreDateTime");
  if (at_ms < times.earliest_ms || at_ms > times.latest_ms)
    return error("InvalidRestoreTimeException",
                 "An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime "
                 "and LatestRestorableDateTime.");
  TRY_VOID(check_target(call, name));
  const Source source{table.row, get_details(table), table.arn(), "", at_ms};
  const OpenTable target = TRY(make_target(call, in.value(), source));
  std::vector<std::uint64_t> kept;
  for (std::uint64_t shard = 0; shard < aws::dynamodb::kChangeShards; ++shard)
    kept.push_back(aws::dynamodb::last_change_by(table.tx, table.row.id, shard, at_ms));
  OpenBackup backup = begin_backup(call, table, std::move(kept));
  backup.row.restored_to = target.row.name;
  backup.row.restored_region = call.place.region;
  backup.put();
  return Out{{"TableDescription", show_table(call, target, get_details(target), Moment::kCreating)}};
}

}  // namespace dynamodb
