#include "model/pattern.h"

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <re2/re2.h>
#pragma GCC diagnostic pop

#include "base/strings.h"

namespace model {
namespace {

constexpr int kRepeatMax = 1000;  // RE2's limit
constexpr std::string_view kSurrogates = "\\uD800\\uDC00-\\uDBFF\\uDFFF";

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && base::equal_ignoring_case(text.substr(0, start.size()), start);
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// Rewrites the escape at the start of `rest` (a backslash) into `out`; answers its length.
std::size_t rewrite_escape(std::string_view rest, std::string& out) {
  if (starts_with_ignoring_case(rest, kSurrogates)) {
    out += "\\x{10000}-\\x{10FFFF}";
    return kSurrogates.size();
  }
  if (rest.size() >= 6 && rest[1] == 'u' && is_hex(rest.substr(2, 4))) {
    out.append("\\x{").append(rest.substr(2, 4)).append("}");
    return 6;
  }
  if (rest.size() >= 4 && (rest[1] == 'u' || rest[1] == 'x') && rest[2] == '{') {
    out += "\\x";
    return 2;
  }
  if (rest.size() >= 2 && rest[1] == '_') {
    out += "_";
    return 2;
  }
  out += rest.substr(0, 2);
  return std::min<std::size_t>(2, rest.size());
}

// Rewrites `{m,n}` at the start of `rest`, dropping limits above RE2's; answers its length, 0 when it is no repetition.
std::size_t rewrite_repetition(std::string_view rest, std::string& out) {
  std::size_t end = rest.find('}');
  if (end == std::string_view::npos) return 0;
  std::string_view inside = rest.substr(1, end - 1);
  std::size_t comma = inside.find(',');
  std::optional<std::int64_t> least = base::parse_number(inside.substr(0, comma));
  if (!least) return 0;
  std::optional<std::int64_t> most = least;
  if (comma != std::string_view::npos) most = base::parse_number(inside.substr(comma + 1));
  if (*least <= kRepeatMax && most.value_or(0) <= kRepeatMax) {
    out += rest.substr(0, end + 1);
  } else {
    out += "{" + std::to_string(std::min<std::int64_t>(*least, kRepeatMax)) + ",}";
  }
  return end + 1;
}

bool ends_anchored(std::string_view pattern) {
  return pattern.ends_with('$') && !pattern.ends_with("\\$");
}

bool is_open_ended(std::string_view pattern) {
  return pattern.starts_with('^') != ends_anchored(pattern) && pattern.find('|') == std::string_view::npos;
}

struct CompiledPattern {
  explicit CompiledPattern(std::string_view pattern)
      : expression(to_re2_syntax(pattern), RE2::Quiet), whole(!is_open_ended(pattern)) {}
  bool matches(std::string_view text) const {
    if (!expression.ok()) return true;
    re2::StringPiece piece(text.data(), text.size());
    return whole ? RE2::FullMatch(piece, expression) : RE2::PartialMatch(piece, expression);
  }
  RE2 expression;
  bool whole;
};

class PatternCache {
 public:
  const CompiledPattern& find(std::string_view pattern) {
    {
      std::shared_lock lock(mutex_);
      auto found = compiled_.find(pattern.data());
      if (found != compiled_.end()) return *found->second;
    }
    auto compiled = std::make_unique<const CompiledPattern>(pattern);
    std::unique_lock lock(mutex_);
    return *compiled_.try_emplace(pattern.data(), std::move(compiled)).first->second;
  }

 private:
  std::shared_mutex mutex_;
  std::unordered_map<const char*, std::unique_ptr<const CompiledPattern>> compiled_;
};

}  // namespace

std::string to_re2_syntax(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size();) {
    char c = pattern[i];
    if (c == '\\') {
      i += rewrite_escape(pattern.substr(i), out);
      continue;
    }
    if (c == '{' && !in_class) {
      if (std::size_t size = rewrite_repetition(pattern.substr(i), out)) {
        i += size;
        continue;
      }
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    out += c;
    ++i;
  }
  return out;
}

bool is_pattern_supported(std::string_view pattern) { return CompiledPattern(pattern).expression.ok(); }

bool matches_pattern(std::string_view text, std::string_view pattern) {
  static PatternCache cache;
  return cache.find(pattern).matches(text);
}

}  // namespace model
