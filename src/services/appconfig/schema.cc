#include "services/appconfig/schema.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"

namespace appconfig {

namespace {

using base::Value;

constexpr int kDepthMax = 64;             // references may go round in circles
constexpr int kStepsMax = 100'000;        // and meet themselves twice on each
constexpr std::size_t kFailuresMax = 20;  // told at once

bool has_type(const Value& value, std::string_view type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_flag();
  if (type == "object") return value.is_map();
  if (type == "array") return value.is_list();
  if (type == "string") return value.is_text();
  if (type == "number") return value.is_number();
  if (type == "integer") return value.is_whole() || (value.is_float() && std::floor(value.real()) == value.real());
  return false;
}

bool equals(const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) return left.real() == right.real();
  return left == right;
}

// The member of that name; null where the schema does not have it. A member that is JSON's null is told by
// `has_member`.
const Value* find_member(const Value& map, std::string_view name) {
  for (const auto& [key, value] : map.map())
    if (key == name) return &value;
  return nullptr;
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string escape_pointer(std::string_view name) {
  std::string escaped;
  for (char c : name) escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return escaped;
}

class Validator {
 public:
  explicit Validator(const Value& root) : root_(root) {}

  void check(const Value& schema, const Value& value, const std::string& at);
  std::vector<SchemaFailure> take() {
    if (steps_ > kStepsMax) failures_.push_back({"$schema", "$", "the schema takes too long to check", ""});
    return std::move(failures_);
  }

 private:
  bool holds(const Value& schema, const Value& value, const std::string& at) {
    const std::size_t before = failures_.size();
    check(schema, value, at);
    const bool is_valid = failures_.size() == before;
    failures_.resize(before);
    return is_valid;
  }
  void fail(std::string_view keyword, const std::string& at, const Value& value, std::string reason) {
    failures_.push_back({std::string(keyword), at.empty() ? "$" : at, std::move(reason), base::to_json(value)});
  }
  const Value* resolve(const std::string& reference) const;
  void check_any(const Value& schema, const Value& value, const std::string& at);
  void check_combined(const Value& schema, const Value& value, const std::string& at);
  void check_number(const Value& schema, const Value& value, const std::string& at);
  void check_text(const Value& schema, const Value& value, const std::string& at);
  void check_list(const Value& schema, const Value& value, const std::string& at);
  void check_items(const Value& schema, const Value& value, const std::string& at);
  void check_map(const Value& schema, const Value& value, const std::string& at);
  void check_properties(const Value& schema, const Value& value, const std::string& at);

  const Value& root_;
  std::vector<SchemaFailure> failures_;
  int depth_ = 0;
  int steps_ = 0;
};

const Value* Validator::resolve(const std::string& reference) const {
  if (!reference.starts_with('#')) return nullptr;
  const Value* found = &root_;
  for (std::string_view part : base::split(std::string_view(reference).substr(1), '/')) {
    if (part.empty()) continue;
    std::string name = base::percent_decode(part).value_or(std::string(part));
    for (std::size_t i = 0; (i = name.find('~', i)) != std::string::npos; ++i)
      if (i + 1 < name.size()) name.replace(i, 2, name[i + 1] == '1' ? "/" : "~");
    found = find_member(*found, name);
    if (!found) return nullptr;
  }
  return found;
}

void Validator::check(const Value& schema, const Value& value, const std::string& at) {
  if (depth_ >= kDepthMax || failures_.size() >= kFailuresMax || ++steps_ > kStepsMax) return;
  if (schema.is_flag() && !schema.flag()) return fail("false", at, value, "nothing is allowed here");
  if (!schema.is_map()) return;
  ++depth_;
  if (schema.at("$ref").is_text()) {
    const Value* referred = resolve(schema.at("$ref").str());
    if (referred) {
      check(*referred, value, at);
    } else {
      fail("$ref", at, value, fmt::format("the schema has no {}", schema.at("$ref").str()));
    }
  } else {
    check_any(schema, value, at);
    check_combined(schema, value, at);
    if (value.is_number()) check_number(schema, value, at);
    if (value.is_text()) check_text(schema, value, at);
    if (value.is_list()) check_list(schema, value, at);
    if (value.is_map()) check_map(schema, value, at);
  }
  --depth_;
}

void Validator::check_any(const Value& schema, const Value& value, const std::string& at) {
  if (const Value& type = schema.at("type"); type.is_text() || type.is_list()) {
    const Value::List types = type.is_list() ? type.list() : Value::List{type};
    if (std::ranges::none_of(types, [&](const Value& each) { return has_type(value, each.str()); }))
      fail("type", at, value, fmt::format("is not of type {}", base::to_json(type)));
  }
  if (const Value& allowed = schema.at("enum"); allowed.is_list())
    if (std::ranges::none_of(allowed.list(), [&](const Value& each) { return equals(each, value); }))
      fail("enum", at, value, fmt::format("is not one of {}", base::to_json(allowed)));
  if (const Value* constant = find_member(schema, "const"); constant && !equals(*constant, value))
    fail("const", at, value, fmt::format("is not {}", base::to_json(*constant)));
}

void Validator::check_combined(const Value& schema, const Value& value, const std::string& at) {
  for (const Value& each : schema.at("allOf").list()) check(each, value, at);
  auto count_valid = [&](const Value& list) {
    return std::ranges::count_if(list.list(), [&](const Value& each) { return holds(each, value, at); });
  };
  if (schema.has("anyOf") && count_valid(schema.at("anyOf")) == 0)
    fail("anyOf", at, value, "is valid under none of the schemas");
  if (schema.has("oneOf") && count_valid(schema.at("oneOf")) != 1)
    fail("oneOf", at, value, "is not valid under exactly one of the schemas");
  if (schema.has("not") && holds(schema.at("not"), value, at)) fail("not", at, value, "is valid, and should not be");
  if (!schema.has("if")) return;
  const Value* branch = find_member(schema, holds(schema.at("if"), value, at) ? "then" : "else");
  if (branch) check(*branch, value, at);
}

void Validator::check_number(const Value& schema, const Value& value, const std::string& at) {
  const double number = value.real();
  const Value& minimum = schema.at("minimum");
  const Value& maximum = schema.at("maximum");
  const Value& above = schema.at("exclusiveMinimum");
  const Value& below = schema.at("exclusiveMaximum");
  // In draft 4 a flag beside the bound; a bound of its own since draft 6.
  if (minimum.is_number() && (number < minimum.real() || (above.flag() && number == minimum.real())))
    fail("minimum", at, value, fmt::format("is less than the minimum of {}", base::to_json(minimum)));
  if (maximum.is_number() && (number > maximum.real() || (below.flag() && number == maximum.real())))
    fail("maximum", at, value, fmt::format("is greater than the maximum of {}", base::to_json(maximum)));
  if (above.is_number() && number <= above.real())
    fail("exclusiveMinimum", at, value, fmt::format("is not greater than {}", base::to_json(above)));
  if (below.is_number() && number >= below.real())
    fail("exclusiveMaximum", at, value, fmt::format("is not less than {}", base::to_json(below)));
  if (const Value& step = schema.at("multipleOf"); step.is_number() && step.real() > 0) {
    const double times = number / step.real();
    if (std::abs(times - std::round(times)) > 1e-9)
      fail("multipleOf", at, value, fmt::format("is not a multiple of {}", base::to_json(step)));
  }
}

void Validator::check_text(const Value& schema, const Value& value, const std::string& at) {
  const auto characters = static_cast<std::int64_t>(characters_in(value.str()));
  if (schema.has("minLength") && characters < schema.at("minLength").num())
    fail("minLength", at, value, "is too short");
  if (schema.has("maxLength") && characters > schema.at("maxLength").num()) fail("maxLength", at, value, "is too long");
  if (!schema.at("pattern").is_text()) return;
  const RE2 pattern(schema.at("pattern").str(), RE2::Quiet);
  if (!pattern.ok() || !RE2::PartialMatch(value.str(), pattern))
    fail("pattern", at, value, fmt::format("does not match {}", schema.at("pattern").str()));
}

void Validator::check_list(const Value& schema, const Value& value, const std::string& at) {
  const Value::List& list = value.list();
  const auto size = static_cast<std::int64_t>(list.size());
  if (schema.has("minItems") && size < schema.at("minItems").num()) fail("minItems", at, value, "has too few items");
  if (schema.has("maxItems") && size > schema.at("maxItems").num()) fail("maxItems", at, value, "has too many items");
  if (schema.at("uniqueItems").flag())
    for (std::size_t i = 0; i < list.size(); ++i)
      if (std::any_of(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(i),
                      [&](const Value& each) { return equals(each, list[i]); })) {
        fail("uniqueItems", at, value, "has the same item twice");
        break;
      }
  if (const Value* wanted = find_member(schema, "contains"))
    if (std::ranges::none_of(list, [&](const Value& each) { return holds(*wanted, each, at); }))
      fail("contains", at, value, "has no item as it should contain");
  check_items(schema, value, at);
}

void Validator::check_items(const Value& schema, const Value& value, const std::string& at) {
  const Value* items = find_member(schema, "items");
  const Value* more = find_member(schema, "additionalItems");
  for (std::size_t i = 0; items && i < value.list().size(); ++i) {
    const std::string place = fmt::format("{}/{}", at, i);
    if (!items->is_list()) {
      check(*items, value.list()[i], place);
    } else if (i < items->list().size()) {
      check(items->list()[i], value.list()[i], place);
    } else if (more) {
      check(*more, value.list()[i], place);
    }
  }
}

void Validator::check_map(const Value& schema, const Value& value, const std::string& at) {
  const auto size = static_cast<std::int64_t>(value.map().size());
  if (schema.has("minProperties") && size < schema.at("minProperties").num())
    fail("minProperties", at, value, "has too few properties");
  if (schema.has("maxProperties") && size > schema.at("maxProperties").num())
    fail("maxProperties", at, value, "has too many properties");
  for (const Value& name : schema.at("required").list())
    if (!find_member(value, name.str()))
      fail("required", at, value, fmt::format("required property '{}' not found", name.str()));
  for (const auto& [name, needs] : schema.at("dependencies").map()) {
    if (!find_member(value, name)) continue;
    if (needs.is_map()) check(needs, value, at);
    for (const Value& other : needs.list())
      if (!find_member(value, other.str()))
        fail("dependencies", at, value, fmt::format("property '{}' needs '{}'", name, other.str()));
  }
  check_properties(schema, value, at);
}

void Validator::check_properties(const Value& schema, const Value& value, const std::string& at) {
  const Value* more = find_member(schema, "additionalProperties");
  for (const auto& [name, member] : value.map()) {
    const std::string place = fmt::format("{}/{}", at, escape_pointer(name));
    bool is_known = false;
    if (const Value* property = find_member(schema.at("properties"), name)) {
      is_known = true;
      check(*property, member, place);
    }
    for (const auto& [pattern, property] : schema.at("patternProperties").map()) {
      const RE2 expression(pattern, RE2::Quiet);
      if (!expression.ok() || !RE2::PartialMatch(name, expression)) continue;
      is_known = true;
      check(property, member, place);
    }
    if (is_known || !more) continue;
    if (more->is_flag() && !more->flag()) {
      fail("additionalProperties", place, member, fmt::format("property '{}' is not defined in the schema", name));
    } else {
      check(*more, member, place);
    }
  }
}

}  // namespace

std::vector<SchemaFailure> validate_schema(const base::Value& schema, const base::Value& document) {
  Validator validator(schema);
  validator.check(schema, document, "");
  return validator.take();
}

}  // namespace appconfig
