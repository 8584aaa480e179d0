// Backups on demand: making, describing, listing and deleting them.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_HowItWorks.html
#include "services/dynamodb/backups.h"

#include "base/time_text.h"

namespace dynamodb {

namespace {

constexpr std::int64_t kListedBackupsMax = 100;
constexpr std::string_view kBackupPart = "/backup/";
// "System backups … are retained for 35 days."
constexpr std::int64_t kDeletedTableKeptMs = 35 * 86'400'000LL;
constexpr std::int64_t kExpiryTriedEveryMs = 60'000;

std::string_view show_status(const Backup& backup) {
  return backup.status == BackupStatus::kAvailable ? "AVAILABLE" : "CREATING";
}

std::string_view show_backup_type(const Backup& backup) { return backup.expires_ms == 0 ? "USER" : "SYSTEM"; }

Value show_backup(const OpenBackup& backup) {
  Value shown(Value::Map{{"BackupArn", backup.arn()},
                         {"BackupName", backup.row.name},
                         {"BackupSizeBytes", backup.tx.unrecorded().count(kBytes, store::key(backup.row.id))},
                         {"BackupStatus", show_status(backup.row)},
                         {"BackupType", show_backup_type(backup.row)},
                         {"BackupCreationDateTime", backup.row.created_ms}});
  if (backup.row.expires_ms != 0) shown.set("BackupExpiryDateTime", backup.row.expires_ms);
  return shown;
}

Value pick(const Value& shown, std::initializer_list<std::string_view> names) {
  Value picked(Value::Map{});
  for (std::string_view name : names)
    if (shown.has(name)) picked.set(name, shown.at(name));
  return picked;
}

Value pick_each(const Value& list, std::initializer_list<std::string_view> names) {
  Value::List picked;
  for (const Value& one : list.list()) picked.push_back(pick(one, names));
  return picked;
}

Value describe_backup(Call& call, const OpenBackup& backup) {
  const OpenTable table{.tx = backup.tx, .row = backup.row.table};
  const Value shown = show_table(call, table, backup.row.details, Moment::kNow);
  Value source = pick(shown, {"TableName", "TableId", "TableArn", "KeySchema", "OnDemandThroughput"});
  const std::string counter = store::key(backup.row.id);
  source.set("TableSizeBytes", backup.tx.unrecorded().count(kBytes, counter));
  source.set("ItemCount", backup.tx.unrecorded().count(kCounts, counter));
  source.set("TableCreationDateTime", backup.row.details.created_ms);
  source.set("ProvisionedThroughput",
             pick(shown.at("ProvisionedThroughput"), {"ReadCapacityUnits", "WriteCapacityUnits"}));
  source.set("BillingMode", table.row.billing == Billing::kOnDemand ? "PAY_PER_REQUEST" : "PROVISIONED");
  Value features(Value::Map{{"TimeToLiveDescription", show_time_to_live(table.row)}});
  if (shown.has("LocalSecondaryIndexes"))
    features.set("LocalSecondaryIndexes",
                 pick_each(shown.at("LocalSecondaryIndexes"), {"IndexName", "KeySchema", "Projection"}));
  if (shown.has("GlobalSecondaryIndexes"))
    features.set("GlobalSecondaryIndexes",
                 pick_each(shown.at("GlobalSecondaryIndexes"),
                           {"IndexName", "KeySchema", "Projection", "ProvisionedThroughput", "OnDemandThroughput"}));
  if (shown.has("StreamSpecification")) features.set("StreamDescription", shown.at("StreamSpecification"));
  if (shown.has("SSEDescription")) features.set("SSEDescription", shown.at("SSEDescription"));
  return Value::Map{{"BackupDetails", show_backup(backup)},
                    {"SourceTableDetails", std::move(source)},
                    {"SourceTableFeatureDetails", std::move(features)}};
}

struct BackupName {
  TableName table;
  std::string label;
};

std::optional<BackupName> parse_backup_arn(const Call& call, std::string_view arn) {
  const std::size_t at = arn.find(kBackupPart);
  if (!arn.starts_with("arn:aws:dynamodb:") || at == std::string_view::npos) return std::nullopt;
  return BackupName{parse_table_name(call, arn), std::string(arn.substr(at + kBackupPart.size()))};
}

bool is_listed(const Value& input, const Backup& backup) {
  // "USER … (The default setting if no other backup types are specified.)"
  const std::string_view type = input.has("BackupType") ? std::string_view(input.at("BackupType").str()) : "USER";
  if (!backup.is_users() || (type != "ALL" && type != show_backup_type(backup))) return false;
  if (input.has("TimeRangeLowerBound") && backup.created_ms < input.at("TimeRangeLowerBound").num()) return false;
  return !input.has("TimeRangeUpperBound") || backup.created_ms < input.at("TimeRangeUpperBound").num();
}

Value summarise(const OpenBackup& backup) {
  Value summary = show_backup(backup);
  summary.set("TableName", backup.row.table.name);
  summary.set("TableId", backup.row.details.table_id);
  summary.set("TableArn", table_arn({backup.tx.place(), backup.row.table.name}));
  return summary;
}

}  // namespace

std::string OpenBackup::arn() const {
  return fmt::format("{}{}{}", table_arn({tx.place(), row.table.name}), kBackupPart, row.label);
}

std::string timed_backup_key(const OpenBackup& backup) {
  const store::Place& place = backup.tx.place();
  return store::key(std::string_view(place.account), std::string_view(place.region),
                    std::string_view(backup.row.table.name), std::string_view(backup.row.label));
}

std::optional<OpenBackup> read_backup_key(Call& call, store::KeyReader& parts) {
  const store::Place place{parts.text(), parts.text()};
  const std::string table = parts.text(), label = parts.text();
  const store::Transaction tx = call.tx.at(place);
  auto row = tx.get(kBackups, store::key(std::string_view(table), std::string_view(label)));
  if (!row) return std::nullopt;
  return OpenBackup{tx, *std::move(row)};
}

base::Result<OpenTable> find_table_to_back_up(Call& call, const std::string& name_or_arn) {
  const TableName name = TRY(check_table_name(call, name_or_arn));
  auto table = get_table(call, name);
  if (!table) return error("TableNotFoundException", "Table not found: " + name.name);
  if (table->row.is_restoring) return error("TableInUseException", "Table is being created: " + name.name);
  return *std::move(table);
}

base::Result<OpenBackup> find_backup(Call& call, const std::string& arn) {
  const auto name = parse_backup_arn(call, arn);
  if (!name) return validation_error("Invalid BackupArn: " + arn);
  OpenBackup backup{call.tx.at(name->table.place), {}};
  auto row = backup.tx.get(kBackups, store::key(std::string_view(name->table.name), std::string_view(name->label)));
  if (!row || !row->is_users()) return error("BackupNotFoundException", "Backup not found: " + arn);
  backup.row = *std::move(row);
  return backup;
}

OpenBackup begin_backup(Call& call, OpenTable& table, std::vector<std::uint64_t> kept) {
  OpenBackup backup{table.tx, {}};
  backup.row.id = call.next_sequence();
  backup.row.label = fmt::format("{:014d}-{:08x}", call.now_ms(), call.dice(std::uint64_t{1} << 32));
  backup.row.table = table.row;
  backup.row.details = get_details(table);
  backup.row.created_ms = call.now_ms();
  backup.row.kept = std::move(kept);
  table.row.followers |= kBackupFollows;
  put_table(table);
  begin_trimming(call, table);
  call.arm(kCopy, call.now, timed_backup_key(backup) + store::key(std::string_view()));
  return backup;
}

void keep_deleted_table(Call& call, const OpenTable& table, const TableDetails& details) {
  OpenBackup backup{table.tx, {}};
  backup.row.id = table.row.id;
  backup.row.name = table.row.name + "$DeletedTableBackup";
  backup.row.label = fmt::format("{:014d}-{:08x}", call.now_ms(), call.dice(std::uint64_t{1} << 32));
  backup.row.table = table.row;
  backup.row.details = details;
  backup.row.created_ms = call.now_ms();
  backup.row.expires_ms = call.now_ms() + kDeletedTableKeptMs;
  backup.row.status = BackupStatus::kAvailable;
  backup.put();
  call.arm(kExpireBackup, kernel::from_ms(backup.row.expires_ms), timed_backup_key(backup));
}

// Key: as timed_backup_key.
base::Result<void> expire_backup_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const auto backup = read_backup_key(call, parts);
  if (!backup) return {};
  // A restore that has begun in time goes on to its end.
  if (backup->row.restores > 0) {
    call.arm(kExpireBackup, call.now + kernel::Millis(kExpiryTriedEveryMs), key);
  } else {
    erase_backup(call, *backup);
  }
  return {};
}

void erase_backup(Call& call, const OpenBackup& backup) {
  backup.tx.erase(kBackups, backup.key());
  begin_clearing(call, {.tx = backup.tx, .row = backup.row.table}, backup.row.id);
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateBackup.html
base::Result<Out> CreateBackup(Call& call, In in) {
  OpenTable table = TRY(find_table_to_back_up(call, in.str("TableName")));
  OpenBackup backup = begin_backup(call, table, change_numbers(table));
  backup.row.name = in.str("BackupName");
  backup.put();
  Value shown = show_backup(backup);
  shown.set("BackupSizeBytes", table.tx.unrecorded().count(kBytes, store::key(table.row.id)));
  return Out{{"BackupDetails", std::move(shown)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeBackup.html
base::Result<Out> DescribeBackup(Call& call, In in) {
  return Out{{"BackupDescription", describe_backup(call, TRY(find_backup(call, in.str("BackupArn"))))}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteBackup.html
base::Result<Out> DeleteBackup(Call& call, In in) {
  const OpenBackup backup = TRY(find_backup(call, in.str("BackupArn")));
  if (backup.row.status != BackupStatus::kAvailable || backup.row.restores > 0)
    return error("BackupInUseException", "Backup is in use: " + in.str("BackupArn"));
  Value description = describe_backup(call, backup);
  Value details = description.at("BackupDetails");
  details.set("BackupStatus", "DELETED");
  description.set("BackupDetails", std::move(details));
  erase_backup(call, backup);
  return Out{{"BackupDescription", std::move(description)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBackups.html
base::Result<Out> ListBackups(Call& call, In in) {
  const std::int64_t limit = in.num("Limit", kListedBackupsMax);
  store::Scan scan;
  if (in.has("TableName"))
    scan.prefix = store::key(std::string_view(TRY(check_table_name(call, in.str("TableName"))).name));
  if (in.has("ExclusiveStartBackupArn")) {
    const auto start = parse_backup_arn(call, in.str("ExclusiveStartBackupArn"));
    if (!start) return validation_error("Invalid ExclusiveStartBackupArn");
    scan.after = store::key(std::string_view(start->table.name), std::string_view(start->label));
  }
  Value::List summaries;
  bool has_more = false;
  call.tx.scan(kBackups, scan, [&](std::string_view, Backup& row) {
    if (!is_listed(in.value(), row)) return true;
    has_more = std::ssize(summaries) == limit;
    if (!has_more) summaries.push_back(summarise({call.tx, std::move(row)}));
    return !has_more;
  });
  Out answer;
  if (has_more) answer.set("LastEvaluatedBackupArn", summaries.back().at("BackupArn"));
  answer.set("BackupSummaries", std::move(summaries));
  return answer;
}

}  // namespace dynamodb
