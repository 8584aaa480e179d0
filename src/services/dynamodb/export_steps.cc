// How an export is written: file by file, and at the end the manifests.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
#include "aws/dynamodb_seal.h"
#include "base/bytes.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/time_text.h"
#include "services/dynamodb/transfers.h"

namespace dynamodb {

namespace {

constexpr std::size_t kItemsPerFile = 2'000;
constexpr std::size_t kBytesPerFile = 4 * 1024 * 1024;  // of items: a file ends with the one that exceeds it
constexpr kernel::OperationId kPutObject{"s3", "PutObject"};

// Writes the files of one export.
class Exporter {
 public:
  Exporter(Call& call, const store::Place& place, Export& row)
      : call_(call), place_(place), row_(row), input_(base::parse_json(row.transfer.input).value_or(Value())) {
    const std::string& prefix = input_.at("S3Prefix").str();
    folder_ = fmt::format("{}{}AWSDynamoDB/{}/", prefix, prefix.empty() ? "" : "/", row.transfer.label);
  }

  // An empty object that shows whether the bucket can be written to at all.
  base::Result<void> start() {
    TRY_VOID(put("_started", ""));
    return {};
  }

  // Answers whether there are more items.
  base::Result<bool> write_file(const OpenBackup& backup) {
    OpenTable source{.tx = backup.tx, .row = backup.row.table};
    if (source.row.seal_id != 0) source.data_key = aws::dynamodb::get_data_key(call_, source.tx, source.row.seal_id);
    store::Scan scan{.prefix = store::key(backup.row.id)};
    if (!row_.after.empty()) scan.after = row_.after;
    std::string lines;
    std::int64_t items = 0;
    bool has_more = false;
    backup.tx.scan(kItems, scan, [&](std::string_view key, ItemRow& stored) {
      has_more = items == kItemsPerFile || lines.size() > kBytesPerFile;
      if (has_more) return false;
      const Stored item = open_row(source, std::move(stored));
      lines += R"({"Item":)";
      aws::dynamodb::append_item_json(lines, item.bytes());
      lines += "}\n";
      row_.after = key;
      row_.bytes += item.size();
      ++items;
      return true;
    });
    constexpr int kNameLetters = 26;
    const std::string name =
        fmt::format("data/{}.json.gz", call_.random_text(kNameLetters, "abcdefghijklmnopqrstuvwxyz234567"));
    const std::string packed = base::gzip(lines);
    std::string etag = TRY(put(name, packed));
    row_.files.push_back(
        {.key = folder_ + name, .items = items, .md5 = base::to_base64(base::md5(packed)), .etag = std::move(etag)});
    row_.items += items;
    return has_more;
  }

  base::Result<void> write_manifests() {
    std::string files;
    for (const ExportedFile& file : row_.files)
      files +=
          base::to_json(Value::Map{
              {"itemCount", file.items}, {"md5Checksum", file.md5}, {"etag", file.etag}, {"dataFileS3Key", file.key}}) +
          "\n";
    TRY_VOID(put_with_checksum("manifest-files", files));
    return put_with_checksum("manifest-summary", base::to_json(summary()));
  }

 private:
  Value summary() const {
    const Transfer& transfer = row_.transfer;
    const bool is_kms = input_.at("S3SseAlgorithm").str() == "KMS";
    return Value::Map{{"version", "2023-08-01"},
                      {"exportArn", transfer_arn(place_, "/export/", transfer)},
                      {"startTime", base::format_iso8601(transfer.started_ms)},
                      {"endTime", base::format_iso8601(call_.now_ms())},
                      {"tableArn", table_arn({place_, transfer.table})},
                      {"tableId", transfer.table_id},
                      {"exportTime", base::format_iso8601(row_.export_ms)},
                      {"s3Bucket", input_.at("S3Bucket")},
                      {"s3Prefix", input_.at("S3Prefix")},
                      {"s3SseAlgorithm", is_kms ? "KMS" : "AES256"},
                      {"s3SseKmsKeyId", input_.at("S3SseKmsKeyId")},
                      {"manifestFilesS3Key", folder_ + "manifest-files.json"},
                      {"billedSizeBytes", row_.bytes},
                      {"itemCount", row_.items},
                      {"outputFormat", "DYNAMODB_JSON"},
                      {"exportType", "FULL_EXPORT"}};
  }

  base::Result<void> put_with_checksum(const std::string& name, const std::string& text) {
    TRY_VOID(put(name + ".json", text));
    TRY_VOID(put(name + ".md5", base::to_base64(base::md5(text))));
    return {};
  }

  // Answers its ETag, without quotes.
  base::Result<std::string> put(const std::string& name, const std::string& bytes) {
    Value object(Value::Map{{"Bucket", input_.at("S3Bucket")},
                            {"Key", folder_ + name},
                            {"Body", bytes},
                            {"ACL", "bucket-owner-full-control"}});
    if (input_.has("S3BucketOwner")) object.set("ExpectedBucketOwner", input_.at("S3BucketOwner"));
    const bool is_kms = input_.at("S3SseAlgorithm").str() == "KMS";
    object.set("ServerSideEncryption", is_kms ? "aws:kms" : "AES256");
    if (is_kms && input_.has("S3SseKmsKeyId")) object.set("SSEKMSKeyId", input_.at("S3SseKmsKeyId"));
    const Value answer = TRY(client_of(call_, row_.transfer, place_.region).invoke(kPutObject, std::move(object)));
    std::string etag = answer.at("ETag").str();
    std::erase(etag, '"');
    return etag;
  }

  Call& call_;
  const store::Place& place_;
  Export& row_;
  Value input_;
  std::string folder_;
};

// Answers whether there is more to do.
base::Result<bool> write_some(Exporter& exporter, const OpenBackup& backup, const Export& row) {
  if (row.files.empty()) TRY_VOID(exporter.start());
  if (TRY(exporter.write_file(backup))) return true;
  TRY_VOID(exporter.write_manifests());
  return false;
}

}  // namespace

// Key: account, region, table name and label of the backup, which says what it is exported as.
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
  const auto has_more = write_some(exporter, *backup, *row);
  if (!has_more) {
    fail_transfer(call, row->transfer, has_more.error());
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
