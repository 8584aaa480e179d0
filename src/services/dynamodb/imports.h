#pragma once

#include "services/dynamodb/transfers.h"

// Imports from S3 into new tables.
namespace dynamodb {

struct Import {
  Transfer transfer;
  std::uint64_t table_id = 0;
  std::int64_t errors = 0, processed = 0, imported = 0;
  std::int64_t bytes = 0;    // of the objects that are done
  std::string after;         // the last of these; empty: none yet
  std::string object;        // the one that is being read; empty: none
  std::int64_t size = 0;     // its
  std::uint64_t offset = 0;  // in it, once it is unpacked
  std::vector<std::string> header;
  std::int64_t records = 0;     // of the object that is being read, so far
  bool has_log_stream = false;  // for its errors

  static void fields(auto& self, auto& field) {
    field("transfer", self.transfer);
    field("table_id", self.table_id);
    field("errors", self.errors);
    field("processed", self.processed);
    field("imported", self.imported);
    field("bytes", self.bytes);
    field("after", self.after);
    field("object", self.object);
    field("size", self.size);
    field("offset", self.offset);
    field("header", self.header);
    field("records", self.records);
    field("has_log_stream", self.has_log_stream);
  }
};
// Key: table name, label (as parts).
inline constexpr store::Table<Import> kImports{"dynamodb.imports"};

// import_steps.cc
// Key: account, region, then the row's.
base::Result<void> import_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kImport{"dynamodb.import", import_step};

// import_logs.cc: where the errors of imports go, each as a line of JSON.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html
inline constexpr std::string_view kImportLogGroup = "/aws-dynamodb/imports";
std::string import_log_group_arn(const store::Place& place);
// Makes the group where it is missing, as the caller. Errors: those of CloudWatch Logs.
base::Result<void> ensure_import_log_group(Call& call);
struct ImportError {
  std::int64_t index = 0;  // of the record in its object
  std::string message;
};
base::Result<void> log_import_errors(Call& call, const store::Place& place, Import& row,
                                     const std::vector<ImportError>& errors);

// import_records.cc: records out of the text of an object.
inline constexpr std::size_t kRecordBytesMax = 3 * 1024 * 1024;
inline constexpr std::size_t kColumnsMax = 255;

// A piece of the text, from `at` on; the rest of it follows in another piece unless `is_last`.
struct Piece {
  std::string_view text;
  std::size_t at = 0;
  bool is_last = true;
};
enum class RecordKind {
  kItem,
  kBroken,      // cannot be told apart from what follows it on its line
  kIncomplete,  // its end is in the next piece
  kEnd,
};
struct JsonRecord {
  RecordKind kind = RecordKind::kEnd;
  std::string_view text;
};
// The next JSON object; moves `at` past it. Objects need no line of their own.
JsonRecord next_json_record(Piece& piece);
// Likewise of Ion: structs, on lines or in a list.
JsonRecord next_ion_record(Piece& piece);
struct CsvRecord {
  RecordKind kind = RecordKind::kEnd;
  std::vector<std::string> columns;
};
// The next line, which goes on where a column in quotes has a line break.
CsvRecord next_csv_record(Piece& piece, char delimiter);

// The attributes of an item as requests have them. Errors: ValidationException.
base::Result<Value> attributes_of_json(std::string_view record);
// Keys have the types that `definitions` say; all others are texts.
base::Result<Value> attributes_of_csv(const std::vector<std::string>& header, const std::vector<std::string>& columns,
                                      const std::vector<KeyPart>& definitions);

}  // namespace dynamodb
