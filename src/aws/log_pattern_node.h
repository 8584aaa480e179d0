#pragma once

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/log_pattern.h"

// What filter patterns are made of, once parsed. For log_pattern*.cc only.
namespace aws {

enum class NodeKind { kTerm, kOptional, kExcluded, kCompare, kAnd, kOr };
enum class Comparison {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIsNull,
  kIsTrue,
  kIsFalse,
  kExists,
  kNotExists
};

struct LogPattern::Node {
  NodeKind kind = NodeKind::kTerm;
  std::vector<Node> parts = {};  // of kAnd and kOr: two
  Comparison comparison = Comparison::kEqual;
  LogSelector selector = {};  // of a comparison in JSON
  std::string field = {};     // of one of a field
  std::string operand = {};   // the text of a term or comparison; a * in that of a comparison is any text
  std::optional<double> number = std::nullopt;
  std::shared_ptr<const RE2> regex = nullptr;
};

struct LogPattern::Field {
  std::string name = {};  // may be empty
  bool is_ellipsis = false;
  std::optional<Node> condition = std::nullopt;
};

// A * in `pattern` stands for any text.
bool matches_wildcards(std::string_view pattern, std::string_view text);

inline bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace aws
