#pragma once

#include <initializer_list>

#include "aws/log_query_syntax.h"

namespace aws::log_query {

// Reads the tokens of a query by recursive descent. Expressions are in log_query_expressions.cc, commands in
// log_query_commands.cc.
class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  std::expected<std::unique_ptr<Query>, SyntaxError> read();

 private:
  template <class T>
  using Read = std::expected<T, SyntaxError>;
  using Kind = Token::Kind;
  static constexpr int kDepthMax = 64;  // of parentheses and the like

  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool is(Kind kind) const { return peek().kind == kind; }
  bool is_word(std::string_view word, std::size_t ahead = 0) const;
  bool is_sign(std::string_view sign) const { return is(Kind::kOperator) && peek().text == sign; }
  bool take(Kind kind);
  bool take_word(std::string_view word);
  std::unexpected<SyntaxError> unexpected() const { return unexpected(peek()); }
  std::unexpected<SyntaxError> unexpected(const Token& token) const;
  static std::unexpected<SyntaxError> refuse(std::string message, const Token& token);
  Read<std::string> name();
  Read<std::string> quoted();

  // Commands.
  Read<void> commands(Query& query);
  Read<void> command(Query& query);
  Read<void> order(const Query& query, const Command& command, const Token& token);
  Read<Source> source();
  Read<std::vector<std::string>> list_of_texts();
  Read<std::vector<Column>> columns(Command* stats);
  Read<void> fields(Command& command);
  Read<void> stats(Command& command);
  Read<void> sort(Command& command);
  Read<void> limit(Command& command);
  Read<void> parse(Command& command);
  Read<void> diff(Command& command);
  Read<void> unnest(Command& command);
  Read<void> join(Command& command);
  Read<void> lookup(Command& command);
  Read<std::size_t> subquery();

  // Expressions, by how closely their operators bind.
  Read<ExpressionPointer> expression() { return alternatives(); }
  Read<ExpressionPointer> alternatives();
  Read<ExpressionPointer> conjunction();
  Read<ExpressionPointer> negation();
  Read<ExpressionPointer> comparison();
  Read<ExpressionPointer> membership(ExpressionPointer left);
  Read<ExpressionPointer> likeness(ExpressionPointer left, bool is_regex);
  Read<ExpressionPointer> sum();
  Read<ExpressionPointer> product();
  Read<ExpressionPointer> power();
  Read<ExpressionPointer> unary();
  Read<ExpressionPointer> primary();
  Read<ExpressionPointer> call(const Token& name);
  Read<ExpressionPointer> aggregate(const Token& name, Aggregate::Kind kind);
  Read<ExpressionPointer> period_floor(const Token& name);
  Read<std::unique_ptr<re2::RE2>> regex(const Token& token);

  ExpressionPointer node(Expression::Kind kind, ExpressionPointer first, ExpressionPointer second = nullptr,
                         char sign = 0) const;
  static ExpressionPointer constant(const Token& token);
  static ExpressionPointer field(std::string name, const Token& token);

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Query* query_ = nullptr;
  Command* stats_ = nullptr;  // inside of a stats command's results
  bool is_nested_ = false;    // inside of a subquery
  bool sorts_ = false;        // inside of a sort command
};

}  // namespace aws::log_query
