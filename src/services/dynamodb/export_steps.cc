// How a full export is written: file by file, from a backup of the moment that is exported.
#include "aws/dynamodb_seal.h"
#include "services/dynamodb/exporter.h"

namespace dynamodb {

namespace {

// Writes a file of the items that come next, and answers whether there are more.
base::Result<bool> write_items(Call& call, Exporter& exporter, const OpenBackup& backup, Export& row) {
  OpenTable source{.tx = backup.tx, .row = backup.row.table};
  if (source.row.seal_id != 0) source.data_key = aws::dynamodb::get_data_key(call, source.tx, source.row.seal_id);
  source.row.id = backup.row.id;
  const ExportFilter filter = TRY(read_export_filter(source.row, exporter.input().at("FilterSpecification")));
  store::Scan scan{.prefix = store::key(backup.row.id)};
  if (filter.keys) {
    Rows rows = rows_of(source.row, nullptr, *filter.keys);
    scan.from = std::move(rows.low);
    scan.until = std::move(rows.high);
  }
  if (!row.after.empty()) {
    scan.from.reset();
    scan.after = row.after;
  }
  std::string lines;
  std::int64_t items = 0, seen = 0;
  bool has_more = false;
  backup.tx.scan(kItems, scan, [&](std::string_view key, ItemRow& stored) {
    has_more = seen == kItemsPerFile || lines.size() > kBytesPerFile;
    if (has_more) return false;
    const Stored item = open_row(source, std::move(stored));
    row.after = key;
    row.bytes += item.size();
    ++seen;
    if (filter.filter && !is_true(*filter.filter, item.item())) return true;
    exporter.append_item(lines, filter.projected ? Stored(project(item.item(), *filter.projected)) : item);
    ++items;
    return true;
  });
  TRY_VOID(exporter.write_data(lines, items));
  return has_more;
}

// Answers whether there is more to do.
base::Result<bool> write_some(Call& call, Exporter& exporter, const OpenBackup& backup, Export& row) {
  TRY_VOID(exporter.start());
  if (TRY(write_items(call, exporter, backup, row))) return true;
  TRY_VOID(exporter.write_manifests());
  return false;
}

}  // namespace

base::Result<void> export_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const auto backup = read_backup_key(call, parts);
  if (!backup) return {};
  const std::string row_key =
      store::key(std::string_view(backup->row.table.name), std::string_view(backup->row.exported_as));
  auto row = backup->tx.get(kExports, row_key);
  if (!row || row->transfer.status != TransferStatus::kInProgress) return {};
  const store::Place place = backup->tx.place();
  Exporter exporter(call, place, *row);
  const auto has_more = write_some(call, exporter, *backup, *row);
  if (!has_more) {
    fail_transfer(call, row->transfer, has_more.error().code, has_more.error().message);
  } else if (!*has_more) {
    finish_transfer(call, row->transfer);
  }
  backup->tx.put(kExports, row_key, *row);
  if (has_more && *has_more) {
    call.arm(kExport, call.now, key);
  } else {
    erase_backup(call, *backup);
  }
  return {};
}

}  // namespace dynamodb
