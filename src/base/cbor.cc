#include "base/cbor.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/bytes.h"

namespace base {

namespace {

enum Major : std::uint8_t { kUnsigned, kNegative, kBytes, kText, kList, kMap, kTag, kSimple };

constexpr std::uint8_t kIndefinite = 31;

double half_to_double(std::uint16_t half) {
  int exponent = half >> 10 & 31;
  double mantissa = half & 1023;
  double magnitude = exponent == 0    ? std::ldexp(mantissa, -24)
                     : exponent != 31 ? std::ldexp(mantissa + 1024, exponent - 25)
                     : mantissa == 0  ? std::numeric_limits<double>::infinity()
                                      : std::numeric_limits<double>::quiet_NaN();
  return half & 0x8000 ? -magnitude : magnitude;
}

Value whole_or_floating(std::uint64_t magnitude, bool negative) {
  if (magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return negative ? -1.0 - static_cast<double>(magnitude) : static_cast<double>(magnitude);
  auto number = static_cast<std::int64_t>(magnitude);
  return negative ? -1 - number : number;
}

class CborReader {
 public:
  explicit CborReader(std::string_view bytes) : bytes_(bytes) {}

  Result<Value> read() {
    Result<Value> value = read_item(0);
    if (!refused() && at_ != bytes_.size()) refuse("unexpected bytes after the item");
    if (refused()) return fail("SerializationException", fmt::format("Invalid CBOR at byte {}: {}", at_, reason_));
    return value;
  }

 private:
  struct Head {
    std::uint8_t major = kSimple;
    std::uint8_t detail = 0;  // the lower five bits: the argument itself, its width, or kIndefinite
    std::uint64_t argument = 0;
  };

  Value refuse(const char* reason) {
    if (!reason_) reason_ = reason;
    return {};
  }

  bool refused() const { return reason_ != nullptr; }
  std::size_t left() const { return bytes_.size() - at_; }

  Head read_head() {
    Head head;
    if (!left()) return refuse("cut short"), head;
    auto first = static_cast<std::uint8_t>(bytes_[at_++]);
    head.major = first >> 5;
    head.detail = first & 31;
    head.argument = head.detail;
    if (head.detail < 24 || head.detail == kIndefinite) return head;
    if (head.detail > 27) return refuse("reserved length"), head;
    std::size_t width = std::size_t{1} << (head.detail - 24);
    if (left() < width) return refuse("cut short"), head;
    head.argument = 0;
    for (std::size_t i = 0; i < width; ++i)
      head.argument = head.argument << 8 | static_cast<std::uint8_t>(bytes_[at_++]);
    return head;
  }

  // The break that ends items of indefinite length.
  bool skip_break() {
    if (!left() || static_cast<std::uint8_t>(bytes_[at_]) != 0xFF) return false;
    ++at_;
    return true;
  }

  Value read_item(int depth) {
    Head head = read_head();
    if (refused()) return {};
    switch (head.major) {
      case kUnsigned:
      case kNegative:
        if (head.detail == kIndefinite) return refuse("a number without end");
        return whole_or_floating(head.argument, head.major == kNegative);
      case kBytes:
      case kText: return Value(read_string(head));
      case kList: return read_list(head, depth + 1);
      case kMap: return read_map(head, depth + 1);
      case kTag: return read_tagged(head, depth + 1);
      default: return read_simple(head);
    }
  }

  std::string read_string(const Head& head) {
    std::string text;
    if (head.detail != kIndefinite) {
      append_string(text, head);
      return text;
    }
    while (!refused() && !skip_break()) {
      Head chunk = read_head();
      if (!refused() && (chunk.major != head.major || chunk.detail == kIndefinite)) refuse("a chunk of another kind");
      if (!refused()) append_string(text, chunk);
    }
    return text;
  }

  void append_string(std::string& text, const Head& head) {
    if (head.argument > left()) {
      refuse("cut short");
      return;
    }
    std::string_view piece = bytes_.substr(at_, head.argument);
    if (head.major == kText && !is_utf8(piece)) {
      refuse("text that is not UTF-8");
      return;
    }
    text.append(piece);
    at_ += piece.size();
  }

  // Whether a list or map of this head, of which `count` items are read, has another.
  bool has_more(const Head& head, std::size_t count) {
    if (refused()) return false;
    return head.detail == kIndefinite ? !skip_break() : count < head.argument;
  }

  // Lists and maps grow as items arrive: a count is a claim that costs its writer nothing.
  Value read_list(const Head& head, int depth) {
    if (depth > kCborDepthMax) return refuse("nested too deeply");
    Value::List list;
    while (has_more(head, list.size())) list.push_back(read_item(depth));
    return list;
  }

  Value read_map(const Head& head, int depth) {
    if (depth > kCborDepthMax) return refuse("nested too deeply");
    Value::Map map;
    while (has_more(head, map.size())) {
      Head key = read_head();
      if (!refused() && key.major != kText) refuse("a key that is no text");
      if (refused()) return {};
      std::string name = read_string(key);
      map.emplace_back(std::move(name), read_item(depth));
    }
    keep_last_of_repeated_names(map);
    return map;
  }

  Value read_tagged(const Head& head, int depth) {
    if (depth > kCborDepthMax) return refuse("nested too deeply");
    if (head.detail == kIndefinite) return refuse("a tag without number");
    Value content = read_item(depth);
    if (refused()) return {};
    if (head.argument == 2 || head.argument == 3) return big_number(content, head.argument == 3);
    if (head.argument == 4) return decimal_fraction(content);
    return content;
  }

  Value big_number(const Value& content, bool negative) {
    if (!content.is_text()) return refuse("a big number that is no byte string");
    std::string_view digits = content.str();
    while (digits.starts_with('\0')) digits.remove_prefix(1);
    if (digits.size() <= 8) {
      std::uint64_t magnitude = 0;
      for (char digit : digits) magnitude = magnitude << 8 | static_cast<std::uint8_t>(digit);
      return whole_or_floating(magnitude, negative);
    }
    double magnitude = 0;
    for (char digit : digits) magnitude = magnitude * 256 + static_cast<std::uint8_t>(digit);
    return negative ? -1 - magnitude : magnitude;
  }

  // [exponent, mantissa], to the base of ten.
  Value decimal_fraction(const Value& content) {
    const auto& parts = content.list();
    if (parts.size() != 2 || !parts[0].is_whole() || !parts[1].is_number())
      return refuse("a malformed decimal fraction");
    auto exponent = static_cast<double>(std::clamp<std::int64_t>(parts[0].num(), -400, 400));
    // Dividing by an exact power of ten rounds once; multiplying by its inexact inverse would round twice.
    return exponent < 0 ? parts[1].real() / std::pow(10.0, -exponent) : parts[1].real() * std::pow(10.0, exponent);
  }

  Value read_simple(const Head& head) {
    switch (head.detail) {
      case 20: return false;
      case 21: return true;
      case 22:
      case 23: return nullptr;
      case 25: return half_to_double(static_cast<std::uint16_t>(head.argument));
      case 26: return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(head.argument)));
      case 27: return std::bit_cast<double>(head.argument);
      case kIndefinite: return refuse("an end without a beginning");
      default: return refuse("an unknown simple value");
    }
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  const char* reason_ = nullptr;
};

void append_cbor(CborWriter& writer, const Value& value) {
  if (value.is_text()) {
    writer.text(value.str());
  } else if (value.is_map()) {
    writer.map(value.map().size());
    for (const auto& [name, member] : value.map()) {
      writer.text(name);
      append_cbor(writer, member);
    }
  } else if (value.is_list()) {
    writer.list(value.list().size());
    for (const auto& item : value.list()) append_cbor(writer, item);
  } else if (value.is_whole()) {
    writer.whole(value.num());
  } else if (value.is_float()) {
    writer.floating(value.real());
  } else if (value.is_flag()) {
    writer.flag(value.flag());
  } else {
    writer.null();
  }
}

}  // namespace

Result<Value> parse_cbor(std::string_view bytes) { return CborReader(bytes).read(); }

void CborWriter::null() { head(kSimple, 22); }
void CborWriter::flag(bool flag) { head(kSimple, flag ? 21 : 20); }

void CborWriter::whole(std::int64_t number) {
  if (number >= 0)
    head(kUnsigned, static_cast<std::uint64_t>(number));
  else
    head(kNegative, static_cast<std::uint64_t>(-1 - number));
}

void CborWriter::floating(double number) {
  auto single = static_cast<float>(number);
  bool fits = std::isnan(number) || static_cast<double>(single) == number;
  std::uint64_t bits = fits ? std::bit_cast<std::uint32_t>(single) : std::bit_cast<std::uint64_t>(number);
  out_ += fits ? '\xFA' : '\xFB';
  for (int shift = fits ? 24 : 56; shift >= 0; shift -= 8) out_ += static_cast<char>(bits >> shift);
}

void CborWriter::text(std::string_view text) {
  head(kText, text.size());
  out_ += text;
}

void CborWriter::blob(std::string_view bytes) {
  head(kBytes, bytes.size());
  out_ += bytes;
}

void CborWriter::timestamp(std::int64_t time_ms) {
  head(kTag, 1);
  if (time_ms % 1000 == 0)
    whole(time_ms / 1000);
  else
    floating(static_cast<double>(time_ms) / 1000);
}

void CborWriter::list(std::size_t count) { head(kList, count); }
void CborWriter::map(std::size_t count) { head(kMap, count); }
void CborWriter::open_list() { out_ += '\x9F'; }
void CborWriter::open_map() { out_ += '\xBF'; }
void CborWriter::end() { out_ += '\xFF'; }

void CborWriter::head(std::uint8_t major, std::uint64_t argument) {
  auto first = static_cast<std::uint8_t>(major << 5);
  if (argument < 24) {
    out_ += static_cast<char>(first | argument);
    return;
  }
  int width_code = argument <= 0xFF ? 0 : argument <= 0xFFFF ? 1 : argument <= 0xFFFFFFFF ? 2 : 3;
  out_ += static_cast<char>(first | (24 + width_code));
  for (int shift = (8 << width_code) - 8; shift >= 0; shift -= 8) out_ += static_cast<char>(argument >> shift);
}

std::string to_cbor(const Value& value) {
  std::string out;
  CborWriter writer(out);
  append_cbor(writer, value);
  return out;
}

}  // namespace base
