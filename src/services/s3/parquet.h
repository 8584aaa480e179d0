#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/value.h"

// Files of Parquet: tables kept by columns. Flat ones: without lists, maps and structures.
// https://parquet.apache.org/docs/file-format/
namespace s3::parquet {

using base::Result;
using base::Value;

// "Amazon S3 Select on Parquet has a maximum uncompressed row group size of 512 MB."
inline constexpr std::uint64_t kRowGroupBytesMax = 512ULL * 1024 * 1024;
// LIMIT: what a row group may have, in all columns, since it is held in memory.
inline constexpr std::int64_t kRowGroupValuesMax = 20'000'000;

enum class Type { kBoolean, kInt32, kInt64, kInt96, kFloat, kDouble, kBytes, kFixedBytes };
// What the values of a type mean, as far as it is told.
enum class Meaning { kNone, kDecimal, kDate, kTimestampMillis, kTimestampMicros, kTimestampNanos };

struct Column {
  std::string name;
  Type type = Type::kBytes;
  Meaning meaning = Meaning::kNone;
  std::int64_t length = 0;  // of fixed bytes
  std::int64_t scale = 0;   // of decimals
  bool is_optional = false;
};

// The values of a column in one row group, packed in pages.
struct Chunk {
  std::int64_t codec = 0;
  std::int64_t value_count = 0;
  std::uint64_t begin = 0, size = 0;  // in the file
};
struct RowGroup {
  std::int64_t row_count = 0;
  std::uint64_t bytes = 0;
  std::vector<Chunk> chunks;  // one for each column
};
struct File {
  std::vector<Column> columns;
  std::vector<RowGroup> groups;
};

// Errors of all of these: ParquetParsingError, UnsupportedParquetType, OverMaxParquetBlockSize,
// ParquetUnsupportedCompressionCodec.
Result<File> read_file(std::string_view bytes);
// The values of a column in a group, a null where there is none. Their bytes are taken off `bytes_left`.
Result<std::vector<Value>> read_column(std::string_view bytes, const File& file, const RowGroup& group,
                                       std::size_t column, std::uint64_t& bytes_left);

// ---- parquet_thrift.cc

// A structure in Thrift's compact form: a map by the numbers of its fields ("1"); `used` is how many bytes it took.
Result<Value> read_thrift(std::string_view bytes, std::size_t& used);

// ---- parquet_values.cc

std::unexpected<base::Error> damaged();
// Values one after the other.
Result<std::vector<Value>> read_plain(const Column& column, std::string_view bytes, std::int64_t count);
// Numbers of `width` bits, in runs and packed.
Result<std::vector<std::uint32_t>> read_runs(std::string_view bytes, int width, std::int64_t count);

}  // namespace s3::parquet
