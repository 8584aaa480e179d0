#include "services/s3/parquet.h"

#include <snappy.h>
#include <zstd.h>

#include <bit>
#include <cstring>

#include "base/gzip.h"

namespace s3::parquet {

namespace {

constexpr std::string_view kMark = "PAR1";
constexpr std::size_t kPageBytesMax = 64 * 1024 * 1024;

std::unexpected<base::Error> unsupported_type() {
  return base::fail("UnsupportedParquetType", "The specified Parquet type is not supported.");
}

std::unexpected<base::Error> too_big_group() {
  return base::fail("OverMaxParquetBlockSize", "The Parquet file is above the max row group size.");
}

std::uint32_t length_at(std::string_view bytes) {
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return length;
}

Meaning meaning_of(const Value& element) {
  switch (element.at("6").is_whole() ? element.at("6").num() : -1) {
    case 5: return Meaning::kDecimal;
    case 6: return Meaning::kDate;
    case 9: return Meaning::kTimestampMillis;
    case 10: return Meaning::kTimestampMicros;
    default: break;
  }
  // Newer files say it by a structure: 5 decimal, 6 date, 8 timestamp with its unit.
  const Value& logical = element.at("10");
  if (logical.has("5")) return Meaning::kDecimal;
  if (logical.has("6")) return Meaning::kDate;
  if (!logical.has("8")) return Meaning::kNone;
  const Value& unit = logical.at("8").at("2");
  return unit.has("1")   ? Meaning::kTimestampMillis
         : unit.has("2") ? Meaning::kTimestampMicros
                         : Meaning::kTimestampNanos;
}

Result<Column> read_schema_element(const Value& element) {
  const std::int64_t type = element.at("1").is_whole() ? element.at("1").num() : -1;
  const std::int64_t repetition = element.at("3").num();
  if (element.at("5").num() != 0 || type < 0 || type > 7 || repetition == 2) return unsupported_type();
  Column column{.name = element.at("4").str(),
                .type = static_cast<Type>(type),
                .meaning = meaning_of(element),
                .length = element.at("2").num(),
                .scale = element.at("7").num(),
                .is_optional = repetition == 1};
  const bool is_sane = column.scale >= 0 && column.scale <= 38 && column.length >= 0 && column.length < 65'536 &&
                       (column.type != Type::kFixedBytes || column.length > 0);
  if (!is_sane) return damaged();
  return column;
}

Result<Chunk> read_chunk(const Value& described, std::string_view bytes) {
  const Value& about = described.at("3");
  const std::int64_t data = about.at("9").num(), dictionary = about.at("11").num(), size = about.at("7").num();
  const std::int64_t begin = dictionary > 0 && dictionary < data ? dictionary : data;
  if (begin < 0 || size < 0 || static_cast<std::uint64_t>(begin) > bytes.size() ||
      static_cast<std::uint64_t>(size) > bytes.size() - static_cast<std::uint64_t>(begin))
    return damaged();
  return Chunk{.codec = about.at("4").num(),
               .value_count = about.at("5").num(),
               .begin = static_cast<std::uint64_t>(begin),
               .size = static_cast<std::uint64_t>(size)};
}

Result<std::string> unpack(std::int64_t codec, std::string_view packed, std::size_t size) {
  if (size > kPageBytesMax) return damaged();
  std::string plain;
  if (codec == 0) {
    plain = packed;
  } else if (codec == 1) {
    std::size_t said = 0;
    if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &said) || said != size) return damaged();
    if (!snappy::Uncompress(packed.data(), packed.size(), &plain)) return damaged();
  } else if (codec == 2) {
    auto unpacked = base::gunzip(packed, size);
    if (!unpacked) return damaged();
    plain = *std::move(unpacked);
  } else if (codec == 6) {
    plain.resize(size);
    const std::size_t done = ZSTD_decompress(plain.data(), size, packed.data(), packed.size());
    if (ZSTD_isError(done) != 0) return damaged();
    plain.resize(done);
  } else {
    return base::fail("ParquetUnsupportedCompressionCodec",
                      "The specified Parquet compression codec is not supported.");
  }
  return plain;
}

// Reads the pages of a column one after the other.
class ChunkReader {
 public:
  ChunkReader(const Column& column, const Chunk& chunk, std::string_view bytes, std::uint64_t& bytes_left)
      : column_(column), chunk_(chunk), bytes_(bytes.substr(chunk.begin, chunk.size)), bytes_left_(bytes_left) {}

  Result<std::vector<Value>> all(std::int64_t row_count) {
    if (chunk_.value_count != row_count) return damaged();
    while (static_cast<std::int64_t>(values_.size()) < row_count) TRY_VOID(next_page(row_count));
    return std::move(values_);
  }

 private:
  Result<void> next_page(std::int64_t row_count) {
    std::size_t used = 0;
    const Value head = TRY(read_thrift(bytes_, used));
    bytes_.remove_prefix(used);
    const std::int64_t type = head.at("1").num(), plain = head.at("2").num(), packed = head.at("3").num();
    if (plain < 0 || packed < 0 || static_cast<std::uint64_t>(packed) > bytes_.size()) return damaged();
    const std::string_view page = bytes_.substr(0, static_cast<std::size_t>(packed));
    bytes_.remove_prefix(page.size());
    const auto size = static_cast<std::size_t>(plain);
    if (type == 2) return take_dictionary(head.at("7"), page, size);
    const Value& about = type == 0 ? head.at("5") : head.at("8");
    if (type != 0 && type != 3) return {};  // indexes
    const std::int64_t count = about.at("1").num();
    if (count < 0 || count > row_count - static_cast<std::int64_t>(values_.size())) return damaged();
    return type == 0 ? take_first_version(about, page, size, count) : take_second_version(about, page, size, count);
  }

  Result<void> take_dictionary(const Value& about, std::string_view page, std::size_t size) {
    const std::string plain = TRY(unpack(chunk_.codec, page, size));
    const std::int64_t count = about.at("1").num();
    if (count < 0) return damaged();
    dictionary_ = TRY(read_plain(column_, plain, count));
    return {};
  }

  Result<void> take_first_version(const Value& about, std::string_view page, std::size_t size, std::int64_t count) {
    const std::string plain = TRY(unpack(chunk_.codec, page, size));
    std::string_view rest = plain, levels;
    if (column_.is_optional) {
      if (rest.size() < 4 || length_at(rest) > rest.size() - 4) return damaged();
      levels = rest.substr(4, length_at(rest));
      rest.remove_prefix(4 + levels.size());
    }
    return take_values(about.at("2").num(), levels, rest, count);
  }

  // Levels stand before what is packed.
  Result<void> take_second_version(const Value& about, std::string_view page, std::size_t size, std::int64_t count) {
    const std::int64_t defined = about.at("5").num(), repeated = about.at("6").num();
    if (defined < 0 || repeated != 0 || static_cast<std::uint64_t>(defined) > page.size() ||
        static_cast<std::uint64_t>(defined) > size)
      return damaged();
    const std::string_view levels = page.substr(0, static_cast<std::size_t>(defined));
    const std::string_view rest = page.substr(levels.size());
    const bool is_packed = !about.has("7") || about.at("7").flag();
    const std::string plain = TRY(unpack(is_packed ? chunk_.codec : 0, rest, size - levels.size()));
    return take_values(about.at("4").num(), levels, plain, count);
  }

  Result<void> take_values(std::int64_t encoding, std::string_view levels, std::string_view bytes, std::int64_t count) {
    if (bytes.size() > bytes_left_) return too_big_group();
    bytes_left_ -= bytes.size();
    std::vector<std::uint32_t> is_there(static_cast<std::size_t>(count), 1);
    if (column_.is_optional) is_there = TRY(read_runs(levels, 1, count));
    std::int64_t there = 0;
    for (std::uint32_t each : is_there) there += each != 0 ? 1 : 0;
    std::vector<Value> found = TRY(decode(encoding, bytes, there));
    std::size_t next = 0;
    for (std::uint32_t each : is_there) values_.push_back(each != 0 ? std::move(found[next++]) : Value());
    return {};
  }

  Result<std::vector<Value>> decode(std::int64_t encoding, std::string_view bytes, std::int64_t count) {
    if (encoding == 0) return read_plain(column_, bytes, count);
    std::vector<Value> found;
    if (encoding == 3 && column_.type == Type::kBoolean) {
      if (bytes.size() < 4) return damaged();
      for (std::uint32_t flag : TRY(read_runs(bytes.substr(4), 1, count))) found.emplace_back(flag != 0);
      return found;
    }
    // LIMIT: of the encodings, those by differences are not read.
    if (encoding != 2 && encoding != 8) return unsupported_type();
    if (count == 0) return found;
    if (bytes.empty()) return damaged();
    for (std::uint32_t index : TRY(read_runs(bytes.substr(1), static_cast<unsigned char>(bytes.front()), count))) {
      if (index >= dictionary_.size()) return damaged();
      // A long text may be meant by many small numbers.
      const std::uint64_t size = dictionary_[index].str().size();
      if (size > bytes_left_) return too_big_group();
      bytes_left_ -= size;
      found.push_back(dictionary_[index]);
    }
    return found;
  }

  const Column& column_;
  const Chunk& chunk_;
  std::string_view bytes_;
  std::uint64_t& bytes_left_;
  std::vector<Value> dictionary_, values_;
};

}  // namespace

Result<File> read_file(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little, "Parquet's numbers are read as they stand");
  if (bytes.size() < 12 || !bytes.starts_with(kMark) || !bytes.ends_with(kMark)) return damaged();
  const std::string_view before = bytes.substr(0, bytes.size() - 8);
  const std::uint32_t length = length_at(bytes.substr(bytes.size() - 8));
  if (length > before.size() - 4) return damaged();
  std::size_t used = 0;
  const Value about = TRY(read_thrift(before.substr(before.size() - length), used));
  const Value::List& schema = about.at("2").list();
  if (schema.empty()) return damaged();
  File file;
  // The first is the whole; of a flat one all others are its columns.
  for (std::size_t each = 1; each < schema.size(); ++each)
    file.columns.push_back(TRY(read_schema_element(schema[each])));
  for (const Value& described : about.at("4").list()) {
    RowGroup group{.row_count = described.at("3").num(),
                   .bytes = static_cast<std::uint64_t>(described.at("2").num()),
                   .chunks = {}};
    const auto columns = static_cast<std::int64_t>(std::max<std::size_t>(file.columns.size(), 1));
    if (group.bytes > kRowGroupBytesMax || group.row_count > kRowGroupValuesMax / columns) return too_big_group();
    const Value::List& chunks = described.at("1").list();
    if (group.row_count < 0 || chunks.size() != file.columns.size()) return damaged();
    for (const Value& chunk : chunks) group.chunks.push_back(TRY(read_chunk(chunk, bytes)));
    file.groups.push_back(std::move(group));
  }
  return file;
}

Result<std::vector<Value>> read_column(std::string_view bytes, const File& file, const RowGroup& group,
                                       std::size_t column, std::uint64_t& bytes_left) {
  return ChunkReader(file.columns[column], group.chunks[column], bytes, bytes_left).all(group.row_count);
}

}  // namespace s3::parquet
