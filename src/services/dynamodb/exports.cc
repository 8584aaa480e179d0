// Exports to S3: of a table as it was at a moment of its point-in-time recovery.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.HowItWorks.html
#include "base/json.h"
#include "services/dynamodb/transfers.h"

namespace dynamodb {

namespace {

constexpr std::string_view kExportPart = "/export/";
constexpr std::int64_t kListedExportsMax = 25;

constexpr std::string_view kBothViews = "NEW_AND_OLD_IMAGES";

std::string_view show_type(const Export& row) { return row.is_incremental() ? "INCREMENTAL_EXPORT" : "FULL_EXPORT"; }

Value show_export(const store::Place& place, const Export& row) {
  const Transfer& transfer = row.transfer;
  const auto input = base::parse_json(transfer.input).value_or(Value());
  Value shown(Value::Map{{"ExportArn", transfer_arn(place, kExportPart, transfer)},
                         {"ExportStatus", show_status(transfer)},
                         {"StartTime", transfer.started_ms},
                         {"TableArn", table_arn({place, transfer.table})},
                         {"TableId", transfer.table_id},
                         {"S3SseAlgorithm", "AES256"},
                         {"ExportFormat", "DYNAMODB_JSON"},
                         {"ExportType", show_type(row)}});
  if (row.is_incremental()) {
    Value specification(
        Value::Map{{"ExportFromTime", row.from_ms}, {"ExportToTime", row.export_ms}, {"ExportViewType", kBothViews}});
    const Value& view = input.at("IncrementalExportSpecification").at("ExportViewType");
    if (!view.is_null()) specification.set("ExportViewType", view);
    shown.set("IncrementalExportSpecification", std::move(specification));
  } else {
    shown.set("ExportTime", row.export_ms);
  }
  for (const char* name : {"ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId",
                           "ExportFormat", "FilterSpecification"})
    if (input.has(name)) shown.set(name, input.at(name));
  if (transfer.ended_ms != 0) shown.set("EndTime", transfer.ended_ms);
  if (transfer.status == TransferStatus::kFailed) {
    shown.set("FailureCode", transfer.failure_code);
    shown.set("FailureMessage", transfer.failure_message);
  } else if (transfer.status == TransferStatus::kCompleted) {
    const std::string& prefix = input.at("S3Prefix").str();
    shown.set("ExportManifest", fmt::format("{}{}AWSDynamoDB/{}/manifest-summary.json", prefix,
                                            prefix.empty() ? "" : "/", transfer.label));
    shown.set("BilledSizeBytes", row.bytes);
    shown.set("ItemCount", row.items);
  }
  return shown;
}

base::Result<void> check_export(const Value& input) {
  const bool is_incremental = input.at("ExportType").str() == "INCREMENTAL_EXPORT";
  const Value& specification = input.at("IncrementalExportSpecification");
  if (is_incremental != input.has("IncrementalExportSpecification"))
    return validation_error(is_incremental ? "IncrementalExportSpecification must be specified when ExportType is "
                                             "INCREMENTAL_EXPORT"
                                           : "IncrementalExportSpecification can only be specified when ExportType is "
                                             "INCREMENTAL_EXPORT");
  if (is_incremental && input.has("ExportTime"))
    return validation_error("ExportTime can only be specified when ExportType is FULL_EXPORT");
  if (is_incremental && !specification.has("ExportFromTime"))
    return validation_error("ExportFromTime must be specified when ExportType is INCREMENTAL_EXPORT");
  // AWS's documentation tells of filters of tables, and not what one would leave of changes.
  if (is_incremental && input.has("FilterSpecification"))
    return error("NotImplemented",
                 "FilterSpecification of ExportTableToPointInTime is not implemented for incremental exports.");
  if (input.has("S3SseKmsKeyId") && input.at("S3SseAlgorithm").str() != "KMS")
    return validation_error("S3SseKmsKeyId can only be specified when S3SseAlgorithm is KMS");
  return {};
}

base::Result<OpenTable> find_exported(Call& call, const std::string& arn) {
  const TableName name = TRY(check_table_name(call, arn));
  auto table = get_table(call, name);
  if (!table || table->row.is_restoring) return error("TableNotFoundException", "Table not found: " + arn);
  if (get_details(*table).recovery_since_ms == 0)
    return error("PointInTimeRecoveryUnavailableException",
                 fmt::format("Point in time recovery is not enabled for table '{}'", table->row.name));
  return *std::move(table);
}

base::Result<void> begin_full_export(Call& call, OpenTable& table, const TableDetails& details, Export& row) {
  const RestorableTimes times = restorable_times(call, details);
  row.export_ms = call.input->has("ExportTime") ? call.input->at("ExportTime").num() : times.latest_ms;
  if (row.export_ms < times.earliest_ms || row.export_ms > times.latest_ms)
    return error("InvalidExportTimeException",
                 "The specified ExportTime is outside of the point in time recovery window.");
  std::vector<std::uint64_t> kept;
  for (std::uint64_t shard = 0; shard < aws::dynamodb::kChangeShards; ++shard)
    kept.push_back(aws::dynamodb::last_change_by(table.tx, table.row.id, shard, row.export_ms));
  OpenBackup backup = begin_backup(call, table, std::move(kept));
  backup.row.exported_as = row.transfer.label;
  backup.put();
  row.backup = backup.row.label;
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
base::Result<Out> ExportTableToPointInTime(Call& call, In in) {
  const Value& input = in.value();
  TRY_VOID(check_export(input));
  OpenTable table = TRY(find_exported(call, in.str("TableArn")));
  if (table.row.seal_id != 0) TRY_VOID(check_key_access(call, table));
  const TableDetails details = get_details(table);
  if (auto repeated = get_repeated(call, table.tx, kExports, input)) {
    if (repeated->transfer.input != base::to_json(input))
      return error("ExportConflictException", "The client token was used before with other parameters");
    return Out{{"ExportDescription", show_export(table.tx.place(), *repeated)}};
  }

  TRY_VOID(read_export_filter(table.row, in["FilterSpecification"]));
  TRY_VOID(check_room(call, table.tx, kExports, kExportsMax, "exports"));
  Export row{.transfer = begin_transfer(call, input, table.row.name, details.table_id)};
  if (in.has("IncrementalExportSpecification")) {
    TRY_VOID(begin_incremental_export(call, table, details, row));
  } else {
    TRY_VOID(begin_full_export(call, table, details, row));
  }
  table.tx.put(kExports, transfer_key(row.transfer), row);
  return Out{{"ExportDescription", show_export(table.tx.place(), row)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeExport.html
base::Result<Out> DescribeExport(Call& call, In in) {
  const std::string& arn = in.str("ExportArn");
  const auto name = parse_transfer_arn(call, kExportPart, arn);
  if (!name) return validation_error("Invalid ExportArn: " + arn);
  const auto row = call.tx.at(name->place).get(kExports, name->key);
  if (!row || !is_shown(call, row->transfer)) return error("ExportNotFoundException", "Export not found: " + arn);
  return Out{{"ExportDescription", show_export(name->place, *row)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListExports.html
base::Result<Out> ListExports(Call& call, In in) {
  const std::int64_t limit = in.num("MaxResults", kListedExportsMax);
  auto [place, scan] = TRY(where_to_list(call, in["TableArn"]));
  if (in.has("NextToken")) {
    const auto start = parse_transfer_arn(call, kExportPart, in.str("NextToken"));
    if (!start) return validation_error("Invalid NextToken");
    scan.after = start->key;
  }
  Value::List summaries;
  bool has_more = false;
  call.tx.at(place).scan(kExports, scan, [&](std::string_view, const Export& row) {
    if (!is_shown(call, row.transfer)) return true;
    has_more = std::ssize(summaries) == limit;
    if (!has_more)
      summaries.push_back(Value::Map{{"ExportArn", transfer_arn(place, kExportPart, row.transfer)},
                                     {"ExportStatus", show_status(row.transfer)},
                                     {"ExportType", show_type(row)}});
    return !has_more;
  });
  Out answer;
  if (has_more) answer.set("NextToken", summaries.back().at("ExportArn"));
  answer.set("ExportSummaries", std::move(summaries));
  return answer;
}

}  // namespace dynamodb
