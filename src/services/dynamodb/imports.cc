// Imports from S3: new tables out of objects.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html
#include "services/dynamodb/imports.h"

#include "base/bytes.h"
#include "base/json.h"

namespace dynamodb {

namespace {

constexpr std::string_view kImportPart = "/import/";
constexpr std::int64_t kListedImportsMax = 25;
// "Length Constraints: Minimum length of 112", in hexadecimal digits, sixteen at a time.
constexpr std::size_t kTokenBytesMin = 56;
constexpr std::size_t kTokenBytesStep = 8;

Value show_import(const store::Place& place, const Import& row) {
  const Transfer& transfer = row.transfer;
  const auto input = base::parse_json(transfer.input).value_or(Value());
  Value shown(Value::Map{{"ImportArn", transfer_arn(place, kImportPart, transfer)},
                         {"ImportStatus", show_status(transfer)},
                         {"TableArn", table_arn({place, transfer.table})},
                         {"TableId", transfer.table_id},
                         {"CloudWatchLogGroupArn", import_log_group_arn(place)},
                         {"InputCompressionType", "NONE"},
                         {"StartTime", transfer.started_ms},
                         {"ErrorCount", row.errors},
                         {"ProcessedSizeBytes", row.bytes},
                         {"ProcessedItemCount", row.processed},
                         {"ImportedItemCount", row.imported}});
  for (const char* name : {"ClientToken", "S3BucketSource", "InputFormat", "InputFormatOptions", "InputCompressionType",
                           "TableCreationParameters"})
    if (input.has(name)) shown.set(name, input.at(name));
  if (transfer.ended_ms != 0) shown.set("EndTime", transfer.ended_ms);
  if (transfer.status == TransferStatus::kFailed) {
    shown.set("FailureCode", transfer.failure_code);
    shown.set("FailureMessage", transfer.failure_message);
  }
  return shown;
}

Value summarise_import(const store::Place& place, const Import& row) {
  const Value shown = show_import(place, row);
  Value summary(Value::Map{});
  for (const char* name : {"ImportArn", "ImportStatus", "TableArn", "S3BucketSource", "CloudWatchLogGroupArn",
                           "InputFormat", "StartTime", "EndTime"})
    if (shown.has(name)) summary.set(name, shown.at(name));
  return summary;
}

base::Result<void> check_import(const Value& input) {
  if (input.at("InputFormatOptions").has("Csv") && input.at("InputFormat").str() != "CSV")
    return validation_error("InputFormatOptions for CSV can only be specified when InputFormat is CSV");
  return refuse_missing(input.at("TableCreationParameters"), "ImportTable");
}

std::string make_import_token(std::string key) {
  while (key.size() < kTokenBytesMin || key.size() % kTokenBytesStep != 0) key += '\n';
  return base::to_hex(key);
}

base::Result<std::string> read_import_token(const std::string& token) {
  auto key = base::from_hex(token);
  if (!key) return validation_error("Invalid NextToken");
  key->resize(key->find_last_not_of('\n') + 1);
  return *std::move(key);
}

}  // namespace

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html
base::Result<Out> ImportTable(Call& call, In in) {
  const Value& input = in.value();
  TRY_VOID(check_import(input));
  if (auto repeated = get_repeated(call, call.tx, kImports, input)) {
    if (repeated->transfer.input != base::to_json(input))
      return error("ImportConflictException", "The client token was used before with other parameters");
    return Out{{"ImportTableDescription", show_import(call.place, *repeated)}};
  }

  TRY_VOID(check_room(call, call.tx, kImports, kImportsMax, "imports"));
  TRY_VOID(ensure_import_log_group(call));
  const Value& parameters = in["TableCreationParameters"];
  const std::string& name = parameters.at("TableName").str();
  TRY_VOID(CreateTable(call, In(parameters)));
  auto table = get_table(call, {call.place, name});
  table->row.is_restoring = true;
  put_table(*table);
  Import row{.transfer = begin_transfer(call, input, name, get_details(*table).table_id), .table_id = table->row.id};
  call.tx.put(kImports, transfer_key(row.transfer), row);
  call.arm(kImport, call.now,
           store::key(std::string_view(call.place.account), std::string_view(call.place.region), std::string_view(name),
                      std::string_view(row.transfer.label)));
  return Out{{"ImportTableDescription", show_import(call.place, row)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeImport.html
base::Result<Out> DescribeImport(Call& call, In in) {
  const std::string& arn = in.str("ImportArn");
  const auto name = parse_transfer_arn(call, kImportPart, arn);
  if (!name) return validation_error("Invalid ImportArn: " + arn);
  const auto row = call.tx.at(name->place).get(kImports, name->key);
  if (!row || !is_shown(call, row->transfer)) return error("ImportNotFoundException", "Import not found: " + arn);
  return Out{{"ImportTableDescription", show_import(name->place, *row)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListImports.html
base::Result<Out> ListImports(Call& call, In in) {
  const std::int64_t limit = in.num("PageSize", kListedImportsMax);
  auto [place, scan] = TRY(where_to_list(call, in["TableArn"]));
  if (in.has("NextToken")) scan.after = TRY(read_import_token(in.str("NextToken")));
  Value::List summaries;
  std::string last;
  bool has_more = false;
  call.tx.at(place).scan(kImports, scan, [&](std::string_view key, const Import& row) {
    if (!is_shown(call, row.transfer)) return true;
    has_more = std::ssize(summaries) == limit;
    if (has_more) return false;
    last = key;
    summaries.push_back(summarise_import(place, row));
    return true;
  });
  Out answer;
  if (has_more) answer.set("NextToken", make_import_token(last));
  answer.set("ImportSummaryList", std::move(summaries));
  return answer;
}

}  // namespace dynamodb
