#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "services/s3/select_sql.h"

namespace s3::select {

// Reads tokens from the front; every function leaves the place behind what it has read.
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  Result<Query> query();

 private:
  using Node = ExpressionPointer;

  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool accept(std::string_view symbol);
  Result<void> expect(std::string_view symbol, std::string_view code, std::string_view message);
  Result<void> close_call();

  Result<void> select_list(Query& query);
  Result<void> from(Query& query);
  Result<Path> steps();
  Result<Step> bracket();

  Result<Node> expression();
  Result<Node> conjunction();
  Result<Node> negation();
  Result<Node> comparison();
  Result<Node> predicate(Node value, bool is_negated);
  Result<Node> concatenation();
  Result<Node> sum();
  Result<Node> product();
  Result<Node> sign();
  Result<Node> primary();
  Result<Node> parenthesis();
  Result<Node> literal_word(bool& found);
  Result<Node> ion_literal();
  Result<Node> path();
  Result<Node> call();
  Result<Node> aggregate(std::string name);
  Result<Node> cast();
  Result<Node> case_of();
  Result<Node> date_call(std::string name);
  Result<Node> extract();
  Result<Node> substring();
  Result<Node> trim();

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool is_inside_aggregate_ = false;
  bool is_where_ = false;
  std::vector<const Expression*> aggregates_;
};

}  // namespace s3::select
