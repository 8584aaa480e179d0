#include "services/dynamodb/ion.h"

#include <array>
#include <charconv>

#include "base/bytes.h"

namespace dynamodb {

namespace {

constexpr int kIonLevelsMax = 100;  // deeper than any item may be
constexpr std::size_t kFractionDigitsMax = 20;
constexpr std::array<std::pair<std::string_view, Type>, 3> kSetMarks{
    {{"$dynamodb_SS", Type::kStringSet}, {"$dynamodb_NS", Type::kNumberSet}, {"$dynamodb_BS", Type::kBinarySet}}};

bool is_ion_digit(char c) { return c >= '0' && c <= '9'; }
bool is_ion_letter(char c) {
  return is_ion_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_ion_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }

// Symbols that mean something of their own need quotes, and so do all that are no identifiers.
bool is_bare_symbol(std::string_view name) {
  if (name.empty() || is_ion_digit(name.front()) || name.front() == '$') return false;
  return std::ranges::all_of(name, is_ion_letter) && name != "null" && name != "true" && name != "false" &&
         name != "nan";
}

void append_ion_text(std::string& out, std::string_view text, char quote) {
  out += quote;
  for (char c : text) {
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += quote;
}

void append_ion_value(std::string& out, const Attribute& value);

void append_ion_scalar(std::string& out, Type type, std::string_view text) {
  if (type == Type::kNumber) {
    out += ion_decimal(text);
  } else if (type == Type::kBinary) {
    out += "{{" + base::to_base64(text) + "}}";
  } else {
    append_ion_text(out, text, '"');
  }
}

void append_ion_list(std::string& out, const Attribute& value) {
  for (const auto& [mark, type] : kSetMarks)
    if (type == value.type) out += std::string(mark) + "::";
  out += '[';
  for (std::size_t i = 0; i < value.elements.size(); ++i) {
    if (i > 0) out += ',';
    append_ion_value(out, value.elements[i]);
  }
  out += ']';
}

void append_ion_value(std::string& out, const Attribute& value) {
  switch (value.type) {
    case Type::kString:
    case Type::kNumber:
    case Type::kBinary: return append_ion_scalar(out, value.type, value.text);
    case Type::kBoolean: out += value.flag ? "true" : "false"; return;
    case Type::kNull: out += "null"; return;
    case Type::kMap: return append_ion(out, value.members);
    default: return append_ion_list(out, value);
  }
}

std::size_t skip_quoted(std::string_view text, std::size_t at, std::string_view quote) {
  for (at += quote.size(); at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text.substr(at).starts_with(quote)) {
      return at + quote.size();
    }
  }
  return std::string_view::npos;
}

std::size_t skip_until(std::string_view text, std::size_t at, std::string_view end) {
  const std::size_t found = text.find(end, at);
  return found == std::string_view::npos ? found : found + end.size();
}

std::unexpected<base::Error> wrong_ion(std::string_view what) {
  return validation_error(fmt::format("Invalid Ion data: {}", what));
}

void append_code_point(std::string& out, std::uint32_t code) {
  auto add = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6);
  } else if (code < 0x10000) {
    add(0xe0 | code >> 12), add(0x80 | (code >> 6 & 0x3f));
  } else {
    add(0xf0 | code >> 18), add(0x80 | (code >> 12 & 0x3f)), add(0x80 | (code >> 6 & 0x3f));
  }
  add(0x80 | (code & 0x3f));
}

// Reads values into the form that requests have: {"S": "…"}.
class IonReader {
 public:
  explicit IonReader(std::string_view text) : text_(text) {}

  base::Result<Value> value() {
    if (++levels_ > kIonLevelsMax) return wrong_ion("it is nested too deep");
    Value read = TRY(annotated_value());
    --levels_;
    return read;
  }

  bool at_end() {
    skip_space();
    return text_.empty();
  }

 private:
  void skip_space() {
    for (;;) {
      while (!text_.empty() && is_ion_space(text_.front())) text_.remove_prefix(1);
      if (!text_.starts_with("//") && !text_.starts_with("/*")) return;
      text_.remove_prefix(std::min(skip_ion_quotes(text_, 0), text_.size()));
    }
  }

  bool take(std::string_view mark) {
    skip_space();
    if (!text_.starts_with(mark)) return false;
    text_.remove_prefix(mark.size());
    return true;
  }

  base::Result<Value> annotated_value() {
    std::optional<Type> set;
    for (;;) {
      skip_space();
      const std::string_view before = text_;
      const auto symbol = take_symbol();
      if (symbol && take("::")) {
        for (const auto& [mark, type] : kSetMarks)
          if (*symbol == mark) set = type;
        continue;
      }
      text_ = before;
      Value read = TRY(bare_value());
      return set ? as_set(*set, read) : base::Result<Value>(std::move(read));
    }
  }

  static base::Result<Value> as_set(Type type, const Value& list) {
    if (!list.has("L")) return wrong_ion("a set must be a list");
    const std::string_view element = aws::dynamodb::type_name(element_type(type));
    Value::List elements;
    for (const Value& one : list.at("L").list()) {
      if (!one.has(element)) return wrong_ion("the elements of a set must be of its type");
      elements.push_back(one.at(element));
    }
    return typed(type, std::move(elements));
  }

  static Value typed(Type type, Value content) {
    return Value::Map{{std::string(aws::dynamodb::type_name(type)), std::move(content)}};
  }

  base::Result<Value> bare_value() {
    if (text_.starts_with("{{")) return blob();
    if (take("{")) return structure();
    if (take("[")) return list();
    if (text_.starts_with("\"") || text_.starts_with("'''")) return typed(Type::kString, TRY(texts()));
    if (!text_.empty() && (is_ion_digit(text_.front()) || text_.front() == '-')) return number();
    const auto symbol = take_symbol();
    if (!symbol) return wrong_ion("a value is expected");
    if (*symbol == "true" || *symbol == "false") return typed(Type::kBoolean, *symbol == "true");
    if (*symbol != "null") return wrong_ion("a symbol is no value of DynamoDB");
    // "null.string" and the like are nulls, too.
    if (text_.starts_with(".") && (text_.remove_prefix(1), !take_symbol())) return wrong_ion("a type is expected");
    return typed(Type::kNull, true);
  }

  // Bare or in quotes.
  std::optional<std::string> take_symbol() {
    if (text_.starts_with("'") && !text_.starts_with("'''")) {
      auto name = quoted("'");
      return name ? std::optional(*std::move(name)) : std::nullopt;
    }
    std::size_t size = 0;
    while (size < text_.size() && is_ion_letter(text_[size])) ++size;
    if (size == 0 || is_ion_digit(text_.front())) return std::nullopt;
    std::string name(text_.substr(0, size));
    text_.remove_prefix(size);
    return name;
  }

  base::Result<Value> blob() {
    const std::size_t end = text_.find("}}");
    if (end == std::string_view::npos) return wrong_ion("a blob does not end");
    std::string packed(text_.substr(2, end - 2));
    std::erase_if(packed, is_ion_space);
    auto bytes = base::from_base64(packed);
    if (!bytes) return wrong_ion("a blob must be base64");
    text_.remove_prefix(end + 2);
    return typed(Type::kBinary, *std::move(bytes));
  }

  base::Result<Value> structure() {
    Value::Map members;
    while (!take("}")) {
      auto name = take_name();
      if (!name || !take(":")) return wrong_ion("a field is expected");
      if (std::ranges::find(members, *name, &Value::Map::value_type::first) != members.end())
        return wrong_ion("a field is there twice");
      members.emplace_back(*std::move(name), TRY(value()));
      if (take(",")) continue;
      if (!take("}")) return wrong_ion("a struct does not end");
      break;
    }
    return typed(Type::kMap, std::move(members));
  }

  std::optional<std::string> take_name() {
    skip_space();
    if (!text_.starts_with("\"") && !text_.starts_with("'''")) return take_symbol();
    auto name = texts();
    return name ? std::optional(name->str()) : std::nullopt;
  }

  base::Result<Value> list() {
    Value::List elements;
    while (!take("]")) {
      elements.push_back(TRY(value()));
      if (take(",")) continue;
      if (!take("]")) return wrong_ion("a list does not end");
      break;
    }
    return typed(Type::kList, std::move(elements));
  }

  base::Result<Value> texts() {
    if (text_.starts_with("\"")) return Value(TRY(quoted("\"")));
    std::string all;
    // Long texts go on in others.
    for (; text_.starts_with("'''"); skip_space()) all += TRY(quoted("'''"));
    return Value(std::move(all));
  }

  base::Result<std::string> quoted(std::string_view quote) {
    const std::size_t end = skip_quoted(text_, 0, quote);
    if (end == std::string_view::npos) return wrong_ion("a text does not end");
    std::string_view inside = text_.substr(quote.size(), end - 2 * quote.size());
    text_.remove_prefix(end);
    std::string read;
    while (!inside.empty()) {
      const std::size_t plain = std::min(inside.find('\\'), inside.size());
      read += inside.substr(0, plain);
      inside.remove_prefix(plain);
      if (!inside.empty()) TRY_VOID(escape(inside, read));
    }
    return read;
  }

  static base::Result<void> escape(std::string_view& inside, std::string& read) {
    constexpr std::string_view kLetters = "0abtnfrv?\"'/\\";
    constexpr std::string_view kMeanings{"\0\a\b\t\n\f\r\v?\"'/\\", kLetters.size()};
    const char letter = inside.size() > 1 ? inside[1] : ' ';
    inside.remove_prefix(std::min<std::size_t>(2, inside.size()));
    const std::size_t known = kLetters.find(letter);
    const std::size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    if (known != std::string_view::npos) {
      read += kMeanings[known];
    } else if (digits > 0) {
      std::uint32_t code = 0;
      const std::string_view hex = inside.substr(0, digits);
      const auto [end, outcome] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
      if (end != hex.data() + digits || outcome != std::errc() || code > 0x10ffff)
        return wrong_ion("an escape is not known");
      append_code_point(read, code);
      inside.remove_prefix(digits);
    } else if (letter != '\n') {  // which goes on in the next line
      return wrong_ion("an escape is not known");
    }
    return {};
  }

  // An int or a decimal. Floats, timestamps and other bases are no numbers of DynamoDB.
  base::Result<Value> number() {
    std::size_t size = 0;
    while (size < text_.size() && (is_ion_letter(text_[size]) || text_[size] == '.' || text_[size] == '-' ||
                                   text_[size] == '+' || text_[size] == ':'))
      ++size;
    std::string digits(text_.substr(0, size));
    text_.remove_prefix(size);
    std::erase(digits, '_');
    if (digits.find_first_not_of("0123456789.dD+-") != std::string::npos)
      return wrong_ion("a number must be an int or a decimal");
    if (const std::size_t at = digits.find_first_of("dD"); at != std::string::npos) digits[at] = 'E';
    return typed(Type::kNumber, std::move(digits));
  }

  std::string_view text_;
  int levels_ = 0;
};

}  // namespace

std::string ion_decimal(std::string_view normalised_number) {
  const std::size_t point = normalised_number.find('.');
  std::string digits(normalised_number);
  if (point == std::string_view::npos) {
    const std::size_t end = digits.find_last_not_of('0') + 1;
    if (end == 0 || end == digits.size()) return digits + '.';
    return fmt::format("{}d{}", digits.substr(0, end), digits.size() - end);
  }
  const std::size_t fraction = digits.size() - point - 1;
  if (fraction <= kFractionDigitsMax) return digits;
  digits.erase(point, 1);
  const std::size_t sign = digits.starts_with('-') ? 1 : 0;
  digits.erase(sign, std::min(digits.find_first_not_of('0', sign), digits.size()) - sign);
  return fmt::format("{}d-{}", digits, fraction);
}

void append_ion(std::string& out, const Item& item) {
  out += '{';
  for (std::size_t i = 0; i < item.size(); ++i) {
    if (i > 0) out += ',';
    if (is_bare_symbol(item[i].name))
      out += item[i].name;
    else
      append_ion_text(out, item[i].name, '\'');
    out += ':';
    append_ion_value(out, item[i].value);
  }
  out += '}';
}

std::size_t skip_ion_quotes(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("{{")) return skip_until(text, at, "}}");
  if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
  if (rest.starts_with("/*")) return skip_until(text, at + 2, "*/");
  for (std::string_view quote : {"'''", "'", "\""})
    if (rest.starts_with(quote)) return skip_quoted(text, at, quote);
  return at;
}

base::Result<Value> attributes_of_ion(std::string_view record) {
  IonReader reader(record);
  const Value read = TRY(reader.value());
  const Value& members = read.at("M");
  if (!reader.at_end() || members.map().size() != 1 || !members.at("Item").has("M"))
    return validation_error("A record must be an object with the one member Item");
  return members.at("Item").at("M");
}

}  // namespace dynamodb
