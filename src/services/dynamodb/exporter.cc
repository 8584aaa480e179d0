#include "services/dynamodb/exporter.h"

#include "base/bytes.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/time_text.h"
#include "services/dynamodb/ion.h"

namespace dynamodb {

namespace {

constexpr int kFileNameLetters = 26;
constexpr kernel::OperationId kPutObject{"s3", "PutObject"};

}  // namespace

Exporter::Exporter(Call& call, const store::Place& place, Export& row)
    : call_(call),
      place_(place),
      row_(row),
      input_(base::parse_json(row.transfer.input).value_or(Value())),
      is_ion_(input_.at("ExportFormat").str() == "ION") {
  const std::string& prefix = input_.at("S3Prefix").str();
  const std::string root = prefix + (prefix.empty() ? "" : "/") + "AWSDynamoDB/";
  folder_ = root + row.transfer.label + "/";
  data_folder_ = (row.is_incremental() ? root : folder_) + "data/";
}

base::Result<void> Exporter::start() {
  if (row_.is_started) return {};
  TRY_VOID(put(folder_ + "_started", ""));
  row_.is_started = true;
  return {};
}

base::Result<void> Exporter::write_data(std::string_view lines, std::int64_t items) {
  const std::string key =
      fmt::format("{}{}.{}.gz", data_folder_, call_.random_text(kFileNameLetters, "abcdefghijklmnopqrstuvwxyz234567"),
                  is_ion_ ? "ion" : "json");
  const std::string packed = base::gzip(lines);
  std::string etag = TRY(put(key, packed));
  row_.files.push_back(
      {.key = key, .items = items, .md5 = base::to_base64(base::md5(packed)), .etag = std::move(etag)});
  row_.items += items;
  return {};
}

base::Result<void> Exporter::write_manifests() {
  std::string files;
  for (const ExportedFile& file : row_.files)
    files +=
        base::to_json(Value::Map{
            {"itemCount", file.items}, {"md5Checksum", file.md5}, {"etag", file.etag}, {"dataFileS3Key", file.key}}) +
        "\n";
  TRY_VOID(put_with_checksum("manifest-files", files));
  return put_with_checksum("manifest-summary", base::to_json(summary()));
}

void Exporter::append_item(std::string& lines, const Stored& item) const {
  if (is_ion_) {
    lines += std::string(kIonMarker) + " {Item:";
    append_ion(lines, item.item());
  } else {
    lines += R"({"Item":)";
    aws::dynamodb::append_item_json(lines, item.bytes());
  }
  lines += "}\n";
}

void Exporter::append_change(std::string& lines, const Images& images) const {
  constexpr std::int64_t kMicrosPerMs = 1'000;
  const std::int64_t at_micros = images.at_ms * kMicrosPerMs;
  auto add = [&](std::string_view name, const Stored& image) {
    if (is_ion_) {
      lines += fmt::format(",{}:", name);
      append_ion(lines, image.item());
    } else {
      lines += fmt::format(",\"{}\":", name);
      aws::dynamodb::append_item_json(lines, image.bytes());
    }
  };
  lines += is_ion_ ? fmt::format("{} {{Record:{{Metadata:{{WriteTimestampMicros:{}}}", kIonMarker,
                                 ion_decimal(std::to_string(at_micros)))
                   : fmt::format(R"({{"Metadata":{{"WriteTimestampMicros":{{"N":"{}"}}}})", at_micros);
  add("Keys", images.keys);
  if (images.before) add("OldImage", *images.before);
  if (images.after) add("NewImage", *images.after);
  lines += is_ion_ ? "}}\n" : "}\n";
}

Value Exporter::summary() const {
  const Transfer& transfer = row_.transfer;
  const bool is_kms = input_.at("S3SseAlgorithm").str() == "KMS";
  Value summary(Value::Map{{"version", "2023-08-01"},
                           {"exportArn", transfer_arn(place_, "/export/", transfer)},
                           {"startTime", base::format_iso8601(transfer.started_ms)},
                           {"endTime", base::format_iso8601(call_.now_ms())},
                           {"tableArn", table_arn({place_, transfer.table})},
                           {"tableId", transfer.table_id}});
  if (row_.is_incremental()) {
    summary.set("exportFromTime", base::format_iso8601(row_.from_ms));
    summary.set("exportToTime", base::format_iso8601(row_.export_ms));
  } else {
    summary.set("exportTime", base::format_iso8601(row_.export_ms));
  }
  summary.set("s3Bucket", input_.at("S3Bucket"));
  summary.set("s3Prefix", input_.at("S3Prefix"));
  summary.set("s3SseAlgorithm", is_kms ? "KMS" : "AES256");
  summary.set("s3SseKmsKeyId", input_.at("S3SseKmsKeyId"));
  summary.set("manifestFilesS3Key", folder_ + "manifest-files.json");
  summary.set("billedSizeBytes", row_.bytes);
  summary.set("itemCount", row_.items);
  summary.set("outputFormat", is_ion_ ? "ION" : "DYNAMODB_JSON");
  if (row_.is_incremental()) {
    const Value& view = input_.at("IncrementalExportSpecification").at("ExportViewType");
    summary.set("outputView", view.is_null() ? Value("NEW_AND_OLD_IMAGES") : view);
  }
  summary.set("exportType", row_.is_incremental() ? "INCREMENTAL_EXPORT" : "FULL_EXPORT");
  return summary;
}

base::Result<void> Exporter::put_with_checksum(const std::string& name, const std::string& text) {
  TRY_VOID(put(folder_ + name + ".json", text));
  TRY_VOID(put(folder_ + name + ".md5", base::to_base64(base::md5(text))));
  return {};
}

base::Result<std::string> Exporter::put(const std::string& key, std::string_view bytes) {
  Value object(Value::Map{
      {"Bucket", input_.at("S3Bucket")}, {"Key", key}, {"Body", bytes}, {"ACL", "bucket-owner-full-control"}});
  if (input_.has("S3BucketOwner")) object.set("ExpectedBucketOwner", input_.at("S3BucketOwner"));
  const bool is_kms = input_.at("S3SseAlgorithm").str() == "KMS";
  object.set("ServerSideEncryption", is_kms ? "aws:kms" : "AES256");
  if (is_kms && input_.has("S3SseKmsKeyId")) object.set("SSEKMSKeyId", input_.at("S3SseKmsKeyId"));
  const Value answer =
      TRY(ask_for_transfer(client_of(call_, row_.transfer, place_.region), kFromS3, kPutObject, std::move(object)));
  std::string etag = answer.at("ETag").str();
  std::erase(etag, '"');
  return etag;
}

}  // namespace dynamodb
