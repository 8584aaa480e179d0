#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/backups.h"
#include "services/dynamodb/query.h"

// Exports of tables to S3, and imports from it: both go on by themselves, step by step, in the name of who began them.
namespace dynamodb {

enum class TransferStatus : std::uint8_t { kInProgress = 1, kCompleted = 2, kFailed = 3 };

// Who began it, as later steps act for them.
struct TransferCaller {
  std::uint8_t type = 0;  // of kernel::Principal
  std::string account, arn, user_id, access_key_id, source_arn;
  bool multi_factor_present = false;
  std::optional<kernel::Session> session;
  std::vector<std::string> called_via;  // DynamoDB, too

  static void fields(auto& self, auto& field) {
    field("type", self.type);
    field("account", self.account);
    field("arn", self.arn);
    field("user_id", self.user_id);
    field("access_key_id", self.access_key_id);
    field("source_arn", self.source_arn);
    field("multi_factor_present", self.multi_factor_present);
    field("session", self.session);
    field("called_via", self.called_via);
  }
};

// What exports and imports have in common.
struct Transfer {
  std::string label;  // "01767225600000-1a2b3c4d", of its ARN
  std::string table;
  std::string table_id;
  std::string input;  // the request, JSON text
  TransferCaller caller;
  TransferStatus status = TransferStatus::kInProgress;
  std::int64_t started_ms = 0;
  std::int64_t ended_ms = 0;
  std::string failure_code, failure_message;

  static void fields(auto& self, auto& field) {
    field("label", self.label);
    field("table", self.table);
    field("table_id", self.table_id);
    field("input", self.input);
    field("caller", self.caller);
    field("status", self.status);
    field("started_ms", self.started_ms);
    field("ended_ms", self.ended_ms);
    field("failure_code", self.failure_code);
    field("failure_message", self.failure_message);
  }
};

struct ExportedFile {
  std::string key;
  std::int64_t items = 0;
  std::string md5;   // base64
  std::string etag;  // without quotes

  static void fields(auto& self, auto& field) {
    field("key", self.key);
    field("items", self.items);
    field("md5", self.md5);
    field("etag", self.etag);
  }
};

struct Export {
  Transfer transfer;
  std::int64_t export_ms = 0;  // the moment of the table that is exported; of an incremental one, the end
  std::int64_t items = 0, bytes = 0;
  std::string backup;  // label of the backup that its items are taken from
  std::string after;   // the item to go on after
  std::vector<ExportedFile> files;
  // Of an incremental export, of the changes from `from_ms` up to but not including `export_ms`:
  std::uint64_t id = 0;  // of its rows in kExportedChanges; 0: it is a full one
  std::int64_t from_ms = 0;
  std::vector<std::uint64_t> gathered;  // per shard: the last change that is in these rows
  std::vector<std::uint64_t> until;     // per shard: the last one to be
  bool is_started = false;              // "_started" is written

  bool is_incremental() const { return id != 0; }

  static void fields(auto& self, auto& field) {
    field("transfer", self.transfer);
    field("export_ms", self.export_ms);
    field("items", self.items);
    field("bytes", self.bytes);
    field("backup", self.backup);
    field("after", self.after);
    field("files", self.files);
    field("id", self.id);
    field("from_ms", self.from_ms);
    field("gathered", self.gathered);
    field("until", self.until);
    field("is_started", self.is_started);
  }
};
// Key: table name, label (as parts).
inline constexpr store::Table<Export> kExports{"dynamodb.exports"};

// What has become of an item in the time of an incremental export. Images are as the record of changes has them.
struct ExportedChange {
  std::int64_t at_ms = 0;  // of the last change
  std::string keys, old_image, new_image;

  static void fields(auto& self, auto& field) {
    field("at_ms", self.at_ms);
    field("keys", self.keys);
    field("old_image", self.old_image);
    field("new_image", self.new_image);
  }
};
// Key: id of the export, then the item's. Rows go as they are written to S3.
inline constexpr store::Table<ExportedChange> kExportedChanges{"dynamodb.exported_changes"};

// transfers.cc
// "ListExports: lists completed exports within the past 90 days", and likewise of imports.
inline constexpr std::int64_t kTransferShownMs = 90 * 86'400'000LL;
// "A client token is valid for 8 hours after the first request that uses it is completed."
inline constexpr std::int64_t kTransferTokenMs = 8 * 3'600'000LL;
Transfer begin_transfer(Call& call, const Value& input, const std::string& table, const std::string& table_id);
std::string transfer_key(const Transfer& transfer);
// Where the rows to list are: those of the table that the ARN names; of all tables at the call's place, where it is
// null.
struct TransferRows {
  store::Place place;
  store::Scan scan;
};
base::Result<TransferRows> where_to_list(const Call& call, const Value& table_arn);
// `part` is "/export/" or "/import/".
std::string transfer_arn(const store::Place& place, std::string_view part, const Transfer& transfer);
// The place and the key of its row; nothing when it is no such ARN.
struct TransferName {
  store::Place place;
  std::string key;
};
std::optional<TransferName> parse_transfer_arn(const Call& call, std::string_view part, std::string_view arn);
bool is_shown(const Call& call, const Transfer& transfer);
std::string_view show_status(const Transfer& transfer);
// Whether it was begun with this token, which is still remembered.
bool has_token(const Call& call, const Transfer& earlier, const std::string& token);
// What the request's token has begun already; nothing without one.
template <class Row>
std::optional<Row> get_repeated(const Call& call, const store::Transaction& tx, const store::Table<Row>& rows,
                                const Value& input) {
  std::optional<Row> repeated;
  if (!input.has("ClientToken")) return repeated;
  tx.scan(rows, "", [&](std::string_view, const Row& earlier) {
    if (has_token(call, earlier.transfer, input.at("ClientToken").str())) repeated = earlier;
    return !repeated;
  });
  return repeated;
}
void finish_transfer(const Call& call, Transfer& transfer);
void fail_transfer(const Call& call, Transfer& transfer, std::string code, std::string message);
// Calls another service for a transfer, and says in the error which service has refused.
struct TransferService {
  std::string_view prefix;  // of failure codes: "S3"
  std::string_view name;    // "Amazon S3"
};
inline constexpr TransferService kFromS3{"S3", "Amazon S3"};
inline constexpr TransferService kFromLogs{"CloudWatchLogs", "Amazon CloudWatch Logs"};
base::Result<Value> ask_for_transfer(const kernel::Client& client, const TransferService& service,
                                     kernel::OperationId operation, Value members);
// "up to 300 export jobs", "up to 50 simultaneous import table operations": of an account in a region.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
inline constexpr kernel::Limit kExportsMax{"dynamodb", "concurrent-exports", 300};
inline constexpr kernel::Limit kImportsMax{"dynamodb", "concurrent-imports", 50};
// Errors: LimitExceededException. `what` is "exports" or "imports".
template <class Row>
base::Result<void> check_room(Call& call, const store::Transaction& tx, const store::Table<Row>& rows,
                              const kernel::Limit& limit, std::string_view what) {
  std::int64_t at_work = 0;
  tx.scan(rows, "", [&](std::string_view, const Row& row) {
    if (row.transfer.status == TransferStatus::kInProgress) ++at_work;
  });
  if (at_work < call.limit(limit)) return {};
  return error("LimitExceededException",
               fmt::format("Subscriber limit exceeded: There is a limit of {} concurrent {}", call.limit(limit), what));
}
// As who began it; `region` is where the table is.
kernel::Client client_of(Call& call, const Transfer& transfer, const std::string& region);

// export_steps.cc: full exports. Key: account, region, table name and label of the backup.
base::Result<void> export_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kExport{"dynamodb.export", export_step};
// export_changes.cc: incremental ones. Key: account, region, then the row's.
base::Result<void> begin_incremental_export(Call& call, const OpenTable& table, const TableDetails& details,
                                            Export& row);
base::Result<void> export_changes_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kExportChanges{"dynamodb.export_changes", export_changes_step};

// export_filter.cc: FilterSpecification. Errors: ValidationException.
struct ExportFilter {
  std::optional<KeyRange> keys;
  std::optional<Condition> filter;
  std::optional<Projected> projected;
};
base::Result<ExportFilter> read_export_filter(const Table& table, const Value& specification);

}  // namespace dynamodb
