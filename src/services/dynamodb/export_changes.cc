// Incremental exports: what has become of the items that were changed in a time. The record of changes is gathered per
// item first, and then written file by file.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
#include "base/json.h"
#include "services/dynamodb/exporter.h"

namespace dynamodb {

namespace {

using aws::dynamodb::kChanges;
using aws::dynamodb::kChangeShards;

constexpr std::size_t kGatheredPerStep = 500;
constexpr std::size_t kForgottenPerStep = 2'000;
// "The export period … must be between 15 minutes and 24 hours."
constexpr std::int64_t kExportPeriodMinMs = 15 * 60'000;
constexpr std::int64_t kExportPeriodMaxMs = 24 * 3'600'000;

class ChangesExport {
 public:
  ChangesExport(Call& call, const OpenTable& table, Export& row)
      : call_(call), table_(table), row_(row), place_(table.tx.place()), exporter_(call, place_, row) {}

  // Answers whether there is more to do.
  base::Result<bool> go_on() {
    TRY_VOID(exporter_.start());
    if (gather()) return true;
    if (TRY(write())) return true;
    TRY_VOID(exporter_.write_manifests());
    return false;
  }

 private:
  // Answers whether it has found any change that was not gathered yet.
  bool gather() {
    std::vector<Change> found;
    for (std::uint64_t shard = 0; shard < kChangeShards && found.empty(); ++shard) {
      std::uint64_t& done = row_.gathered[shard];
      if (done >= row_.until[shard]) continue;
      const std::string prefix = store::key(table_.row.id, shard);
      table_.tx.scan(kChanges, store::Scan{.prefix = prefix, .from = store::key(table_.row.id, shard, done + 1)},
                     [&](std::string_view key, Change& change) {
                       store::KeyReader parts(key.substr(prefix.size()));
                       const std::uint64_t number = parts.unsigned_number();
                       if (number > row_.until[shard] || found.size() == kGatheredPerStep) return false;
                       done = number;
                       found.push_back(std::move(change));
                       return true;
                     });
      if (found.empty()) done = row_.until[shard];
    }
    for (Change& change : found) add(change);
    return !found.empty();
  }

  void add(Change& change) {
    const std::string key = store::key(row_.id) + item_key(table_.row, decode(change.keys));
    auto known = table_.tx.get(kExportedChanges, key);
    if (!known)
      known = ExportedChange{.keys = std::move(change.keys), .old_image = std::move(change.old_image), .new_image = {}};
    known->new_image = std::move(change.new_image);
    known->at_ms = change.at_ms;
    table_.tx.put(kExportedChanges, key, *known);
  }

  // Writes a file of the items that come next, and answers whether there are more.
  base::Result<bool> write() {
    std::string lines;
    std::int64_t items = 0;
    std::vector<std::string> done;
    bool has_more = false;
    table_.tx.scan(kExportedChanges, store::key(row_.id), [&](std::string_view key, const ExportedChange& change) {
      has_more = std::ssize(done) == kItemsPerFile || lines.size() > kBytesPerFile;
      if (has_more) return false;
      done.emplace_back(key);
      // What was put and deleted in the same time is not shown.
      if (change.old_image.empty() && change.new_image.empty()) return true;
      append(lines, change);
      ++items;
      return true;
    });
    for (const std::string& key : done) table_.tx.erase(kExportedChanges, key);
    TRY_VOID(exporter_.write_data(lines, items));
    return has_more;
  }

  void append(std::string& lines, const ExportedChange& change) {
    const bool has_old =
        exporter_.input().at("IncrementalExportSpecification").at("ExportViewType").str() != "NEW_IMAGE";
    const Stored keys{std::string(change.keys)};
    std::optional<Stored> before, after;
    if (!change.old_image.empty()) before = open_row(table_, {change.old_image});
    if (!change.new_image.empty()) after = open_row(table_, {change.new_image});
    row_.bytes += keys.size() + (before && has_old ? before->size() : 0) + (after ? after->size() : 0);
    exporter_.append_change(lines, {.keys = keys,
                                    .before = before && has_old ? &*before : nullptr,
                                    .after = after ? &*after : nullptr,
                                    .at_ms = change.at_ms});
  }

  Call& call_;
  const OpenTable& table_;
  Export& row_;
  const store::Place place_;
  Exporter exporter_;
};

std::uint64_t last_change_before(const OpenTable& table, std::uint64_t shard, std::int64_t time_ms) {
  return aws::dynamodb::last_change_by(table.tx, table.row.id, shard, time_ms - 1);
}

}  // namespace

base::Result<void> begin_incremental_export(Call& call, const OpenTable& table, const TableDetails& details,
                                            Export& row) {
  const Value input = base::parse_json(row.transfer.input).value_or(Value());
  const Value& specification = input.at("IncrementalExportSpecification");
  const RestorableTimes times = restorable_times(call, details);
  row.from_ms = specification.at("ExportFromTime").num();
  row.export_ms = specification.has("ExportToTime") ? specification.at("ExportToTime").num() : times.latest_ms;
  if (row.from_ms >= row.export_ms) return validation_error("ExportFromTime must be before ExportToTime");
  if (row.from_ms < times.earliest_ms || row.export_ms > times.latest_ms)
    return error("InvalidExportTimeException",
                 "The specified export period is outside of the point in time recovery window.");
  if (row.export_ms - row.from_ms < kExportPeriodMinMs)
    return validation_error("Difference between export from time and export to time is less than 15 minutes");
  if (row.export_ms - row.from_ms > kExportPeriodMaxMs)
    return validation_error("Difference between export from time and export to time is greater than 24 hours");
  row.id = call.next_sequence();
  for (std::uint64_t shard = 0; shard < kChangeShards; ++shard) {
    row.gathered.push_back(last_change_before(table, shard, row.from_ms));
    row.until.push_back(last_change_before(table, shard, row.export_ms));
  }
  const store::Place& place = table.tx.place();
  call.arm(kExportChanges, call.now,
           store::key(std::string_view(place.account), std::string_view(place.region)) + transfer_key(row.transfer));
  return {};
}

base::Result<void> export_changes_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const store::Place place{parts.text(), parts.text()};
  const std::string row_key(parts.rest()), name = parts.text();
  const store::Transaction tx = call.tx.at(place);
  auto row = tx.get(kExports, row_key);
  if (!row) return {};
  if (row->transfer.status == TransferStatus::kInProgress) {
    const auto table = get_table(call, {place, name});
    const bool is_there = table && get_details(*table).table_id == row->transfer.table_id;
    const bool is_recorded = is_there && get_details(*table).recovery_since_ms != 0;
    base::Result<bool> has_more = false;
    if (!is_there) {
      has_more = base::fail("TableNotFound", "The table was deleted.");
    } else if (!is_recorded) {
      has_more = base::fail("PointInTimeRecoveryUnavailable", "Point in time recovery was disabled.");
    } else {
      has_more = ChangesExport(call, *table, *row).go_on();
    }
    if (!has_more) {
      fail_transfer(call, row->transfer, has_more.error().code, has_more.error().message);
    } else if (!*has_more) {
      finish_transfer(call, row->transfer);
    }
    tx.put(kExports, row_key, *row);
    call.arm(kExportChanges, call.now, key);
    return {};
  }
  // What a failed one has left.
  if (tx.erase_all(kExportedChanges, store::key(row->id), kForgottenPerStep) == kForgottenPerStep)
    call.arm(kExportChanges, call.now, key);
  return {};
}

}  // namespace dynamodb
