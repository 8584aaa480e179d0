#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iterator>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/bytes.h"

namespace base {

namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101u;
constexpr std::uint64_t kHighs = 0x8080808080808080u;

// Marks (by their high bits) the first byte, at least, of those eight that cannot stand as they are in a JSON string:
// quotes, backslashes and controls. Marks after the first may be wrong, a word without marks has no such byte.
std::uint64_t find_special(std::uint64_t word) {
  std::uint64_t quotes = word ^ kOnes * '"', slashes = word ^ kOnes * '\\';
  return (((quotes - kOnes) & ~quotes) | ((slashes - kOnes) & ~slashes) | ((word - kOnes * 0x20) & ~word)) & kHighs;
}

bool is_special(char letter) { return letter == '"' || letter == '\\' || static_cast<unsigned char>(letter) < 0x20; }

// The first byte in [at, end) that cannot stand as it is in a JSON string, or `end`. Adds to `high_bits` those of the
// bytes passed, so that the caller knows whether any was outside ASCII.
const char* skip_plain(const char* at, const char* end, std::uint64_t& high_bits) {
  static_assert(std::endian::native == std::endian::little);
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), last_control = _mm_set1_epi8(0x1F);
  for (; end - at >= 16; at += 16) {
    const __m128i some = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i is_control = _mm_cmpeq_epi8(_mm_max_epu8(some, last_control), last_control);
    const __m128i is_escaped = _mm_or_si128(_mm_cmpeq_epi8(some, quote), _mm_cmpeq_epi8(some, slash));
    auto marks = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(is_control, is_escaped)));
    auto highs = static_cast<std::uint32_t>(_mm_movemask_epi8(some));
    if (marks != 0) {
      int plain = std::countr_zero(marks);
      if (highs & ((1u << plain) - 1)) high_bits |= kHighs;
      return at + plain;
    }
    if (highs != 0) high_bits |= kHighs;
  }
#endif
  for (; end - at >= 8; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    if (std::uint64_t marks = find_special(word)) {
      int plain = std::countr_zero(marks) / 8;
      if (plain) high_bits |= word & ~std::uint64_t{0} >> (64 - 8 * plain);
      return at + plain;
    }
    high_bits |= word;
  }
  for (; at != end && !is_special(*at); ++at) high_bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(*at));
  return at;
}

// Reads one JSON text. Members and items of what is still open wait on two stacks, so that each finished list or map
// takes exactly the memory it needs, in one piece.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

  Result<Value> read() {
    Result<Value> value = read_value(0);
    skip_space();
    if (!reason_ && at_ != end_) refuse("unexpected text after the value");
    if (reason_)
      return fail("SerializationException", fmt::format("Invalid JSON at byte {}: {}", at_ - begin_, reason_));
    return value;
  }

 private:
  // For what is open in a usual document; more would leave the sizes that malloc serves at once.
  static constexpr std::size_t kRoom = 12;

  // The first reason to refuse the text is kept; readers then answer null, or false, and their callers return.
  bool refuse(const char* reason) {
    if (!reason_) reason_ = reason;
    return false;
  }

  bool refused() const { return reason_ != nullptr; }

  void skip_space() {
    while (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ' &&
           (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r'))
      ++at_;
  }

  bool skip(char letter) {
    if (at_ == end_ || *at_ != letter) return false;
    ++at_;
    return true;
  }

  // Skips white space, then `letter`.
  bool skip_token(char letter) {
    skip_space();
    return skip(letter);
  }

  Value read_word(std::string_view word, Value meaning) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, word.size()) != word)
      refuse("expected a value");
    else
      at_ += word.size();
    return meaning;
  }

  Value read_value(int depth) {
    skip_space();
    switch (at_ == end_ ? '\0' : *at_) {
      case '{': return read_map(depth + 1);
      case '[': return read_list(depth + 1);
      case '"': return Value(read_string());
      case 't': return read_word("true", true);
      case 'f': return read_word("false", false);
      case 'n': return read_word("null", nullptr);
      default: return read_number();
    }
  }

  Value read_list(int depth) {
    if (depth > kJsonDepthMax) return refuse("nested too deeply");
    ++at_;
    if (skip_token(']')) return Value(Value::List());
    std::size_t mark = items_.size();
    do {
      Value item = read_value(depth);
      if (refused()) return {};
      if (items_.empty()) items_.reserve(kRoom);
      items_.push_back(std::move(item));
    } while (skip_token(','));
    if (!skip(']')) return refuse("expected ',' or ']'");
    return Value(take_from(items_, mark));
  }

  Value read_map(int depth) {
    if (depth > kJsonDepthMax) return refuse("nested too deeply");
    ++at_;
    if (skip_token('}')) return Value(Value::Map());
    std::size_t mark = members_.size();
    do {
      skip_space();
      if (at_ == end_ || *at_ != '"') return refuse("expected a name");
      std::string name = read_string();
      if (refused()) return {};
      if (!skip_token(':')) return refuse("expected ':'");
      Value member = read_value(depth);
      if (refused()) return {};
      if (members_.size() == mark && skip_token('}')) return single_member(std::move(name), std::move(member));
      if (members_.empty()) members_.reserve(kRoom);
      members_.emplace_back(std::move(name), std::move(member));
    } while (skip_token(','));
    if (!skip('}')) return refuse("expected ',' or '}'");
    keep_last_of_repeated_names(members_, mark);
    return Value(take_from(members_, mark));
  }

  // Saves the way over the stack; such maps are frequent (DynamoDB writes {"S": "text"}).
  static Value single_member(std::string name, Value member) {
    Value::Map map;
    map.emplace_back(std::move(name), std::move(member));
    return Value(std::move(map));
  }

  template <class Things>
  static Things take_from(Things& stack, std::size_t mark) {
    auto first = stack.begin() + static_cast<std::ptrdiff_t>(mark);
    Things taken(std::make_move_iterator(first), std::make_move_iterator(stack.end()));
    stack.erase(first, stack.end());
    return taken;
  }

  // The text up to the next quote, backslash or control character, or the end.
  std::string_view read_plain() {
    std::uint64_t high_bits = 0;
    const char* stop = skip_plain(at_, end_, high_bits);
    std::string_view run(at_, static_cast<std::size_t>(stop - at_));
    if ((high_bits & kHighs) && !is_utf8(run)) refuse("invalid UTF-8 in a string");
    at_ = stop;
    return run;
  }

  std::string read_string() {
    ++at_;
    std::string text(read_plain());
    while (!refused()) {
      if (skip('"')) break;
      if (at_ == end_)
        refuse("unfinished string");
      else if (*at_ != '\\')
        refuse("control character in a string");
      else if (read_escape(text))
        text.append(read_plain());
    }
    return text;
  }

  bool read_escape(std::string& text) {
    if (end_ - at_ < 2) return refuse("unfinished string");
    switch (at_[1]) {
      case '"': text += '"'; break;
      case '\\': text += '\\'; break;
      case '/': text += '/'; break;
      case 'b': text += '\b'; break;
      case 'f': text += '\f'; break;
      case 'n': text += '\n'; break;
      case 'r': text += '\r'; break;
      case 't': text += '\t'; break;
      case 'u': return read_code_point(text);
      default: return refuse("unknown escape in a string");
    }
    at_ += 2;
    return true;
  }

  bool read_code_point(std::string& text) {
    std::uint32_t unit;
    if (!read_code_unit(unit)) return false;
    if (unit >= 0xDC00 && unit <= 0xDFFF) return refuse("unpaired surrogate in a string");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      std::uint32_t low;
      if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') return refuse("unpaired surrogate in a string");
      if (!read_code_unit(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return refuse("unpaired surrogate in a string");
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(text, unit);
    return true;
  }

  // \uXXXX
  bool read_code_unit(std::uint32_t& unit) {
    if (end_ - at_ < 6) return refuse("unfinished escape in a string");
    auto [stop, error] = std::from_chars(at_ + 2, at_ + 6, unit, 16);
    if (error != std::errc() || stop != at_ + 6) return refuse("invalid escape in a string");
    at_ += 6;
    return true;
  }

  bool skip_digits() {
    const char* first = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != first;
  }

  Value read_number() {
    const char* first = at_;
    skip('-');
    if (!skip('0') && !skip_digits()) return refuse("expected a value");
    bool whole = true;
    if (skip('.')) {
      whole = false;
      if (!skip_digits()) return refuse("expected a digit");
    }
    if (skip('e') || skip('E')) {
      whole = false;
      if (!skip('-')) skip('+');
      if (!skip_digits()) return refuse("expected a digit");
    }
    std::int64_t number;
    if (whole && std::from_chars(first, at_, number).ec == std::errc()) return Value(number);
    double real;
    if (std::from_chars(first, at_, real).ec == std::errc()) return Value(real);
    // Out of range, but from_chars does not say on which side: too small is as good as zero, too large is refused.
    real = std::strtod(std::string(first, at_).c_str(), nullptr);
    if (std::isinf(real)) return refuse("number out of range");
    return Value(real);
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const char* reason_ = nullptr;
  Value::List items_;
  Value::Map members_;
};

void append_json(std::string& out, const Value& value) {
  if (value.is_text()) {
    append_json_string(out, value.str());
  } else if (value.is_map()) {
    char separator = '{';
    for (const auto& [name, member] : value.map()) {
      out += separator;
      append_json_string(out, name);
      out += ':';
      append_json(out, member);
      separator = ',';
    }
    out += value.map().empty() ? "{}" : "}";
  } else if (value.is_list()) {
    char separator = '[';
    for (const auto& item : value.list()) {
      out += separator;
      append_json(out, item);
      separator = ',';
    }
    out += value.list().empty() ? "[]" : "]";
  } else if (value.is_whole()) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value.num()).ptr);
  } else if (value.is_float()) {
    append_json_number(out, value.real());
  } else if (value.is_flag()) {
    out += value.flag() ? "true" : "false";
  } else {
    out += "null";
  }
}

void append_json_escape(std::string& out, char letter) {
  switch (letter) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(letter));
  }
}

// Appends a run without specials, each byte that is not UTF-8 as U+FFFD.
void append_repaired(std::string& out, std::string_view run) {
  while (!run.empty()) {
    std::size_t length = utf8_character_length(run);
    if (length)
      out.append(run.substr(0, length));
    else
      append_utf8(out, 0xFFFD);
    run.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

}  // namespace

Result<Value> parse_json(std::string_view text) { return JsonReader(text).read(); }

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  const char* at = text.data();
  const char* end = at + text.size();
  out += '"';
  for (;;) {
    std::uint64_t high_bits = 0;
    const char* stop = skip_plain(at, end, high_bits);
    std::string_view run(at, static_cast<std::size_t>(stop - at));
    if ((high_bits & kHighs) && !is_utf8(run))
      append_repaired(out, run);
    else
      out.append(run);
    if (stop == end) break;
    append_json_escape(out, *stop);
    at = stop + 1;
  }
  out += '"';
}

void append_json_number(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "\"NaN\"";
    return;
  }
  if (std::isinf(number)) {
    out += number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  char digits[40];
  // Left alone, to_chars prefers 1e+05 to 100000, which is right but not what people expect to read.
  bool plain = std::abs(number) < 1e15 && number == std::trunc(number);
  char* end = plain ? std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed).ptr
                    : std::to_chars(digits, digits + sizeof digits, number).ptr;
  std::string_view text(digits, static_cast<std::size_t>(end - digits));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace base
