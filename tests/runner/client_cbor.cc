#include <fmt/format.h>

#include <bit>
#include <cmath>

#include "runner/client_wire.h"

// Only what the rpc-v2-cbor protocol uses of RFC 8949.
namespace runner {

using model::Kind;
using model::Shape;

namespace {

constexpr unsigned kUnsigned = 0, kNegative = 1, kBytes = 2, kText = 3, kArray = 4, kMap = 5, kTag = 6, kSimple = 7;
constexpr std::uint64_t kEpochTag = 1;

void head(std::string& out, unsigned major, std::uint64_t argument) {
  auto start = [&](unsigned low) { out += static_cast<char>(major << 5 | low); };
  int bytes = 0;
  if (argument < 24) return start(static_cast<unsigned>(argument));
  if (argument <= 0xff)
    start(24), bytes = 1;
  else if (argument <= 0xffff)
    start(25), bytes = 2;
  else if (argument <= 0xffffffff)
    start(26), bytes = 4;
  else
    start(27), bytes = 8;
  while (bytes-- > 0) out += static_cast<char>(argument >> (8 * bytes));
}

void write_double(std::string& out, double number) {
  out += static_cast<char>(kSimple << 5 | 27);
  auto bits = std::bit_cast<std::uint64_t>(number);
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
}

void write(std::string& out, const Shape& shape, const Value& value) {
  static const Shape kAnything{.kind = Kind::kDocument};
  if (value.is_null()) {
    out += static_cast<char>(kSimple << 5 | 22);
  } else if (value.is_flag()) {
    out += static_cast<char>(kSimple << 5 | (value.flag() ? 21 : 20));
  } else if (shape.kind == Kind::kTimestamp && value.is_whole()) {
    head(out, kTag, kEpochTag);
    write_double(out, static_cast<double>(value.num()) / 1000);
  } else if (value.is_whole()) {
    std::int64_t number = value.num();
    head(out, number < 0 ? kNegative : kUnsigned, static_cast<std::uint64_t>(number < 0 ? ~number : number));
  } else if (value.is_float()) {
    write_double(out, value.real());
  } else if (value.is_text()) {
    head(out, shape.kind == Kind::kBlob ? kBytes : kText, value.str().size());
    out += value.str();
  } else if (value.is_list()) {
    head(out, kArray, value.list().size());
    for (auto& below : value.list()) write(out, shape.kind == Kind::kList ? *shape.element().shape : kAnything, below);
  } else {
    head(out, kMap, value.map().size());
    for (auto& [name, below] : value.map()) {
      head(out, kText, name.size());
      out += name;
      const model::Member* member = shape.kind == Kind::kMap ? &shape.value() : shape.find(name);
      write(out, member ? *member->shape : kAnything, below);
    }
  }
}

class CborReader {
 public:
  explicit CborReader(std::string_view bytes) : rest_(bytes) {}

  Result<Value> value(const Shape& shape) {
    Head head = TRY(read_head());
    switch (head.major) {
      case kUnsigned: return Value(static_cast<std::int64_t>(head.argument));
      case kNegative: return Value(~static_cast<std::int64_t>(head.argument));
      case kBytes:
      case kText: return text(head);
      case kArray: return list(shape, head);
      case kMap: return map(shape, head);
      case kTag: return tagged(shape);
      default: return simple(head);
    }
  }

  bool at_end() const { return rest_.empty(); }

 private:
  struct Head {
    unsigned major = 0;
    unsigned low = 0;
    std::uint64_t argument = 0;
    bool indefinite = false;
  };

  Result<Head> read_head() {
    if (rest_.empty()) return base::fail("Answer", "the CBOR ends too early");
    unsigned first = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    Head head{.major = first >> 5, .low = first & 31, .argument = first & 31};
    if (head.low == 31) {
      head.indefinite = true;
    } else if (head.low >= 24) {
      std::size_t bytes = std::size_t{1} << (head.low - 24);
      if (bytes > 8 || rest_.size() < bytes) return base::fail("Answer", "the CBOR ends too early");
      head.argument = 0;
      for (char byte : rest_.substr(0, bytes)) head.argument = head.argument << 8 | static_cast<unsigned char>(byte);
      rest_.remove_prefix(bytes);
    }
    return head;
  }

  bool take_break() {
    if (!rest_.starts_with('\xff')) return false;
    rest_.remove_prefix(1);
    return true;
  }

  Result<Value> text(const Head& head) {
    if (!head.indefinite) {
      if (rest_.size() < head.argument) return base::fail("Answer", "the CBOR ends too early");
      Value value(rest_.substr(0, head.argument));
      rest_.remove_prefix(head.argument);
      return value;
    }
    std::string whole;
    while (!take_break()) {
      Head part = TRY(read_head());
      whole += TRY(text(part)).str();
    }
    return Value(std::move(whole));
  }

  Result<Value> list(const Shape& shape, const Head& head) {
    Value::List list;
    while (head.indefinite ? !take_break() : list.size() < head.argument)
      list.push_back(TRY(value(shape.kind == Kind::kList ? *shape.element().shape : kAnything)));
    return Value(std::move(list));
  }

  Result<Value> map(const Shape& shape, const Head& head) {
    Value::Map map;
    for (std::uint64_t i = 0; head.indefinite ? !take_break() : i < head.argument; ++i) {
      Head key = TRY(read_head());
      std::string name = TRY(text(key)).str();
      const model::Member* member = shape.kind == Kind::kMap ? &shape.value() : shape.find(name);
      Value below = TRY(value(member ? *member->shape : kAnything));
      if (!below.is_null()) map.emplace_back(std::move(name), std::move(below));
    }
    return Value(std::move(map));
  }

  Result<Value> tagged(const Shape& shape) {
    Value seconds = TRY(value(kAnything));
    if (shape.kind != Kind::kTimestamp) return seconds;
    return Value(static_cast<std::int64_t>(std::llround(seconds.real() * 1000)));
  }

  Result<Value> simple(const Head& head) {
    switch (head.low) {
      case 20: return Value(false);
      case 21: return Value(true);
      case 22:
      case 23: return Value();
      case 26: return Value(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(head.argument))));
      case 27: return Value(std::bit_cast<double>(head.argument));
      default: return base::fail("Answer", fmt::format("CBOR simple value {} means nothing here", head.low));
    }
  }

  static inline const Shape kAnything{.kind = Kind::kDocument};
  std::string_view rest_;
};

}  // namespace

std::string cbor_body(const Shape& shape, const Value& value) {
  std::string out;
  write(out, shape, value.is_null() ? Value(Value::Map{}) : value);
  return out;
}

Result<Value> read_cbor_body(const Shape& shape, std::string_view bytes) {
  if (bytes.empty() && shape.members.empty()) return Value(Value::Map{});
  CborReader reader(bytes);
  Value value = TRY(reader.value(shape));
  if (!reader.at_end()) return base::fail("Answer", "more follows the CBOR");
  return value;
}

}  // namespace runner
