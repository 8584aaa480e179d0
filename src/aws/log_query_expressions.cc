#include <cstdlib>

#include "aws/log_query_parser.h"
#include "base/result.h"
#include "base/strings.h"

namespace aws::log_query {

ExpressionPointer Parser::node(Expression::Kind kind, ExpressionPointer first, ExpressionPointer second,
                               char sign) const {
  auto made = std::make_unique<Expression>();
  made->kind = kind;
  made->sign = sign;
  made->begin = first->begin;
  made->end = second ? second->end : tokens_[at_ - 1].end;
  made->arguments.push_back(std::move(first));
  if (second) made->arguments.push_back(std::move(second));
  return made;
}

ExpressionPointer Parser::constant(const Token& token) {
  auto made = std::make_unique<Expression>();
  made->name = token.text;
  made->begin = token.begin;
  made->end = token.end;
  made->constant = token.kind == Kind::kNumber ? Cell::of_number(std::strtod(token.text.c_str(), nullptr))
                                               : Cell::of_text(made->name);
  return made;
}

ExpressionPointer Parser::field(std::string name, const Token& token) {
  auto made = std::make_unique<Expression>();
  made->kind = Expression::Kind::kField;
  made->name = std::move(name);
  made->begin = token.begin;
  made->end = token.end;
  return made;
}

Parser::Read<ExpressionPointer> Parser::alternatives() {
  if (++depth_ > kDepthMax) return unexpected();
  auto left = TRY(conjunction());
  while (take_word("or")) left = node(Expression::Kind::kOr, std::move(left), TRY(conjunction()));
  --depth_;
  return left;
}

Parser::Read<ExpressionPointer> Parser::conjunction() {
  auto left = TRY(negation());
  while (take_word("and")) left = node(Expression::Kind::kAnd, std::move(left), TRY(negation()));
  return left;
}

Parser::Read<ExpressionPointer> Parser::negation() {
  if (!is_word("not")) return comparison();
  if (++depth_ > kDepthMax) return unexpected();
  int begin = peek().begin;
  ++at_;
  auto made = node(Expression::Kind::kNot, TRY(negation()));
  made->begin = begin;
  --depth_;
  return made;
}

Parser::Read<ExpressionPointer> Parser::comparison() {
  auto left = TRY(sum());
  bool is_negated = is_word("not") && (is_word("like", 1) || is_word("in", 1));
  if (is_negated) ++at_;
  if (take_word("like")) {
    left = TRY(likeness(std::move(left), false));
  } else if (take_word("in")) {
    left = TRY(membership(std::move(left)));
  } else if (is_sign("=~")) {
    ++at_;
    left = TRY(likeness(std::move(left), true));
  } else if (is(Kind::kOperator)) {
    static constexpr std::pair<std::string_view, char> kSigns[] = {{"=", '='}, {"!=", '!'}, {"<", '<'},
                                                                   {">", '>'}, {"<=", 'l'}, {">=", 'g'}};
    for (auto [text, sign] : kSigns) {
      if (!is_sign(text)) continue;
      ++at_;
      return node(Expression::Kind::kCompare, std::move(left), TRY(sum()), sign);
    }
  }
  return is_negated ? node(Expression::Kind::kNot, std::move(left)) : std::move(left);
}

// What follows `in`: ["a", "b"], or a query in parentheses.
Parser::Read<ExpressionPointer> Parser::membership(ExpressionPointer left) {
  if (is(Kind::kOpen)) {
    auto made = node(Expression::Kind::kInQuery, std::move(left));
    made->index = TRY(subquery());
    made->end = tokens_[at_ - 1].end;
    return made;
  }
  if (!take(Kind::kOpenBracket)) return unexpected();
  auto made = node(Expression::Kind::kIn, std::move(left));
  do {
    bool is_negative = is_sign("-") && peek(1).kind == Kind::kNumber;
    if (is_negative) ++at_;
    if (!is(Kind::kText) && !is(Kind::kNumber)) return unexpected();
    made->choices.push_back(constant(peek()));
    if (is_negative) made->choices.back()->constant.number *= -1;
    ++at_;
  } while (take(Kind::kComma));
  if (!take(Kind::kCloseBracket)) return unexpected();
  made->end = tokens_[at_ - 1].end;
  return made;
}

// What follows `like` and `=~`.
Parser::Read<ExpressionPointer> Parser::likeness(ExpressionPointer left, bool is_regex) {
  const Token& token = peek();
  if (token.kind == Kind::kRegex || (is_regex && token.kind == Kind::kText)) {
    ++at_;
    auto made = node(Expression::Kind::kMatch, std::move(left));
    made->regex = TRY(regex(token));
    return made;
  }
  if (is_regex || token.kind == Kind::kNumber) return unexpected();
  return node(Expression::Kind::kLike, std::move(left), TRY(sum()));
}

Parser::Read<ExpressionPointer> Parser::sum() {
  auto left = TRY(product());
  while (is_sign("+") || is_sign("-")) {
    char sign = tokens_[at_++].text[0];
    left = node(Expression::Kind::kArithmetic, std::move(left), TRY(product()), sign);
  }
  return left;
}

Parser::Read<ExpressionPointer> Parser::product() {
  auto left = TRY(power());
  while (is_sign("*") || is_sign("/") || is_sign("%")) {
    char sign = tokens_[at_++].text[0];
    left = node(Expression::Kind::kArithmetic, std::move(left), TRY(power()), sign);
  }
  return left;
}

Parser::Read<ExpressionPointer> Parser::power() {
  if (++depth_ > kDepthMax) return unexpected();
  auto left = TRY(unary());
  if (is_sign("^")) {
    ++at_;
    left = node(Expression::Kind::kArithmetic, std::move(left), TRY(power()), '^');
  }
  --depth_;
  return left;
}

Parser::Read<ExpressionPointer> Parser::unary() {
  if (!is_sign("-")) return primary();
  if (++depth_ > kDepthMax) return unexpected();
  int begin = peek().begin;
  ++at_;
  auto made = node(Expression::Kind::kNegate, TRY(unary()));
  made->begin = begin;
  --depth_;
  return made;
}

Parser::Read<ExpressionPointer> Parser::primary() {
  const Token& token = peek();
  switch (token.kind) {
    case Kind::kOpen: {
      ++at_;
      auto inner = TRY(expression());
      if (!take(Kind::kClose)) return unexpected();
      inner->begin = token.begin;
      inner->end = tokens_[at_ - 1].end;
      return inner;
    }
    case Kind::kText:
    case Kind::kNumber: ++at_; return constant(token);
    case Kind::kName: break;
    default: return unexpected();
  }
  if (!token.is_quoted) {
    if (peek(1).kind == Kind::kOpen) return call(token);
    for (std::string_view word : {"as", "by", "and", "or", "not", "like", "in"})
      if (is_word(word)) return unexpected();
    for (std::string_view flag : {"true", "false"}) {
      if (!is_word(flag)) continue;
      ++at_;
      auto made = constant(token);
      made->constant = Cell::of_flag(flag == "true");
      return made;
    }
  }
  ++at_;
  return field(token.text, token);
}

}  // namespace aws::log_query
