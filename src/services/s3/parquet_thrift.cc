// Thrift's compact protocol, which the descriptions inside of Parquet files are written in.
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
#include <cstring>

#include "services/s3/parquet.h"

namespace s3::parquet {

namespace {

constexpr int kThriftDepthMax = 16;

class ThriftReader {
 public:
  explicit ThriftReader(std::string_view bytes) : bytes_(bytes) {}

  Result<Value> structure(int depth) {
    if (depth > kThriftDepthMax) return damaged();
    Value found(Value::Map{});
    std::int64_t field = 0;
    while (true) {
      const auto head = static_cast<std::uint8_t>(TRY(byte()));
      if (head == 0) return found;
      const int kind = head & 15, step = head >> 4;
      field = step != 0 ? field + step : TRY(whole());
      // Of a flag the kind is the value.
      if (kind == 1 || kind == 2)
        found.map_to_change().emplace_back(std::to_string(field), Value(kind == 1));
      else
        found.map_to_change().emplace_back(std::to_string(field), TRY(value(kind, depth)));
    }
  }
  std::size_t used() const { return at_; }

 private:
  Result<std::uint64_t> number() {
    std::uint64_t found = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto next = static_cast<std::uint8_t>(TRY(byte()));
      found |= static_cast<std::uint64_t>(next & 127) << shift;
      if ((next & 128) == 0) return found;
    }
    return damaged();
  }
  Result<std::int64_t> whole() {
    const std::uint64_t zigzag = TRY(number());
    return static_cast<std::int64_t>((zigzag >> 1) ^ (~(zigzag & 1) + 1));
  }
  Result<char> byte() {
    if (at_ >= bytes_.size()) return damaged();
    return bytes_[at_++];
  }
  Result<std::string_view> take(std::uint64_t size) {
    if (size > bytes_.size() - at_) return damaged();
    const std::string_view taken = bytes_.substr(at_, size);
    at_ += size;
    return taken;
  }

  Result<Value> list(int depth) {
    const auto head = static_cast<std::uint8_t>(TRY(byte()));
    const int kind = head & 15;
    std::uint64_t count = head >> 4;
    if (count == 15) count = TRY(number());
    // Each element takes a byte at least.
    if (count > bytes_.size() - at_) return damaged();
    Value::List elements;
    for (std::uint64_t each = 0; each < count; ++each) elements.push_back(TRY(value(kind, depth)));
    return Value(std::move(elements));
  }

  Result<Value> value(int kind, int depth) {
    switch (kind) {
      case 1:
      case 2: return Value(TRY(byte()) == 1);  // inside of lists
      case 3: return Value(std::int64_t{TRY(byte())});
      case 4:
      case 5:
      case 6: return Value(TRY(whole()));
      case 7: {
        double real = 0;
        const std::string_view bytes = TRY(take(sizeof real));
        std::memcpy(&real, bytes.data(), sizeof real);
        return Value(real);
      }
      case 8: {
        const std::uint64_t size = TRY(number());
        return Value(TRY(take(size)));
      }
      case 9:
      case 10: return depth < kThriftDepthMax ? list(depth + 1) : Result<Value>(damaged());
      case 12: return structure(depth + 1);
      default: return damaged();  // maps, which Parquet has none of
    }
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Value> read_thrift(std::string_view bytes, std::size_t& used) {
  ThriftReader reader(bytes);
  Value found = TRY(reader.structure(0));
  used = reader.used();
  return found;
}

}  // namespace s3::parquet
