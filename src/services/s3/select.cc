// SelectObjectContent: a query over one object. The language is in select_sql.h, records and results in select_input.h.
#include <array>

#include "services/s3/bucket_checks.h"
#include "services/s3/objects.h"
#include "services/s3/over_time.h"
#include "services/s3/select_input.h"

namespace s3 {

namespace {

// "Amazon S3 Select … the maximum length of a record in the input or result is 1 MB": so long are its delimiters, too.
constexpr std::size_t kDelimiterBytesMax = 2;

Result<char> read_character(const Value& value, char otherwise, std::string_view name) {
  if (value.is_null()) return otherwise;
  if (value.str().size() > 1)
    return invalid_argument("The value must be a single character.", std::string(name), value.str());
  return value.str().empty() ? '\0' : value.str().front();
}

Result<std::string> read_delimiter(const Value& value, std::string otherwise, std::string_view name) {
  if (value.str().empty()) return otherwise;
  if (value.str().size() > kDelimiterBytesMax)
    return invalid_argument("The delimiter must be one or two characters.", std::string(name), value.str());
  return value.str();
}

Result<select::CsvForm> read_csv_form(const Value& csv) {
  using Header = select::CsvForm::Header;
  select::CsvForm form;
  const std::string& header = csv.at("FileHeaderInfo").str();
  if (header == "USE") form.header = Header::kUse;
  if (header == "IGNORE") form.header = Header::kIgnore;
  if (!header.empty() && header != "USE" && header != "IGNORE" && header != "NONE")
    return error("InvalidFileHeaderInfo", "The FileHeaderInfo is not valid. Only NONE, USE, and IGNORE are supported.");
  form.comment = TRY(read_character(csv.at("Comments"), '#', "Comments"));
  form.quote_escape = TRY(read_character(csv.at("QuoteEscapeCharacter"), '"', "QuoteEscapeCharacter"));
  form.quote = TRY(read_character(csv.at("QuoteCharacter"), '"', "QuoteCharacter"));
  form.field_delimiter = TRY(read_character(csv.at("FieldDelimiter"), ',', "FieldDelimiter"));
  form.record_delimiter = TRY(read_delimiter(csv.at("RecordDelimiter"), "\n", "RecordDelimiter"));
  form.allows_quoted_record_delimiter = csv.at("AllowQuotedRecordDelimiter").flag();
  return form;
}

Result<select::Compression> read_compression(const Value& input) {
  const std::string& type = input.at("CompressionType").str();
  if (type.empty() || type == "NONE") return select::Compression::kNone;
  if (type == "GZIP") return select::Compression::kGzip;
  if (type == "BZIP2") return select::Compression::kBzip2;
  return error("InvalidCompressionFormat",
               "The file is not in a supported compression format. Only GZIP and BZIP2 are supported.");
}

Result<select::OutputForm> read_output_form(const Value& output) {
  select::OutputForm form{.is_json = output.has("JSON")};
  if (form.is_json == output.has("CSV"))
    return error("ObjectSerializationConflict",
                 "InputSerialization specifies more than one format (CSV, JSON, or "
                 "Parquet), or OutputSerialization specifies more than one format (CSV "
                 "or JSON). For InputSerialization and OutputSerialization, you can "
                 "specify only one format for each.");
  const Value& given = output.at(form.is_json ? "JSON" : "CSV");
  const std::string& quotes = given.at("QuoteFields").str();
  if (!quotes.empty() && quotes != "ALWAYS" && quotes != "ASNEEDED")
    return error("InvalidQuoteFields", "The QuoteFields is not valid. Only ALWAYS and ASNEEDED are supported.");
  form.always_quotes = quotes == "ALWAYS";
  form.record_delimiter = TRY(read_delimiter(given.at("RecordDelimiter"), "\n", "RecordDelimiter"));
  form.field_delimiter = TRY(read_delimiter(given.at("FieldDelimiter"), ",", "FieldDelimiter"));
  if (given.has("QuoteCharacter")) form.quote = given.at("QuoteCharacter").str();
  if (given.has("QuoteEscapeCharacter")) form.quote_escape = given.at("QuoteEscapeCharacter").str();
  return form;
}

// "Both Start and End: process the records starting within; Start alone: to the end; End alone: the last N bytes."
Result<select::ScanRange> read_scan_range(const Value& range, std::uint64_t size) {
  select::ScanRange read;
  if (range.is_null()) return read;
  const bool has_start = range.has("Start"), has_end = range.has("End");
  const std::int64_t start = range.at("Start").num(), end = range.at("End").num();
  if ((!has_start && !has_end) || start < 0 || end < 0 || (has_start && has_end && start > end) ||
      (has_start && static_cast<std::uint64_t>(start) >= size))
    return error("InvalidScanRange", "The provided scan range is not valid.");
  if (has_start) read.first_byte = static_cast<std::uint64_t>(start);
  if (has_start && has_end) read.last_byte = static_cast<std::uint64_t>(end);
  if (!has_start) read.first_byte = size - std::min(size, static_cast<std::uint64_t>(end));
  return read;
}

// The object's records, and how many bytes of it have been read for them.
struct Source {
  std::unique_ptr<select::RecordReader> records;
  std::shared_ptr<std::uint64_t> bytes_scanned = std::make_shared<std::uint64_t>(0);
};

Result<Source> open_records(const Value& input, std::unique_ptr<BodyReader> body, std::uint64_t size) {
  const Value& form = input.at("InputSerialization");
  if (int{form.has("CSV")} + int{form.has("JSON")} + int{form.has("Parquet")} != 1)
    return error("InvalidDataSource", "The data source type is not valid. Only CSV, JSON, and Parquet are supported.");
  const select::Compression compression = TRY(read_compression(form));
  const select::ScanRange range = TRY(read_scan_range(input.at("ScanRange"), size));
  const std::string& json_type = form.at("JSON").at("Type").str();
  const bool is_document = form.has("JSON") && json_type == "DOCUMENT", is_parquet = form.has("Parquet");
  if (is_parquet && compression != select::Compression::kNone)
    return error("InvalidCompressionFormat", "Parquet is compressed by its columns; CompressionType must be NONE.");
  if (input.has("ScanRange") && (is_parquet || compression != select::Compression::kNone || is_document ||
                                 form.at("CSV").at("AllowQuotedRecordDelimiter").flag()))
    return error("UnsupportedScanRangeInput",
                 "Scan range queries are not supported on this type of object. They are on uncompressed CSV without "
                 "quoted record delimiters and on uncompressed JSON lines.");
  Source source;
  select::Pull pull = [reader = std::shared_ptr<BodyReader>(std::move(body)), count = source.bytes_scanned]() {
    auto bytes = reader->read();
    if (bytes) *count += bytes->size();
    return bytes;
  };
  if (is_parquet) {
    source.records = TRY(select::make_parquet_reader(pull));
    return source;
  }
  pull = select::unpacked(std::move(pull), compression);
  if (form.has("CSV")) {
    source.records = select::make_csv_reader(std::move(pull), TRY(read_csv_form(form.at("CSV"))), range);
    return source;
  }
  if (json_type != "DOCUMENT" && json_type != "LINES")
    return error("InvalidJsonType", "The JsonType is not valid. Only DOCUMENT and LINES are supported.");
  source.records = select::make_json_reader(
      std::move(pull), is_document ? select::JsonType::kDocument : select::JsonType::kLines, range);
  return source;
}

Value details_of(const Source& source, std::int64_t bytes_returned) {
  return Value::Map{{"BytesScanned", static_cast<std::int64_t>(*source.bytes_scanned)},
                    {"BytesProcessed", static_cast<std::int64_t>(source.records->bytes_read())},
                    {"BytesReturned", bytes_returned}};
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html
Result<Out> SelectObjectContent(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const std::string& key = in.str("Key");
  const ObjectVersion version = TRY(find_object(call, bucket, key, Value()));
  if (in.str("ExpressionType") != "SQL")
    return error("InvalidExpressionType", "The ExpressionType is not valid. Only SQL expressions are supported.");
  if (version.storage_class == "GLACIER" || version.storage_class == "DEEP_ARCHIVE" ||
      version.storage_class == "REDUCED_REDUNDANCY")
    return base::fail("UnsupportedStorageClass", "Encountered a storage class that is not supported.");
  const select::Query query = TRY(select::parse_query(in.str("Expression")));
  const select::OutputForm form = TRY(read_output_form(in["OutputSerialization"]));
  const CustomerKey given = TRY(customer_key_of(in.value(), KeyFor::kObject));
  const ObjectKey object_key = TRY(open_object_key(call, version.encryption, {bucket.name, key}, given));
  auto body = TRY(open_body(call, version.body, object_key, {0, version.body.size}));
  const Source source = TRY(open_records(in.value(), std::move(body), version.body.size));

  // LIMIT: the whole answer is made before it is sent.
  Value::List events;
  std::int64_t bytes_returned = 0;
  TRY_VOID(select::run_query({.query = query,
                              .records = *source.records,
                              .form = form,
                              .now_ms = call.now_ms(),
                              .flush = [&](std::string& out) {
                                bytes_returned += static_cast<std::int64_t>(out.size());
                                events.push_back(Value::Map{
                                    {"Records", Value::Map{{"Payload", std::exchange(out, std::string())}}}});
                              }}));
  const Value details = details_of(source, bytes_returned);
  if (in["RequestProgress"].at("Enabled").flag())
    events.push_back(Value::Map{{"Progress", Value::Map{{"Details", details}}}});
  events.push_back(Value::Map{{"Stats", Value::Map{{"Details", details}}}});
  events.push_back(Value::Map{{"End", Value::Map{}}});
  return Out{{"Payload", std::move(events)}};
}

}  // namespace s3
