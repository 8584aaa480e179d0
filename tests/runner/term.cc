#include "runner/term.h"

#include <re2/re2.h>

#include <fmt/format.h>

#include <functional>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/zip.h"
#include "runner/identities.h"

namespace runner {

namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Reads terms off the front of a text.
class TermReader {
 public:
  explicit TermReader(std::string_view& text) : text_(text) {}

  Result<Term> term() {
    skip_blanks();
    if (text_.empty()) return base::fail("Syntax", "a value is missing");
    if (take("...")) return Term{.kind = Term::Kind::kRest};
    switch (text_.front()) {
      case '{': return map();
      case '[': return list();
      case '"': return quoted(Term::Kind::kText);
      case '$': return variable();
      case '@': return call();
      case '~': text_.remove_prefix(1); return quoted(Term::Kind::kExpression);
      default: return word();
    }
  }

 private:
  void skip_blanks() {
    std::size_t end = text_.find_first_not_of(" \t\r\n");
    text_.remove_prefix(std::min(end, text_.size()));
  }

  bool take(std::string_view token) {
    skip_blanks();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  std::string name() {
    std::size_t end = 0;
    while (end < text_.size() && is_name_character(text_[end])) ++end;
    std::string name(text_.substr(0, end));
    text_.remove_prefix(end);
    return name;
  }

  // A JSON string; base knows the escapes.
  Result<Term> quoted(Term::Kind kind) {
    if (!text_.starts_with('"')) return base::fail("Syntax", "a text in quotes is missing");
    std::size_t end = 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) return base::fail("Syntax", "the text has no closing quote");
    auto parsed = base::parse_json(text_.substr(0, end + 1));
    if (!parsed) return std::unexpected(parsed.error());
    text_.remove_prefix(end + 1);
    if (kind == Term::Kind::kText && parsed->str().find("${") == std::string::npos)
      return Term{.value = *std::move(parsed)};
    return Term{.kind = kind, .text = parsed->str()};
  }

  Result<Term> variable() {
    text_.remove_prefix(1);
    std::string text = name();
    if (text.empty()) return base::fail("Syntax", "$ without a name");
    return Term{.kind = Term::Kind::kVariable, .text = std::move(text)};
  }

  Result<Term> call() {
    text_.remove_prefix(1);
    Term term{.kind = Term::Kind::kCall, .text = name()};
    if (!text_.starts_with('(')) return term;
    text_.remove_prefix(1);
    if (term.text == "now" || term.text == "seconds") {
      std::size_t end = text_.find(')');
      if (end == std::string_view::npos) return base::fail("Syntax", "a ) is missing");
      term.items.push_back({.value = base::trim(text_.substr(0, end))});
      text_.remove_prefix(end + 1);
      return term;
    }
    while (!take(")")) {
      term.items.push_back(TRY(this->term()));
      if (take(",")) continue;
      if (!take(")")) return base::fail("Syntax", "a , or ) is missing");
      break;
    }
    return term;
  }

  Result<Term> list() {
    text_.remove_prefix(1);
    Term term{.kind = Term::Kind::kList};
    while (!take("]")) {
      term.items.push_back(TRY(this->term()));
      if (take(",")) continue;
      if (!take("]")) return base::fail("Syntax", "a , or ] is missing");
      break;
    }
    return term;
  }

  Result<std::string> member_name() {
    if (text_.starts_with('"')) {
      Term quoted_name = TRY(quoted(Term::Kind::kExpression));
      return quoted_name.text;
    }
    std::string bare = name();
    if (bare.empty()) return base::fail("Syntax", "a member's name or } is missing");
    return bare;
  }

  Result<Term> map() {
    text_.remove_prefix(1);
    Term term{.kind = Term::Kind::kMap};
    while (!take("}")) {
      skip_blanks();
      if (take("...")) {
        term.open = true;
      } else {
        std::string member = TRY(member_name());
        if (!take(":")) return base::fail("Syntax", "a : is missing after " + member);
        Term below = TRY(this->term());
        term.members.emplace_back(std::move(member), std::move(below));
      }
      if (take(",")) continue;
      if (!take("}")) return base::fail("Syntax", "a , or } is missing");
      break;
    }
    return term;
  }

  // true, false, null, a number or _.
  Result<Term> word() {
    std::size_t end = text_.find_first_of(" \t\r\n,]}):");
    std::string_view word = text_.substr(0, end);
    Term term;
    if (word == "_") {
      term.kind = Term::Kind::kAny;
    } else {
      auto parsed = base::parse_json(word);
      if (!parsed) return base::fail("Syntax", fmt::format("'{}' is no value", word));
      term.value = *std::move(parsed);
    }
    text_.remove_prefix(word.size());
    return term;
  }

  std::string_view& text_;
};

std::string text_of(const Value& value) { return value.is_text() ? value.str() : base::to_json(value); }

Result<Value> evaluate_repeat(const Term& term, const Scope& scope) {
  if (term.items.size() != 2) return base::fail("Script", "@repeat wants a text and a count");
  Value unit = TRY(evaluate(term.items[0], scope));
  Value count = TRY(evaluate(term.items[1], scope));
  std::string text;
  text.reserve(unit.str().size() * static_cast<std::size_t>(count.num()));
  for (std::int64_t i = 0; i < count.num(); ++i) text += unit.str();
  return Value(std::move(text));
}

Result<Value> evaluate_times(const Term& term, const Scope& scope) {
  if (term.items.size() != 2) return base::fail("Script", "@times wants a count and a value");
  Value count = TRY(evaluate(term.items[0], scope));
  Scope inner = scope;
  Value::List list;
  for (std::int64_t i = 1; i <= count.num(); ++i) {
    inner.variables.insert_or_assign("i", Value(i));
    list.push_back(TRY(evaluate(term.items[1], inner)));
  }
  return Value(std::move(list));
}

Result<Value> evaluate_time(const Term& term, const Scope& scope) {
  std::int64_t shift_ms = 0;
  if (!term.items.empty()) {
    auto duration_ms = parse_duration_ms(term.items[0].value.str());
    if (!duration_ms) return base::fail("Script", "no duration: " + term.items[0].value.str());
    shift_ms = *duration_ms;
  }
  std::int64_t time_ms = scope.now_ms + shift_ms;
  return Value(term.text == "now" ? time_ms : time_ms / 1000);
}

// The code that a device with this seed (base 32) shows now, or at another time: RFC 6238.
Result<Value> evaluate_totp(const Term& term, const Scope& scope) {
  if (term.items.empty() || term.items.size() > 2) return base::fail("Script", "@totp takes a seed and a duration");
  const Value seed_text = TRY(evaluate(term.items[0], scope));
  auto seed = base::from_base32(seed_text.str());
  std::optional<std::int64_t> shift_ms = 0;
  if (term.items.size() == 2) shift_ms = parse_duration_ms(TRY(evaluate(term.items[1], scope)).str());
  if (!seed || seed->empty() || !shift_ms) return base::fail("Script", "@totp takes a seed and a duration");
  const auto step = static_cast<std::uint64_t>((scope.now_ms + *shift_ms) / 30'000);
  const std::string digest = base::hmac_sha1(*seed, base::to_ordered(step));
  const std::string part = digest.substr(digest.back() & 0xF, 4);
  const std::uint64_t number = base::from_ordered(std::string(4, '\0') + part) & 0x7FFF'FFFF;
  return Value(fmt::format("{:06}", number % 1'000'000));
}

Result<Value> evaluate_call(const Term& term, const Scope& scope) {
  if (term.text == "now" || term.text == "seconds") return evaluate_time(term, scope);
  if (term.text == "totp") return evaluate_totp(term, scope);
  if (term.text == "repeat") return evaluate_repeat(term, scope);
  if (term.text == "times") return evaluate_times(term, scope);
  if (term.text == "web_keys") return make_web_keys();
  if (term.items.size() != 1) return base::fail("Script", fmt::format("@{} is no function of one value", term.text));
  Value argument = TRY(evaluate(term.items[0], scope));
  if (term.text == "json") return Value(base::to_json(argument));
  if (term.text == "text") return Value(text_of(argument));
  if (term.text == "md5") return Value(base::to_hex(base::md5(argument.str())));
  if (term.text == "sha256") return Value(base::to_hex(base::sha256(argument.str())));
  if (term.text == "web_token") return Value(make_web_token(argument));
  if (term.text == "saml_metadata") return Value(make_saml_metadata(argument.str()));
  if (term.text == "saml_response") return Value(make_saml_response(argument));
  if (term.text == "zip") {
    std::vector<base::ZipFile> files;
    for (const auto& [name, content] : argument.map()) files.push_back({.name = name, .content = content.str()});
    auto archive = base::make_zip(files);
    if (!archive) return base::fail("Script", archive.error().message);
    return Value(*std::move(archive));
  }
  if (term.text == "base64") {
    auto bytes = base::from_base64(argument.str());
    if (!bytes) return base::fail("Script", "no base64: " + argument.str());
    return Value(*std::move(bytes));
  }
  return base::fail("Script", fmt::format("@{} is no function here", term.text));
}

// --- matching
// -----------------------------------------------------------------------------------------------------------

using Difference = std::optional<std::string>;

Difference match(const Term& pattern, const Value& got, Scope& scope, const std::string& path);

std::string shortened(const Value& value) {
  std::string text = base::to_json(value);
  return text.size() > 400 ? text.substr(0, 400) + "…" : text;
}

Difference differs(const std::string& path, std::string_view how) {
  return fmt::format("{} {}", path.empty() ? "the answer" : path, how);
}

// XML cannot say an empty list or map, so both count as absent.
bool is_empty_collection(const Value& value) {
  return value.is_null() || (value.is_list() && value.list().empty()) || (value.is_map() && value.map().empty());
}

bool is_empty_collection(const Term& term) {
  return (term.kind == Term::Kind::kList && term.items.empty()) ||
         (term.kind == Term::Kind::kMap && term.members.empty() && !term.open);
}

bool is_call(const Term& term, std::string_view name) { return term.kind == Term::Kind::kCall && term.text == name; }

Difference match_map(const Term& pattern, const Value& got, Scope& scope, const std::string& path) {
  if (!got.is_map() && !got.is_null()) return differs(path, "is no map: " + shortened(got));
  for (auto& [name, term] : pattern.members) {
    const Value& below = got.at(name);
    std::string below_path = fmt::format("{}.{}", path, name);
    if (is_call(term, "absent")) {
      if (!is_empty_collection(below)) return differs(below_path, "is there: " + shortened(below));
    } else if (below.is_null()) {
      if (is_empty_collection(term)) continue;
      if (term.kind == Term::Kind::kValue && term.value.is_null()) continue;
      return differs(below_path, "is absent");
    } else if (auto difference = match(term, below, scope, below_path)) {
      return difference;
    }
  }
  if (pattern.open) return {};
  for (auto& [name, value] : got.map()) {
    auto same = [&name](const auto& member) { return member.first == name; };
    if (is_empty_collection(value) || std::ranges::any_of(pattern.members, same)) continue;
    return differs(fmt::format("{}.{}", path, name), "was not expected: " + shortened(value));
  }
  return {};
}

// The elements from `first_term` on against those from `first` on; `...` may stand for any number.
Difference match_elements(const Term& pattern, std::size_t first_term, const Value::List& got, std::size_t first,
                          Scope& scope, const std::string& path) {
  if (first_term == pattern.items.size()) {
    if (first == got.size()) return {};
    return differs(path, fmt::format("has {} elements, expected {}", got.size(), first));
  }
  const Term& term = pattern.items[first_term];
  if (term.kind == Term::Kind::kRest) {
    Difference last;
    for (std::size_t skipped = first; skipped <= got.size(); ++skipped) {
      Scope attempt = scope;
      last = match_elements(pattern, first_term + 1, got, skipped, attempt, path);
      if (last) continue;
      scope = std::move(attempt);
      return {};
    }
    return last;
  }
  if (first == got.size()) return differs(path, fmt::format("has only {} elements", got.size()));
  if (auto difference = match(term, got[first], scope, fmt::format("{}[{}]", path, first))) return difference;
  return match_elements(pattern, first_term + 1, got, first + 1, scope, path);
}

Difference match_list(const Term& pattern, const Value& got, Scope& scope, const std::string& path) {
  if (!got.is_list() && !got.is_null()) return differs(path, "is no list: " + shortened(got));
  return match_elements(pattern, 0, got.list(), 0, scope, path);
}

Difference match_any_order(const Term& pattern, const Value& got, Scope& scope, const std::string& path) {
  if (pattern.items.size() != 1 || pattern.items[0].kind != Term::Kind::kList)
    return differs(path, "@any_order wants a list");
  std::vector<Term> wanted = pattern.items[0].items;
  bool open = !wanted.empty() && wanted.back().kind == Term::Kind::kRest;
  if (open) wanted.pop_back();
  Value::List left = got.list();
  if (left.size() < wanted.size() || (!open && left.size() > wanted.size()))
    return differs(path, fmt::format("has {} elements, expected {}", left.size(), wanted.size()));
  // Finds each wanted element its place, going back where an earlier choice took it.
  std::function<Difference(std::size_t, Scope&)> place = [&](std::size_t index, Scope& inner) -> Difference {
    if (index == wanted.size()) return {};
    Difference last = differs(path, fmt::format("has no element for the pattern's number {}", index + 1));
    for (std::size_t i = 0; i < left.size(); ++i) {
      Scope attempt = inner;
      if (match(wanted[index], left[i], attempt, path)) continue;
      Value taken = left[i];
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
      last = place(index + 1, attempt);
      left.insert(left.begin() + static_cast<std::ptrdiff_t>(i), taken);
      if (last) continue;
      inner = std::move(attempt);
      return {};
    }
    return last;
  };
  return place(0, scope);
}

Difference match_between(const Term& pattern, const Value& got, const Scope& scope, const std::string& path) {
  auto number_of = [](const Value& value) -> std::optional<double> {
    if (value.is_number()) return value.real();
    return base::parse_number<double>(value.str());
  };
  if (pattern.items.size() != 2) return differs(path, "@between wants two numbers");
  auto low = evaluate(pattern.items[0], scope), high = evaluate(pattern.items[1], scope);
  if (!low || !high) return differs(path, "@between wants two numbers");
  auto number = number_of(got);
  if (number && *number >= low->real() && *number <= high->real()) return {};
  return differs(path,
                 fmt::format("is {}, expected {} to {}", shortened(got), base::to_json(*low), base::to_json(*high)));
}

Difference match_call(const Term& pattern, const Value& got, Scope& scope, const std::string& path) {
  if (pattern.text == "any_order") return match_any_order(pattern, got, scope, path);
  if (pattern.text == "between") return match_between(pattern, got, scope, path);
  if (pattern.text == "absent") return differs(path, "is there: " + shortened(got));
  if (pattern.text == "json" && pattern.items.size() == 1) {
    auto read = base::parse_json(got.str());
    if (!read) return differs(path, "is no JSON text: " + shortened(got));
    return match(pattern.items[0], *read, scope, path + "@json");
  }
  if (pattern.text == "size" && pattern.items.size() == 1) {
    std::size_t size = got.is_text() ? got.str().size() : got.is_list() ? got.list().size() : got.map().size();
    if (Value(static_cast<std::int64_t>(size)) == pattern.items[0].value) return {};
    return differs(path, fmt::format("has size {}, expected {}", size, base::to_json(pattern.items[0].value)));
  }
  if (pattern.text == "starts" && pattern.items.size() == 1) {
    auto start = evaluate(pattern.items[0], scope);
    if (start && got.str().starts_with(start->str())) return {};
    return differs(path, "starts otherwise: " + shortened(got));
  }
  auto value = evaluate(pattern, scope);
  if (!value) return differs(path, value.error().message);
  return match({.value = *std::move(value)}, got, scope, path);
}

bool equal_values(const Value& left, const Value& right) {
  if (left.is_number() && right.is_number() && left.is_float() != right.is_float()) return left.real() == right.real();
  return left == right;
}

// The expression with captured texts in the place of their ${names}, each as it is.
std::string expand(std::string_view expression, const Scope& scope) {
  std::string expanded;
  while (!expression.empty()) {
    std::size_t begin = expression.find("${"), end = expression.find('}', begin);
    auto found = end == expression.npos
                     ? scope.variables.end()
                     : scope.variables.find(std::string(expression.substr(begin + 2, end - begin - 2)));
    if (found == scope.variables.end()) break;
    expanded += expression.substr(0, begin);
    expanded += RE2::QuoteMeta(found->second.str());
    expression.remove_prefix(end + 1);
  }
  return expanded + std::string(expression);
}

bool matches(const Term& pattern, const Value& got, const Scope& scope) {
  return got.is_text() && RE2::FullMatch(got.str(), RE2("(?s)" + expand(pattern.text, scope), RE2::Quiet));
}

Difference match(const Term& pattern, const Value& got, Scope& scope, const std::string& path) {
  switch (pattern.kind) {
    case Term::Kind::kAny:
    case Term::Kind::kRest: return {};
    case Term::Kind::kMap: return match_map(pattern, got, scope, path);
    case Term::Kind::kList: return match_list(pattern, got, scope, path);
    case Term::Kind::kCall: return match_call(pattern, got, scope, path);
    case Term::Kind::kExpression:
      if (matches(pattern, got, scope)) return {};
      return differs(path, fmt::format("does not match ~\"{}\": {}", pattern.text, shortened(got)));
    case Term::Kind::kVariable: {
      auto [found, first_time] = scope.variables.try_emplace(pattern.text, got);
      if (first_time || equal_values(found->second, got)) return {};
      return differs(path, fmt::format("is {}, but ${} is {}", shortened(got), pattern.text, shortened(found->second)));
    }
    case Term::Kind::kText:
    case Term::Kind::kValue: break;
  }
  auto value = evaluate(pattern, scope);
  if (!value) return differs(path, value.error().message);
  if (equal_values(*value, got)) return {};
  return differs(path, fmt::format("is {}, expected {}", shortened(got), shortened(*value)));
}

}  // namespace

Result<Term> parse_term(std::string_view& text) { return TermReader(text).term(); }

Result<std::string> interpolate(std::string_view text, const Scope& scope) {
  std::string result;
  while (true) {
    std::size_t start = text.find("${");
    result += text.substr(0, start);
    if (start == std::string_view::npos) return result;
    std::size_t end = text.find('}', start);
    if (end == std::string_view::npos) return base::fail("Script", "${ without }");
    std::string_view name = text.substr(start + 2, end - start - 2);
    auto found = scope.variables.find(name);
    if (found == scope.variables.end()) return base::fail("Script", fmt::format("${} has not been captured", name));
    result += text_of(found->second);
    text.remove_prefix(end + 1);
  }
}

Result<Value> evaluate(const Term& term, const Scope& scope) {
  switch (term.kind) {
    case Term::Kind::kValue: return term.value;
    case Term::Kind::kText: return Value(TRY(interpolate(term.text, scope)));
    case Term::Kind::kCall: return evaluate_call(term, scope);
    case Term::Kind::kVariable: {
      auto found = scope.variables.find(term.text);
      if (found == scope.variables.end())
        return base::fail("Script", fmt::format("${} has not been captured", term.text));
      return found->second;
    }
    case Term::Kind::kList: {
      Value::List list;
      for (auto& item : term.items) list.push_back(TRY(evaluate(item, scope)));
      return Value(std::move(list));
    }
    case Term::Kind::kMap: {
      Value::Map map;
      for (auto& [name, below] : term.members) map.emplace_back(name, TRY(evaluate(below, scope)));
      return Value(std::move(map));
    }
    case Term::Kind::kAny:
    case Term::Kind::kRest:
    case Term::Kind::kExpression: break;
  }
  return base::fail("Script", "a pattern stands where a value is needed");
}

std::optional<std::string> mismatch(const Term& pattern, const Value& got, Scope& scope) {
  return match(pattern, got, scope, "");
}

bool matches_message(std::string_view pattern, std::string_view text) {
  std::size_t gap = pattern.find("...");
  if (gap == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, gap))) return false;
  std::string_view rest = pattern.substr(gap + 3);
  for (std::size_t start = gap; start <= text.size(); ++start)
    if (matches_message(rest, text.substr(start))) return true;
  return false;
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  static constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  std::int64_t total_ms = 0;
  while (!text.empty()) {
    std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    auto number = base::parse_number(text.substr(0, digits));
    text.remove_prefix(digits);
    std::size_t letters = std::min(text.find_first_of("0123456789"), text.size());
    auto unit = std::ranges::find(kUnits, text.substr(0, letters), &std::pair<std::string_view, std::int64_t>::first);
    if (!number || unit == std::end(kUnits)) return std::nullopt;
    total_ms += *number * unit->second;
    text.remove_prefix(letters);
  }
  return negative ? -total_ms : total_ms;
}

}  // namespace runner
