#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/value.h"

// Values and patterns as text tests write them: relaxed JSON with variables and functions. docs/guide/text-tests.md is
// the manual.
namespace runner {

using base::Result;
using base::Value;

// One node of what stands in the script, still without the values of its variables.
struct Term {
  enum class Kind {
    kValue,       // `value` as it is
    kText,        // `text` with ${names} in it
    kVariable,    // $text
    kList,        // `items`
    kMap,         // `members`
    kAny,         // _
    kRest,        // ...
    kExpression,  // ~"text"
    kCall,        // @text(items)
  };

  Kind kind = Kind::kValue;
  Value value;
  std::string text;
  std::vector<Term> items;
  std::vector<std::pair<std::string, Term>> members;
  bool open = false;  // a map that ends in `...`
};

// Reads one term from the front of `text` and moves `text` behind it. The error's message says what was expected;
// `text` then begins where it was.
Result<Term> parse_term(std::string_view& text);

// What variables hold, and the script's time.
struct Scope {
  std::map<std::string, Value, std::less<>> variables;
  std::int64_t now_ms = 0;
};

// The value a term stands for. Error: an unknown variable or function, a pattern where a value is needed.
Result<Value> evaluate(const Term& term, const Scope& scope);

// "text ${name}" with the values in it.
Result<std::string> interpolate(std::string_view text, const Scope& scope);

// Nothing when `got` is as the pattern wants it, and then captures are in `scope`; otherwise where and how it differs.
std::optional<std::string> mismatch(const Term& pattern, const Value& got, Scope& scope);

// Whether `text` matches `pattern`, in which "..." stands for any text.
bool matches_message(std::string_view pattern, std::string_view text);

// One or more numbers with units, "1h30m", with a sign or without; in milliseconds. Nothing when it is not that.
std::optional<std::int64_t> parse_duration_ms(std::string_view text);

}  // namespace runner
