// How an import goes: object by object in the order of their keys, piece by piece.
#include "base/gzip.h"
#include "base/json.h"
#include "base/zstd.h"
#include "services/dynamodb/imports.h"
#include "services/dynamodb/ion.h"
#include "services/dynamodb/items.h"

namespace dynamodb {

namespace {

constexpr std::uint64_t kPieceBytes = 4 * 1024 * 1024;
constexpr std::int64_t kImportedPerStep = 500;
// LIMIT: a packed object is unpacked as a whole at every step.
constexpr std::size_t kUnpackedBytesMax = 64 * 1024 * 1024;
constexpr kernel::OperationId kGetObject{"s3", "GetObject"};
constexpr kernel::OperationId kListObjects{"s3", "ListObjectsV2"};

class Importer {
 public:
  Importer(Call& call, const OpenTable& table, Import& row)
      : call_(call),
        table_(table),
        row_(row),
        input_(base::parse_json(row.transfer.input).value_or(Value())),
        csv_(input_.at("InputFormatOptions").at("Csv")) {}

  // Answers whether there is more to do.
  base::Result<bool> go_on() {
    if (row_.object.empty()) {
      if (!TRY(find_object())) return false;
      if (row_.size == 0) {
        end_object();
        return true;
      }
    }
    const std::string text = TRY(read_piece());
    Piece piece{.text = text, .is_last = is_last_};
    for (std::int64_t count = 0; count < kImportedPerStep; ++count)
      if (!take_record(piece)) break;
    TRY_VOID(log_import_errors(call_, table_.tx.place(), row_, errors_));
    row_.offset += piece.at;
    if (is_last_ && piece.at == text.size()) end_object();
    return true;
  }

 private:
  Value source() const {
    const Value& given = input_.at("S3BucketSource");
    Value members(Value::Map{{"Bucket", given.at("S3Bucket")}});
    if (given.has("S3BucketOwner")) members.set("ExpectedBucketOwner", given.at("S3BucketOwner"));
    return members;
  }

  base::Result<Value> ask(kernel::OperationId operation, Value members) {
    return ask_for_transfer(client_of(call_, row_.transfer, table_.tx.place().region), kFromS3, operation,
                            std::move(members));
  }

  base::Result<bool> find_object() {
    Value members = source();
    members.set("MaxKeys", 1);
    if (input_.at("S3BucketSource").has("S3KeyPrefix"))
      members.set("Prefix", input_.at("S3BucketSource").at("S3KeyPrefix"));
    if (!row_.after.empty()) members.set("StartAfter", row_.after);
    const Value answer = TRY(ask(kListObjects, std::move(members)));
    if (answer.at("Contents").list().empty()) return false;
    const Value& found = answer.at("Contents").list().front();
    row_.object = found.at("Key").str();
    row_.size = found.at("Size").num();
    row_.offset = 0;
    row_.records = 0;
    row_.header.clear();
    for (const Value& name : csv_.at("HeaderList").list()) row_.header.push_back(name.str());
    return true;
  }

  void end_object() {
    row_.bytes += row_.size;
    row_.after = std::move(row_.object);
    row_.object.clear();
  }

  base::Result<std::string> read_piece() {
    Value members = source();
    members.set("Key", row_.object);
    const std::string& packing = input_.at("InputCompressionType").str();
    const bool is_packed = packing == "GZIP" || packing == "ZSTD";
    if (!is_packed) members.set("Range", fmt::format("bytes={}-{}", row_.offset, row_.offset + kPieceBytes - 1));
    const Value answer = TRY(ask(kGetObject, std::move(members)));
    const std::string& body = answer.at("Body").str();
    if (!is_packed) {
      is_last_ = row_.offset + body.size() >= static_cast<std::uint64_t>(row_.size);
      return body;
    }
    auto text = packing == "ZSTD" ? base::unzstd(body, kUnpackedBytesMax) : base::gunzip(body, kUnpackedBytesMax);
    if (!text) {
      // The object is one record that cannot be read.
      note(std::unexpected(text.error()));
      row_.offset = 0;
      is_last_ = true;
      return std::string();
    }
    is_last_ = row_.offset + kPieceBytes >= text->size();
    return text->substr(row_.offset, kPieceBytes);
  }

  void note(const base::Result<void>& outcome) {
    ++row_.processed;
    ++(outcome ? row_.imported : row_.errors);
    if (!outcome) errors_.push_back({.index = row_.records, .message = outcome.error().message});
    ++row_.records;
  }

  // False: there is none in this piece any more.
  bool take_record(Piece& piece) {
    return input_.at("InputFormat").str() == "CSV" ? take_csv(piece) : take_struct(piece);
  }

  bool take_struct(Piece& piece) {
    const bool is_ion = input_.at("InputFormat").str() == "ION";
    const JsonRecord record = is_ion ? next_ion_record(piece) : next_json_record(piece);
    if (record.kind == RecordKind::kEnd || record.kind == RecordKind::kIncomplete) return false;
    if (record.kind == RecordKind::kBroken) {
      note(validation_error("A record must be an object"));
    } else {
      note(put(is_ion ? attributes_of_ion(record.text) : attributes_of_json(record.text)));
    }
    return true;
  }

  bool take_csv(Piece& piece) {
    const std::string delimiter = csv_.at("Delimiter").str();
    CsvRecord record = next_csv_record(piece, delimiter.empty() ? ',' : delimiter.front());
    if (record.kind == RecordKind::kEnd || record.kind == RecordKind::kIncomplete) return false;
    if (record.kind == RecordKind::kItem && row_.header.empty() && record.columns.size() <= kColumnsMax) {
      row_.header = std::move(record.columns);
      return true;
    }
    note(record.kind == RecordKind::kBroken
             ? validation_error("A record must end its quotes")
             : put(attributes_of_csv(row_.header, record.columns, get_details(table_).definitions)));
    return true;
  }

  base::Result<void> put(const base::Result<Value>& attributes) {
    if (!attributes) return std::unexpected(attributes.error());
    const Value input(Value::Map{{"Item", *attributes}});
    PutRequest request = TRY(prepare_put(input));
    TRY_VOID(put_item(call_, table_, std::move(request), input));
    return {};
  }

  Call& call_;
  const OpenTable& table_;
  Import& row_;
  Value input_;
  const Value& csv_;
  bool is_last_ = true;
  std::vector<ImportError> errors_;
};

// The table is there for everybody, or gone where nothing could be read.
void end_import(Call& call, OpenTable& table, Import& row, const base::Result<bool>& outcome) {
  if (!outcome) {
    fail_transfer(call, row.transfer, outcome.error().code, outcome.error().message);
  } else if (row.errors > 0) {
    fail_transfer(call, row.transfer, "ItemValidationError",
                  "Some of the items failed validation checks and were not imported. Please check CloudWatch error "
                  "logs for more details.");
  } else {
    finish_transfer(call, row.transfer);
  }
  table.row.is_restoring = false;
  if (outcome || row.processed > 0) return put_table(table);
  erase_table(call, table);
}

}  // namespace

base::Result<void> import_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const store::Place place{parts.text(), parts.text()};
  const std::string name = parts.text(), label = parts.text();
  const std::string row_key = store::key(std::string_view(name), std::string_view(label));
  const store::Transaction tx = call.tx.at(place);
  auto row = tx.get(kImports, row_key);
  auto table = get_table(call, {place, name});
  if (!row || row->transfer.status != TransferStatus::kInProgress) return {};
  if (!table || table->row.id != row->table_id) {
    fail_transfer(call, row->transfer, "TableNotFound", "The table was deleted.");
    tx.put(kImports, row_key, *row);
    return {};
  }
  const auto has_more = Importer(call, *table, *row).go_on();
  if (has_more && *has_more) {
    call.arm(kImport, call.now, key);
  } else {
    end_import(call, *table, *row, has_more);
  }
  tx.put(kImports, row_key, *row);
  return {};
}

}  // namespace dynamodb
