// Reading event patterns.
#include "aws/event_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/event_pattern_nodes.h"
#include "base/json.h"
#include "base/strings.h"

namespace aws {

namespace {

using base::Result;
using base::Value;
using Node = EventPattern::Node;
using Kind = ValueTest::Kind;
using Case = ValueTest::Case;

constexpr std::string_view kOr = "$or";

// Names that an alternative of $or may not use, so that fields named $or are told from it.
constexpr std::array<std::string_view, 24> kReservedInOr{"exactly",
                                                         "equals-ignore-case",
                                                         "prefix",
                                                         "suffix",
                                                         "anything-but",
                                                         "exists",
                                                         "wildcard",
                                                         "numeric",
                                                         "cidr",
                                                         "=",
                                                         "<",
                                                         "<=",
                                                         ">",
                                                         ">=",
                                                         "regex",
                                                         "not-wildcard",
                                                         "not-equals-ignore-case",
                                                         "date-after",
                                                         "date-on-or-after",
                                                         "date-before",
                                                         "date-on-or-before",
                                                         "in-date-range",
                                                         "ip-address-in-range",
                                                         "ip-address-not-in-range"};

std::unexpected<base::Error> refuse(const std::string& reason) {
  return base::fail("InvalidEventPatternException", "Event pattern is not valid. Reason: " + reason);
}

std::unexpected<base::Error> refuse_more_keys() { return refuse("Only one key allowed in match expression"); }

// The only member of an object; nothing where it has another number of them.
const std::pair<std::string, Value>* only_member(const Value& object) {
  return object.is_map() && object.map().size() == 1 ? &object.map().front() : nullptr;
}

Result<ValueTest> read_text_test(Kind kind, Case letters, std::string_view operator_name, const Value& value) {
  if (!value.is_text()) return refuse(fmt::format("{} match pattern must be a string", operator_name));
  ValueTest test{.kind = kind, .letters = letters};
  test.text = letters == Case::kIgnored ? fold_case(value.str()) : value.str();
  return test;
}

// "prefix" and "suffix", of a text or of {"equals-ignore-case": text}.
Result<ValueTest> read_affix(Kind kind, std::string_view operator_name, const Value& value) {
  if (!value.is_map()) return read_text_test(kind, Case::kExact, operator_name, value);
  const std::string word = kind == Kind::kPrefix ? "prefix" : "suffix";
  if (value.map().empty())
    return refuse(fmt::format("{} expression name not found", kind == Kind::kPrefix ? "Prefix" : "Suffix"));
  const auto& [name, text] = value.map().front();
  if (name != "equals-ignore-case") return refuse(fmt::format("Unsupported {} pattern: {}", word, name));
  ValueTest test = TRY(read_text_test(kind, Case::kIgnored, "equals-ignore-case", text));
  if (!only_member(value)) return refuse_more_keys();
  return test;
}

Result<ValueTest> read_wildcard(const Value& value) {
  if (!value.is_text()) return refuse("wildcard match pattern must be a string");
  const std::string& text = value.str();
  ValueTest test{.kind = Kind::kWildcard};
  test.pieces.emplace_back();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    // Positions count the quotation mark before the text.
    if (text[at] == '*') {
      if (next == '*') return refuse(fmt::format("Consecutive wildcard characters at pos {}", at + 1));
      test.pieces.emplace_back();
    } else if (text[at] == '\\') {
      if (next != '*' && next != '\\') return refuse(fmt::format("Invalid escape character at pos {}", at + 1));
      test.pieces.back() += next;
      ++at;
    } else {
      test.pieces.back() += text[at];
    }
  }
  return test;
}

// ["=", 5], ["<", 5], [">", 1, "<=", 5]
Result<ValueTest> read_numeric(const Value& value) {
  if (!value.is_list()) return refuse("Value of numeric must be an array.");
  const Value::List& terms = value.list();
  auto term = [&](std::size_t index) -> const Value& {
    static const Value kNone;
    return index < terms.size() ? terms[index] : kNone;
  };
  if (!term(0).is_text())
    return refuse("Invalid member in numeric match: " + (terms.empty() ? "]" : base::to_json(term(0))));
  const std::string& first = term(0).str();
  if (first != "=" && first != "<" && first != "<=" && first != ">" && first != ">=")
    return refuse("Unrecognized numeric range operator: " + first);
  if (!term(1).is_number()) return refuse(fmt::format("Value of {} must be numeric", first == "=" ? "equals" : first));
  ValueTest test{.kind = Kind::kNumeric};
  const double number = term(1).real();
  if (first == "=" || first.front() == '>') test.from = number, test.includes_from = first != ">";
  if (first == "=" || first.front() == '<') test.to = number, test.includes_to = first != "<";
  if (terms.size() == 2) return test;
  if (first.front() != '>') return refuse("Too many elements in numeric expression");
  if (!term(2).is_text()) return refuse("Bad value in numeric range: " + base::to_json(term(2)));
  const std::string& second = term(2).str();
  if (second != "<" && second != "<=") return refuse("Bad numeric range operator: " + second);
  if (!term(3).is_number()) return refuse(fmt::format("Value of {} must be numeric", second));
  if (terms.size() > 4) return refuse("Too many terms in numeric range expression");
  test.to = term(3).real();
  test.includes_to = second == "<=";
  if (test.from >= test.to) return refuse("Bottom must be less than top");
  return test;
}

Result<ValueTest> read_cidr(const Value& value) {
  if (!value.is_text()) return refuse("prefix match pattern must be a string");
  const std::vector<std::string_view> parts = base::split(value.str(), '/');
  if (parts.size() != 2 || parts[1].empty()) return refuse("Malformed CIDR, one '/' required");
  const auto bits = base::parse_number<int>(parts[1]);
  if (!bits) return refuse("Malformed CIDR, mask bits must be an integer");
  if (*bits < 0) return refuse("Malformed CIDR, mask bits must not be negative");
  auto address = address_bytes(std::string(parts[0]));
  if (!address) return refuse("Nonstandard IP address: " + std::string(parts[0]));
  if (address->size() == 4 && *bits > 31) return refuse("IPv4 mask bits must be < 32");
  if (*bits > 127) return refuse("IPv6 mask bits must be < 128");
  ValueTest test{.kind = Kind::kAddress};
  test.address = *std::move(address);
  test.address_bits = *bits;
  return test;
}

// What stands inside of {"anything-but": {NAME: …}}, one value.
Result<ValueTest> read_excluded(std::string_view name, const Value& value) {
  if (!value.is_text()) {
    if (name == "wildcard") return refuse("wildcard match pattern must be a string");
    if (name != "equals-ignore-case") return refuse("prefix/suffix match pattern must be a string");
    return refuse("Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.");
  }
  if (name == "wildcard") return read_wildcard(value);
  if (name == "equals-ignore-case") return read_text_test(Kind::kEquals, Case::kIgnored, name, value);
  if (value.str().empty()) return refuse("Null prefix/suffix not allowed");
  return read_text_test(name == "prefix" ? Kind::kPrefix : Kind::kSuffix, Case::kExact, name, value);
}

Result<ValueTest> read_anything_but(const Value& given) {
  ValueTest test{.kind = Kind::kAnythingBut};
  std::string_view name;
  const Value* value = &given;
  if (given.is_map()) {
    if (given.map().empty()) return refuse("Anything-But expression name not found");
    name = given.map().front().first;
    if (name != "prefix" && name != "suffix" && name != "wildcard" && name != "equals-ignore-case")
      return refuse(fmt::format("Unsupported anything-but pattern: {}", name));
    value = &given.map().front().second;
  }
  if (!value->is_list() && !value->is_text() && !value->is_number())
    return refuse("Value of anything-but must be an array or single string/number value.");
  const Value::List values = value->is_list() ? value->list() : Value::List{*value};
  bool has_text = false, has_number = false;
  for (const Value& each : values) {
    has_text |= each.is_text();
    has_number |= each.is_number();
    if (!name.empty()) {
      test.inner.push_back(TRY(read_excluded(name, each)));
    } else if (each.is_text() || each.is_number()) {
      ValueTest excluded;
      excluded.value = each;
      test.inner.push_back(std::move(excluded));
    } else {
      return refuse("Inside anything but list, start|null|boolean is not supported.");
    }
  }
  if (name.empty() && has_text == has_number)
    return refuse("Inside anything but list, either all values are number or string, mixed type is not supported");
  if (given.is_map() && !only_member(given)) return refuse("Too many elements in numeric expression");
  return test;
}

Result<ValueTest> read_operator(const std::string& name, const Value& value) {
  if (name == "exactly") {
    if (!value.is_text()) return refuse("exact match pattern must be a string");
    ValueTest test;
    test.value = value;
    return test;
  }
  if (name == "prefix") return read_affix(Kind::kPrefix, name, value);
  if (name == "suffix") return read_affix(Kind::kSuffix, name, value);
  if (name == "equals-ignore-case") return read_text_test(Kind::kEquals, Case::kIgnored, name, value);
  if (name == "anything-but") return read_anything_but(value);
  if (name == "numeric") return read_numeric(value);
  if (name == "cidr") return read_cidr(value);
  if (name == "wildcard") return read_wildcard(value);
  if (name != "exists") return refuse("Unrecognized match type " + name);
  if (!value.is_flag()) return refuse("exists match pattern must be either true or false.");
  return ValueTest{.kind = value.flag() ? Kind::kExists : Kind::kAbsent};
}

Result<std::vector<ValueTest>> read_tests(const Value::List& values) {
  std::vector<ValueTest> tests;
  for (const Value& value : values) {
    if (value.is_list()) return refuse("Match value must be String, number, true, false, or null");
    if (!value.is_map()) {
      ValueTest test;
      test.value = value;
      tests.push_back(std::move(test));
      continue;
    }
    if (value.map().empty()) return refuse("Match expression name not found");
    const auto& [name, operand] = value.map().front();
    tests.push_back(TRY(read_operator(name, operand)));
    if (value.map().size() == 1) continue;
    if (name == "numeric" || name == "anything-but") return refuse("Too many elements in numeric expression");
    return refuse_more_keys();
  }
  if (tests.empty()) return refuse("Empty arrays are not allowed");
  return tests;
}

enum class Within { kAll, kAlternative };

Result<std::shared_ptr<const Node>> read_node(const Value& object, const std::vector<std::string>& path, Within within);

Result<std::vector<std::shared_ptr<const Node>>> read_alternatives(const Value& value,
                                                                   const std::vector<std::string>& path) {
  if (!value.is_list()) return refuse("It must be an Array followed with $or.");
  std::vector<std::shared_ptr<const Node>> alternatives;
  for (const Value& each : value.list()) {
    if (!each.is_map()) return refuse("Only JSON object is allowed in array of $or relationship.");
    alternatives.push_back(TRY(read_node(each, path, Within::kAlternative)));
  }
  if (alternatives.size() < 2) return refuse("There must have at least 2 Objects in $or relationship.");
  return alternatives;
}

Result<std::shared_ptr<const Node>> read_node(const Value& object, const std::vector<std::string>& path,
                                              Within within) {
  auto node = std::make_shared<Node>();
  for (const auto& [name, value] : object.map()) {
    if (name == kOr) {
      node->choices.push_back(TRY(read_alternatives(value, path)));
      continue;
    }
    if (within == Within::kAlternative && std::ranges::find(kReservedInOr, name) != kReservedInOr.end())
      return refuse(name + " is Ruler reserved fieldName which cannot be used inside $or.");
    Node::Field field{.name = name, .path = path, .tests = {}, .fields = nullptr};
    field.path.push_back(name);
    if (value.is_map())
      field.fields = TRY(read_node(value, field.path, within));
    else if (value.is_list())
      field.tests = TRY(read_tests(value.list()));
    else
      return refuse(fmt::format("\"{}\" must be an object or an array", name));
    node->fields.push_back(std::move(field));
  }
  if (object.map().empty()) return refuse("Empty objects are not allowed");
  return node;
}

}  // namespace

Result<EventPattern> EventPattern::parse(std::string_view text) {
  auto value = base::parse_json(text);
  if (!value) return refuse(value.error().message);
  if (!value->is_map()) return refuse("Filter is not an object");
  return EventPattern(TRY(read_node(*value, {}, Within::kAll)));
}

}  // namespace aws
