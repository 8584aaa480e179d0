#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/dynamodb/items.h"

// Backups: copies of a table's items as they were at one moment.
namespace dynamodb {

struct OpenBackup {
  store::Transaction tx;  // stands where the backup does
  Backup row;

  std::string key() const { return store::key(std::string_view(row.table.name), std::string_view(row.label)); }
  std::string arn() const;
  void put() const { tx.put(kBackups, key(), row); }
};

// backups.cc
// Errors: BackupNotFoundException, BackupInUseException when it is still being made.
base::Result<OpenBackup> find_backup(Call& call, const std::string& arn);
// Begins a copy of the table as it is after the changes `kept`, one number per shard; its changes since are recorded.
OpenBackup begin_backup(Call& call, OpenTable& table, std::vector<std::uint64_t> kept);
// "When you delete a table that has point-in-time recovery enabled, DynamoDB automatically creates a backup snapshot
// called a system backup": the items of the table, which is about to go, become those of a backup.
void keep_deleted_table(Call& call, const OpenTable& table, const TableDetails& details);
void erase_backup(Call& call, const OpenBackup& backup);
base::Result<void> expire_backup_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kExpireBackup{"dynamodb.expire_backup", expire_backup_step};
std::string timed_backup_key(const OpenBackup& backup);
std::optional<OpenBackup> read_backup_key(Call& call, store::KeyReader& parts);

// copies.cc: making the copy, step by step, while the table is written to: items are copied as they are found, and what
// was changed since the moment of the backup is taken back afterwards.
base::Result<void> copy_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kCopy{"dynamodb.copy", copy_step};

// restore.cc: a table from a backup, step by step.
base::Result<void> restore_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kRestore{"dynamodb.restore", restore_step};
// `target` is there, without items, and gets those of the backup, which is complete.
void begin_restore(Call& call, OpenBackup& backup, const OpenTable& target);

// recovery.cc
struct RestorableTimes {
  std::int64_t earliest_ms = 0, latest_ms = 0;
};
RestorableTimes restorable_times(const Call& call, const TableDetails& details);
// Errors: TableNotFoundException.
base::Result<OpenTable> find_table_to_back_up(Call& call, const std::string& name_or_arn);

}  // namespace dynamodb
