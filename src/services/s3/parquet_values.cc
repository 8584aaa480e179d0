// The values in pages of Parquet.
// https://parquet.apache.org/docs/file-format/data-pages/encodings/
#include <cmath>
#include <cstring>

#include "base/time_text.h"
#include "services/s3/parquet.h"

namespace s3::parquet {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kJulianDayOfEpoch = 2'440'588;

template <class Number>
Number little_endian(std::string_view bytes) {
  Number number{};
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

// "12.50" of 1250 with the scale 2.
__extension__ using Wide = __int128;
__extension__ using WideUnsigned = unsigned __int128;
std::string decimal_text(Wide digits, std::int64_t scale) {
  const bool is_negative = digits < 0;
  auto rest = is_negative ? ~static_cast<WideUnsigned>(digits) + 1 : static_cast<WideUnsigned>(digits);
  std::string text;
  for (; rest != 0; rest /= 10) text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  const auto after_point = static_cast<std::size_t>(scale);
  if (text.size() <= after_point) text.insert(0, after_point + 1 - text.size(), '0');
  if (after_point > 0) text.insert(text.size() - after_point, ".");
  return is_negative ? "-" + text : text;
}

bool is_time_in_range(std::int64_t time_ms) { return time_ms > -62'000'000'000'000 && time_ms < 253'000'000'000'000; }

Value time_text(std::int64_t time_ms) {
  return is_time_in_range(time_ms) ? Value(base::format_iso8601(time_ms)) : Value();
}

Value of_whole(const Column& column, std::int64_t number) {
  switch (column.meaning) {
    case Meaning::kDecimal: return decimal_text(number, column.scale);
    case Meaning::kDate:
      if (number < -700'000 || number > 2'900'000) return Value();
      return base::format_iso8601(number * kDayMs).substr(0, 10);
    case Meaning::kTimestampMillis: return time_text(number);
    case Meaning::kTimestampMicros: return time_text(number / 1'000);
    case Meaning::kTimestampNanos: return time_text(number / 1'000'000);
    case Meaning::kNone: break;
  }
  return number;
}

Value of_bytes(const Column& column, std::string_view bytes) {
  if (column.meaning != Meaning::kDecimal || bytes.empty() || bytes.size() > 16) return bytes;
  const bool is_negative = (static_cast<unsigned char>(bytes.front()) & 128) != 0;
  auto digits = is_negative ? ~WideUnsigned{0} : WideUnsigned{0};
  for (char next : bytes) digits = (digits << 8) | static_cast<unsigned char>(next);
  return decimal_text(static_cast<Wide>(digits), column.scale);
}

// Nanoseconds of a day, and the Julian day.
Value of_int96(std::string_view bytes) {
  const auto nanos = little_endian<std::int64_t>(bytes);
  const std::int64_t day = std::int64_t{little_endian<std::int32_t>(bytes.substr(8))} - kJulianDayOfEpoch;
  return time_text(day * kDayMs + nanos / 1'000'000);
}

std::size_t size_of(const Column& column) {
  switch (column.type) {
    case Type::kInt32:
    case Type::kFloat: return 4;
    case Type::kInt64:
    case Type::kDouble: return 8;
    case Type::kInt96: return 12;
    case Type::kFixedBytes: return static_cast<std::size_t>(column.length);
    case Type::kBoolean:
    case Type::kBytes: break;
  }
  return 0;
}

Value of_sized(const Column& column, std::string_view bytes) {
  switch (column.type) {
    case Type::kInt32: return of_whole(column, little_endian<std::int32_t>(bytes));
    case Type::kInt64: return of_whole(column, little_endian<std::int64_t>(bytes));
    case Type::kInt96: return of_int96(bytes);
    case Type::kFloat: return double{little_endian<float>(bytes)};
    case Type::kDouble: return little_endian<double>(bytes);
    default: return of_bytes(column, bytes);
  }
}

}  // namespace

std::unexpected<base::Error> damaged() {
  return base::fail("ParquetParsingError",
                    "Encountered an error parsing the Parquet file. Check the file and try again.");
}

Result<std::vector<Value>> read_plain(const Column& column, std::string_view bytes, std::int64_t count) {
  std::vector<Value> values;
  if (column.type == Type::kBoolean) {
    if (static_cast<std::uint64_t>(count) > bytes.size() * 8) return damaged();
    for (std::int64_t each = 0; each < count; ++each)
      values.emplace_back(((static_cast<unsigned char>(bytes[static_cast<std::size_t>(each / 8)]) >> (each % 8)) & 1) !=
                          0);
    return values;
  }
  const std::size_t fixed = size_of(column);
  for (std::int64_t each = 0; each < count; ++each) {
    std::size_t size = fixed;
    if (column.type == Type::kBytes) {
      if (bytes.size() < 4) return damaged();
      size = little_endian<std::uint32_t>(bytes);
      bytes.remove_prefix(4);
    }
    if (size > bytes.size()) return damaged();
    values.push_back(of_sized(column, bytes.substr(0, size)));
    bytes.remove_prefix(size);
  }
  return values;
}

Result<std::vector<std::uint32_t>> read_runs(std::string_view bytes, int width, std::int64_t count) {
  if (width < 0 || width > 32) return damaged();
  std::vector<std::uint32_t> numbers;
  const auto wanted = static_cast<std::size_t>(count);
  std::size_t at = 0;
  while (numbers.size() < wanted) {
    std::uint64_t head = 0;
    for (int shift = 0;; shift += 7) {
      if (at >= bytes.size() || shift > 28) return damaged();
      const auto next = static_cast<unsigned char>(bytes[at++]);
      head |= static_cast<std::uint64_t>(next & 127) << shift;
      if ((next & 128) == 0) break;
    }
    const auto value_bytes = static_cast<std::size_t>((width + 7) / 8);
    if ((head & 1) == 0) {
      // The same number again and again.
      if (value_bytes > bytes.size() - at) return damaged();
      std::uint32_t number = 0;
      for (std::size_t each = 0; each < value_bytes; ++each)
        number |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + each])) << (8 * each);
      at += value_bytes;
      const std::size_t times = std::min<std::size_t>(head >> 1, wanted - numbers.size());
      if ((head >> 1) == 0) return damaged();
      numbers.insert(numbers.end(), times, number);
      continue;
    }
    // Groups of eight, packed.
    const std::uint64_t groups = head >> 1;
    const std::uint64_t size = groups * static_cast<std::uint64_t>(width);
    if (groups == 0) return damaged();
    for (std::uint64_t each = 0; each < groups * 8 && numbers.size() < wanted; ++each) {
      std::uint32_t number = 0;
      for (int bit = 0; bit < width; ++bit) {
        const std::uint64_t place = each * static_cast<std::uint64_t>(width) + static_cast<std::uint64_t>(bit);
        if (at + place / 8 >= bytes.size()) return damaged();
        const auto byte = static_cast<unsigned char>(bytes[at + place / 8]);
        number |= static_cast<std::uint32_t>((byte >> (place % 8)) & 1U) << bit;
      }
      numbers.push_back(number);
    }
    at = std::min<std::uint64_t>(bytes.size(), at + size);
  }
  return numbers;
}

}  // namespace s3::parquet
