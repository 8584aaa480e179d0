// How a backup is made: the items of the table into rows of the backup's own, then back to the moment it is of.
#include "services/dynamodb/transfers.h"

namespace dynamodb {

namespace {

using aws::dynamodb::kChangeShards;

constexpr std::size_t kCopiedPerStep = 500;

// Puts an item, or its absence, into the copy, and keeps the counts.
void set_copy(const OpenBackup& backup, const std::string& key, const std::string& bytes) {
  const std::string counter = store::key(backup.row.id);
  const auto before = backup.tx.get(kItems, key);
  if (before) {
    backup.tx.add(kCounts, counter, -1);
    backup.tx.add(kBytes, counter, -aws::dynamodb::item_size(before->bytes));
  }
  if (bytes.empty()) {
    if (before) backup.tx.erase(kItems, key);
    return;
  }
  backup.tx.put(kItems, key, {bytes});
  backup.tx.add(kCounts, counter, 1);
  backup.tx.add(kBytes, counter, aws::dynamodb::item_size(bytes));
}

// Answers where to go on, nothing at the end.
std::optional<std::string> copy_some(const OpenBackup& backup, const std::string& after) {
  const std::string prefix = store::key(backup.row.table.id), copy_prefix = store::key(backup.row.id);
  store::Scan scan{.prefix = prefix, .limit = kCopiedPerStep};
  if (!after.empty()) scan.after = after;
  std::vector<std::pair<std::string, std::string>> items;
  const std::size_t visited = backup.tx.scan(
      kItems, scan, [&](std::string_view key, ItemRow& row) { items.emplace_back(key, std::move(row.bytes)); });
  for (const auto& [key, bytes] : items) set_copy(backup, copy_prefix + key.substr(prefix.size()), bytes);
  if (visited < kCopiedPerStep) return std::nullopt;
  return items.back().first;
}

// Takes changes back, the newest of each shard first; answers whether that was the last.
bool undo_some(OpenBackup& backup) {
  Table copy = backup.row.table;
  copy.id = backup.row.id;
  std::size_t left = kCopiedPerStep;
  for (std::uint64_t shard = 0; shard < kChangeShards; ++shard) {
    std::uint64_t& number = backup.row.undo[shard];
    for (; number > backup.row.kept[shard]; --number) {
      if (left-- == 0) return false;
      const auto change = backup.tx.get(aws::dynamodb::kChanges, store::key(backup.row.table.id, shard, number));
      if (change) set_copy(backup, item_key(copy, decode(change->keys)), change->old_image);
    }
  }
  return true;
}

// The table need not be followed any more, but for other backups of it.
void stop_following(Call& call, const OpenBackup& backup) {
  auto table = get_table(call, {backup.tx.place(), backup.row.table.name});
  if (!table || table->row.id != backup.row.table.id) return;
  bool has_others = false;
  backup.tx.scan(kBackups, store::key(std::string_view(backup.row.table.name)),
                 [&](std::string_view, const Backup& other) {
                   has_others |= other.table.id == backup.row.table.id && other.label != backup.row.label &&
                                 other.status != BackupStatus::kAvailable;
                 });
  if (has_others) return;
  table->row.followers &= ~kBackupFollows;
  put_table(*table);
}

}  // namespace

// Key: account, region, table name, label, the item to go on after.
base::Result<void> copy_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  auto backup = read_backup_key(call, parts);
  if (!backup) return {};
  const std::string after = parts.text();
  if (backup->row.status == BackupStatus::kCopying) {
    if (auto last = copy_some(*backup, after)) {
      call.arm(kCopy, call.now, timed_backup_key(*backup) + store::key(std::string_view(*last)));
      return {};
    }
    backup->row.status = BackupStatus::kUndoing;
    backup->row.undo = change_numbers({.tx = backup->tx, .row = backup->row.table});
  }
  if (undo_some(*backup)) {
    backup->row.status = BackupStatus::kAvailable;
    stop_following(call, *backup);
  } else {
    call.arm(kCopy, call.now, timed_backup_key(*backup) + store::key(std::string_view()));
  }
  backup->put();
  if (backup->row.status != BackupStatus::kAvailable || backup->row.is_users()) return {};
  if (!backup->row.exported_as.empty()) {
    call.arm(kExport, call.now, timed_backup_key(*backup));
    return {};
  }
  const store::Place place{backup->tx.place().account, backup->row.restored_region};
  if (auto target = get_table(call, {place, backup->row.restored_to})) begin_restore(call, *backup, *target);
  return {};
}

}  // namespace dynamodb
