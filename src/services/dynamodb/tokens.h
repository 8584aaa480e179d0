// Words of expressions, and what may be wrong with expressions besides their syntax.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/expression.h"

namespace dynamodb {

inline constexpr std::size_t kExpressionBytesMax = 4'096;
inline constexpr int kOperatorsMax = 300;
inline constexpr int kExpressionDepthMax = 200;  // of parentheses and functions within each other

struct Token {
  enum class Kind { kIdentifier, kNamePlaceholder, kValuePlaceholder, kNumber, kSymbol, kEnd };

  Kind kind = Kind::kEnd;
  std::string_view text;
};

// AWS reports one problem of an expression, and not the first: those of some kinds come before those of others, in this
// order.
enum class Problem {
  kParentheses,
  kReservedInUpdate,
  kUnknownFunction,
  kMisusedFunction,
  kReserved,
  kSection,
  kName,
  kValue,
  kOperandCount,
  kOverlap,
  kConflict,
  kOperandType,
  kFunction,
  kUndefinedValue,
};

// Reads tokens and the parts that all expressions have in common. Errors of syntax are answered at once; other problems
// are noted, and the gravest is answered at the end.
class ExpressionReader {
 public:
  ExpressionReader(std::string_view text, std::string_view parameter, Placeholders& placeholders);

  // Before anything is read. Errors: empty or too long, or no tokens.
  base::Result<void> begin();
  // After everything was read.
  base::Result<void> finish();

  const Token& token(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  void advance() { at_ = std::min(at_ + 1, tokens_.size() - 1); }
  bool is_symbol(std::string_view symbol) const;
  bool is_word(std::string_view word) const;  // ignoring case
  bool take_symbol(std::string_view symbol);
  bool take_word(std::string_view word);
  base::Result<void> expect_symbol(std::string_view symbol);
  std::unexpected<base::Error> syntax_error() const;
  std::unexpected<base::Error> problem(std::string_view message) const;
  void note(Problem kind, std::string message) { problems_.try_emplace(kind, std::move(message)); }
  void count_operator() { ++operators_; }

  // A document path; `reserved` says how grave a reserved word in it is.
  base::Result<Path> read_path(Problem reserved);
  // ":v"; null when it is not defined, which is noted.
  const Attribute* read_value();
  // Notes paths that overlap or conflict with earlier ones.
  void note_overlaps(const std::vector<Path>& earlier, const Path& path);

 private:
  base::Result<void> tokenize();

  std::string_view text_, parameter_;
  Placeholders& placeholders_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int operators_ = 0;
  std::map<Problem, std::string> problems_;
};

bool is_reserved_word(std::string_view word);  // ignoring case

}  // namespace dynamodb
