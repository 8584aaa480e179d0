#include "model/pattern.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>
#include <vector>

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

// Java's names of classes and what they hold, as the inside of a RE2 class.
constexpr std::pair<std::string_view, std::string_view> kClasses[] = {
    {"Alnum", "[:alnum:]"}, {"Alpha", "[:alpha:]"},   {"ASCII", "\\x00-\\x7F"},      {"Digit", "[:digit:]"},
    {"Graph", "[:graph:]"}, {"Lower", "[:lower:]"},   {"Print", "[:print:]"},        {"Punct", "[:punct:]"},
    {"Upper", "[:upper:]"}, {"XDigit", "[:xdigit:]"}, {"all", "\\x{0}-\\x{10FFFF}"}, {"IsWhitespace", "\\s\\p{Z}"},
    {"Blank", " \\t"},      {"Space", "\\s"},         {"IsAlphabetic", "\\p{L}"},    {"IsDigit", "\\p{Nd}"}};

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && base::equal_ignoring_case(text.substr(0, start.size()), start);
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

enum class InClass : bool { kNo, kYes };

// Rewrites the escape at the start of `rest` (a backslash) into `out`; answers its length.
std::size_t rewrite_escape(std::string_view rest, InClass in_class, std::string& out) {
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
  if (starts_with_ignoring_case(rest, "\\p{")) {
    std::string_view name = rest.substr(3, rest.find('}') - 3);
    for (const auto& [java, re2] : kClasses)
      if (name == java) {
        out += in_class == InClass::kYes ? std::string(re2) : "[" + std::string(re2) + "]";
        return name.size() + 4;
      }
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

bool ends_anchored(std::string_view pattern) { return pattern.ends_with('$') && !pattern.ends_with("\\$"); }

bool is_open_ended(std::string_view pattern) {
  return pattern.starts_with('^') != ends_anchored(pattern) && pattern.find('|') == std::string_view::npos;
}

// A look-ahead at the start of a pattern: "(?!aws:)". RE2 has none, so it is checked by itself.
struct LookAhead {
  LookAhead(const std::string& pattern, bool is_wanted) : expression(pattern, RE2::Quiet), wanted(is_wanted) {}
  RE2 expression;
  bool wanted;
};

// Calls `see(position, depth)` at each '(' , ')' and '|' that is syntax; depth counts the open groups, after the
// character.
template <class See>
void scan_groups(std::string_view pattern, See see) {
  int depth = 0;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
    } else if (c == '(' || c == ')' || c == '|') {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      see(i, depth);
    }
  }
}

// The length of the group at the start of `rest`, its parentheses included; 0 when it does not end.
std::size_t group_size(std::string_view rest) {
  std::size_t size = 0;
  scan_groups(rest, [&](std::size_t at, int depth) {
    if (size == 0 && depth == 0) size = at + 1;
  });
  return size;
}

// Whether the pattern is "a|b" outside of any group.
bool is_choice(std::string_view pattern) {
  bool found = false;
  scan_groups(pattern, [&](std::size_t at, int depth) { found = found || (depth == 0 && pattern[at] == '|'); });
  return found;
}

// Leaving one out accepts more texts, never fewer.
bool is_look_around(std::string_view rest) {
  return rest.starts_with("(?!") || rest.starts_with("(?=") || rest.starts_with("(?<!") || rest.starts_with("(?<=");
}

class CompiledPattern {
 public:
  explicit CompiledPattern(std::string_view pattern) : whole_(!is_open_ended(pattern)) {
    std::string_view rest = pattern;
    if (rest.starts_with('^')) rest.remove_prefix(1);
    while (!is_choice(rest) && (rest.starts_with("(?!") || rest.starts_with("(?="))) {
      std::size_t size = group_size(rest);
      if (size == 0) break;
      ahead_.push_back(std::make_unique<const LookAhead>(to_re2_syntax(rest.substr(3, size - 4)), rest[2] == '='));
      rest.remove_prefix(size);
    }
    expression_ = std::make_unique<const RE2>(to_re2_syntax(ahead_.empty() ? pattern : rest), RE2::Quiet);
  }

  bool supported() const {
    return expression_->ok() &&
           std::all_of(ahead_.begin(), ahead_.end(), [](auto& each) { return each->expression.ok(); });
  }

  bool matches(std::string_view text) const {
    re2::StringPiece piece(text.data(), text.size());
    for (const auto& each : ahead_)
      if (each->expression.ok() &&
          each->expression.Match(piece, 0, text.size(), RE2::ANCHOR_START, nullptr, 0) != each->wanted)
        return false;
    RE2::Anchor anchor = whole_ ? RE2::ANCHOR_BOTH : ahead_.empty() ? RE2::UNANCHORED : RE2::ANCHOR_START;
    return !expression_->ok() || expression_->Match(piece, 0, text.size(), anchor, nullptr, 0);
  }

 private:
  bool whole_;
  std::vector<std::unique_ptr<const LookAhead>> ahead_;
  std::unique_ptr<const RE2> expression_;
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
  InClass in_class = InClass::kNo;
  for (std::size_t i = 0; i < pattern.size();) {
    char c = pattern[i];
    if (c == '\\') {
      i += rewrite_escape(pattern.substr(i), in_class, out);
      continue;
    }
    if (c == '{' && in_class == InClass::kNo) {
      if (std::size_t size = rewrite_repetition(pattern.substr(i), out)) {
        i += size;
        // "{3}+" keeps what it has matched, which RE2 cannot say; giving it back accepts more texts, never fewer.
        if (pattern.substr(i).starts_with('+')) ++i;
        continue;
      }
    }
    if (c == '(' && in_class == InClass::kNo && is_look_around(pattern.substr(i))) {
      out += "(?:)";
      i += std::max<std::size_t>(1, group_size(pattern.substr(i)));
      continue;
    }
    if (c == '[') in_class = InClass::kYes;
    if (c == ']') in_class = InClass::kNo;
    out += c;
    ++i;
  }
  return out;
}

bool is_pattern_supported(std::string_view pattern) { return CompiledPattern(pattern).supported(); }

bool matches_pattern(std::string_view text, std::string_view pattern) {
  static PatternCache cache;
  return cache.find(pattern).matches(text);
}

}  // namespace model
