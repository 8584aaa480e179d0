#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "services/s3/select_evaluate.h"

// Objects as records: lines of CSV, values of JSON, packed or not.
namespace s3::select {

// "The maximum length of a record in the input or result is 1 MB."
inline constexpr std::size_t kRecordBytesMax = 1'048'576;
// A JSON document is one record, whose parts are asked for.
inline constexpr std::size_t kDocumentBytesMax = 64 * 1'048'576;

// The next bytes, of any number; none at the end.
using Pull = std::function<Result<std::string>()>;

enum class Compression { kNone, kGzip, kBzip2 };
// Errors: TruncatedInput, InvalidCompressionFormat.
Pull unpacked(Pull packed, Compression compression);

struct CsvForm {
  enum class Header { kNone, kIgnore, kUse };

  Header header = Header::kNone;
  std::string record_delimiter = "\n";
  char field_delimiter = ',';
  char quote = '"';
  char quote_escape = '"';
  char comment = '#';
  bool allows_quoted_record_delimiter = false;
};

// Records that begin at or after `first_byte` and not behind `last_byte`.
struct ScanRange {
  std::uint64_t first_byte = 0;
  std::optional<std::uint64_t> last_byte;
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // False at the end. Errors: CSVParsingError, JSONParsingError, OverMaxRecordSize, ….
  virtual Result<bool> next(Record& record) = 0;
  // How many bytes, unpacked, have been looked at.
  virtual std::uint64_t bytes_read() const = 0;
};
std::unique_ptr<RecordReader> make_csv_reader(Pull pull, const CsvForm& form, const ScanRange& range);
enum class JsonType { kDocument, kLines };
std::unique_ptr<RecordReader> make_json_reader(Pull pull, JsonType type, const ScanRange& range);

// LIMIT: a file of Parquet is read as a whole, and may have this many bytes.
inline constexpr std::size_t kParquetBytesMax = 256 * 1'048'576;
// Errors: ParquetParsingError, UnsupportedParquetType, OverMaxParquetBlockSize, ….
Result<std::unique_ptr<RecordReader>> make_parquet_reader(const Pull& pull);

// How results are written.
struct OutputForm {
  bool is_json = false;
  bool always_quotes = false;
  std::string record_delimiter = "\n";
  std::string field_delimiter = ",";
  std::string quote = "\"";
  std::string quote_escape = "\"";
};

// Runs a query over records. What it gives is written to `out`, one record after the other; `flush` is called with it
// whenever enough has been gathered, and empties it.
struct Run {
  const Query& query;
  RecordReader& records;
  const OutputForm& form;
  std::int64_t now_ms = 0;
  std::function<void(std::string& out)> flush;
};
Result<void> run_query(const Run& run);

}  // namespace s3::select
