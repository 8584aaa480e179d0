#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "services/s3/select_parser.h"

namespace s3::select {

namespace {

ExpressionPointer term(Expression::Kind kind, std::string name) {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->name = std::move(name);
  return node;
}

ExpressionPointer literal(Datum datum) {
  auto node = term(Expression::Kind::kLiteral, "");
  node->datum = std::move(datum);
  return node;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& letter : result) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return result;
}

constexpr std::array<std::string_view, 8> kDateParts{"YEAR",   "MONTH",  "DAY",           "HOUR",
                                                     "MINUTE", "SECOND", "TIMEZONE_HOUR", "TIMEZONE_MINUTE"};

std::unexpected<base::Error> expected_expression() {
  return base::fail("ParseExpectedExpression", "Did not find the expected SQL expression.");
}

}  // namespace

Result<void> Parser::close_call() {
  if (accept(")")) return {};
  if (peek().kind == Token::Kind::kEnd || !peek().is(","))
    return base::fail("ParseExpectedRightParenBuiltinFunctionCall",
                      "Did not find the expected right parenthesis character in the SQL expression.");
  return base::fail("ParseUnexpectedToken", "The SQL expression contains an unexpected token.");
}

Result<Parser::Node> Parser::concatenation() {
  Node left = TRY(sum());
  while (accept("||")) {
    Node node = term(Expression::Kind::kBinary, "||");
    node->operands.push_back(std::move(left));
    node->operands.push_back(TRY(sum()));
    left = std::move(node);
  }
  return left;
}

Result<Parser::Node> Parser::sum() {
  Node left = TRY(product());
  while (peek().is("+") || peek().is("-")) {
    Node node = term(Expression::Kind::kBinary, take().text);
    node->operands.push_back(std::move(left));
    node->operands.push_back(TRY(product()));
    left = std::move(node);
  }
  return left;
}

Result<Parser::Node> Parser::product() {
  Node left = TRY(sign());
  while (peek().is("*") || peek().is("/") || peek().is("%")) {
    Node node = term(Expression::Kind::kBinary, take().text);
    node->operands.push_back(std::move(left));
    node->operands.push_back(TRY(sign()));
    left = std::move(node);
  }
  return left;
}

Result<Parser::Node> Parser::sign() {
  if (!peek().is("-") && !peek().is("+")) return primary();
  if (++depth_ > kExpressionDepthMax) return expected_expression();
  Node node = term(Expression::Kind::kUnary, take().text);
  node->operands.push_back(TRY(sign()));
  --depth_;
  return node;
}

Result<Parser::Node> Parser::primary() {
  const Token& token = peek();
  switch (token.kind) {
    case Token::Kind::kNumber: return literal(Datum::of(*Number::parse(take().text)));
    case Token::Kind::kText: return literal(Datum::of(take().text));
    case Token::Kind::kIon: return ion_literal();
    case Token::Kind::kQuotedName: return path();
    case Token::Kind::kEnd: return expected_expression();
    case Token::Kind::kOperator:
      if (token.is("(")) return parenthesis();
      return base::fail("ParseUnexpectedTerm", "The SQL expression contains an unexpected term.");
    case Token::Kind::kWord: break;
  }
  bool found = false;
  Node word = TRY(literal_word(found));
  if (found) return word;
  if (token.is("CASE")) return case_of();
  if (peek(1).is("(")) return call();
  for (std::string_view reserved : {"SELECT", "FROM", "WHERE", "LIMIT", "AND", "OR", "THEN", "ELSE", "END", "WHEN"}) {
    if (token.is(reserved))
      return base::fail("ParseUnExpectedKeyword", "The SQL expression contains an unexpected keyword.");
  }
  return path();
}

Result<Parser::Node> Parser::parenthesis() {
  take();
  Node inner = TRY(expression());
  TRY_VOID(expect(")", "ParseExpectedTokenType", "Did not find the expected token in the SQL expression."));
  return inner;
}

Result<Parser::Node> Parser::literal_word(bool& found) {
  const Token& token = peek();
  found = true;
  if (token.is("NULL")) return take(), literal(Datum::null());
  if (token.is("MISSING")) return take(), literal(Datum::missing());
  if (token.is("TRUE")) return take(), literal(Datum::of(true));
  if (token.is("FALSE")) return take(), literal(Datum::of(false));
  found = false;
  return Node();
}

// Of Ion's literals those of a moment, a number and a text.
Result<Parser::Node> Parser::ion_literal() {
  const std::string text(base::trim(take().text));
  if (auto time = Timestamp::parse(text)) return literal(Datum::of(*time));
  if (auto number = Number::parse(text)) return literal(Datum::of(*number));
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    return literal(Datum::of(text.substr(1, text.size() - 2)));
  if (text == "null") return literal(Datum::null());
  if (text == "true" || text == "false") return literal(Datum::of(text == "true"));
  return base::fail("LexerInvalidIONLiteral", "The SQL expression contains an invalid ION literal.");
}

Result<Parser::Node> Parser::path() {
  const Token& first = take();
  Node node = term(Expression::Kind::kPath, "");
  node->path.push_back({.name = first.text, .is_exact = first.kind == Token::Kind::kQuotedName});
  Path rest = TRY(steps());
  node->path.insert(node->path.end(), rest.begin(), rest.end());
  return node;
}

Result<Parser::Node> Parser::call() {
  std::string name = upper(take().text);
  take();  // the parenthesis
  if (++depth_ > kExpressionDepthMax) return expected_expression();
  for (std::string_view each : {"COUNT", "SUM", "AVG", "MIN", "MAX"}) {
    if (name == each) return --depth_, aggregate(std::move(name));
  }
  Node node;
  if (name == "CAST") {
    node = TRY(cast());
  } else if (name == "DATE_ADD" || name == "DATE_DIFF") {
    node = TRY(date_call(name));
  } else if (name == "EXTRACT") {
    node = TRY(extract());
  } else if (name == "SUBSTRING") {
    node = TRY(substring());
  } else if (name == "TRIM") {
    node = TRY(trim());
  } else {
    auto arity = find_function(name);
    if (!arity) return base::fail("UnsupportedFunction", "Encountered an unsupported SQL function.");
    node = term(Expression::Kind::kCall, name);
    if (!peek().is(")")) {
      do {
        node->operands.push_back(TRY(expression()));
      } while (accept(","));
    }
    if (node->operands.size() < arity->least || node->operands.size() > arity->most)
      return base::fail("EvaluatorInvalidArguments",
                        "Incorrect number of arguments in the function call in the SQL expression.");
  }
  TRY_VOID(close_call());
  --depth_;
  return node;
}

Result<Parser::Node> Parser::aggregate(std::string name) {
  if (is_inside_aggregate_ || is_where_)
    return base::fail("UnsupportedSqlStructure", "Encountered an unsupported SQL structure. Check the SQL Reference.");
  Node node = term(Expression::Kind::kAggregate, std::move(name));
  if (accept("*")) {
    if (node->name != "COUNT")
      return base::fail("ParseUnsupportedCallWithStar",
                        "Only COUNT with (*) as a parameter is supported in the SQL expression.");
  } else {
    is_inside_aggregate_ = true;
    node->operands.push_back(TRY(expression()));
    is_inside_aggregate_ = false;
    if (peek().is(","))
      return base::fail("ParseNonUnaryAgregateFunctionCall",
                        "Only one argument is supported for aggregate functions in the SQL expression.");
  }
  node->slot = aggregates_.size();
  aggregates_.push_back(node.get());
  TRY_VOID(close_call());
  return node;
}

Result<Parser::Node> Parser::cast() {
  Node node = term(Expression::Kind::kCall, "CAST");
  node->operands.push_back(TRY(expression()));
  TRY_VOID(expect("AS", "ParseExpectedKeyword", "Did not find the expected keyword in the SQL expression."));
  node->detail = upper(take().text);
  constexpr std::array<std::string_view, 9> kTypes{"BOOL",    "INT",     "INTEGER",   "STRING", "FLOAT",
                                                   "DECIMAL", "NUMERIC", "TIMESTAMP", "BOOLEAN"};
  if (std::ranges::find(kTypes, node->detail) == kTypes.end())
    return base::fail("ParseExpectedTypeName", "Did not find the expected type name in the SQL expression.");
  // The digits of DECIMAL(10, 2) say nothing about a value that already has them.
  if (accept("(")) {
    do {
      if (take().kind != Token::Kind::kNumber)
        return base::fail("ParseInvalidTypeParam", "The SQL expression contains an invalid parameter value.");
    } while (accept(","));
    TRY_VOID(expect(")", "ParseInvalidTypeParam", "The SQL expression contains an invalid parameter value."));
  }
  return node;
}

Result<Parser::Node> Parser::case_of() {
  take();
  if (++depth_ > kExpressionDepthMax) return expected_expression();
  const bool is_simple = !peek().is("WHEN");
  Node node = term(Expression::Kind::kCase, is_simple ? "CASE OF" : "CASE");
  if (is_simple) node->operands.push_back(TRY(expression()));
  if (!peek().is("WHEN"))
    return base::fail("ParseExpectedWhenClause",
                      "Did not find the expected WHEN clause in CASE. The expression is not supported.");
  while (accept("WHEN")) {
    node->operands.push_back(TRY(expression()));
    TRY_VOID(expect("THEN", "ParseExpectedKeyword", "Did not find the expected keyword in the SQL expression."));
    node->operands.push_back(TRY(expression()));
  }
  if (accept("ELSE")) node->operands.push_back(TRY(expression()));
  TRY_VOID(expect("END", "ParseExpectedKeyword", "Did not find the expected keyword in the SQL expression."));
  --depth_;
  return node;
}

Result<Parser::Node> Parser::date_call(std::string name) {
  Node node = term(Expression::Kind::kCall, std::move(name));
  node->detail = upper(take().text);
  if (std::ranges::find(kDateParts, node->detail) == kDateParts.end() || node->detail.starts_with("TIMEZONE"))
    return base::fail("ParseExpectedDatePart", "Did not find the expected date part in the SQL expression.");
  for (int argument = 0; argument < 2; ++argument) {
    TRY_VOID(expect(",", "ParseExpectedArgumentDelimiter",
                    "Did not find the expected argument delimiter in the SQL expression."));
    node->operands.push_back(TRY(expression()));
  }
  return node;
}

Result<Parser::Node> Parser::extract() {
  Node node = term(Expression::Kind::kCall, "EXTRACT");
  node->detail = upper(take().text);
  if (std::ranges::find(kDateParts, node->detail) == kDateParts.end())
    return base::fail("ParseExpectedDatePart", "Did not find the expected date part in the SQL expression.");
  TRY_VOID(expect("FROM", "ParseExpectedKeyword", "Did not find the expected keyword in the SQL expression."));
  node->operands.push_back(TRY(expression()));
  return node;
}

Result<Parser::Node> Parser::substring() {
  Node node = term(Expression::Kind::kCall, "SUBSTRING");
  node->operands.push_back(TRY(expression()));
  if (!accept("FROM"))
    TRY_VOID(expect(",", "ParseExpectedArgumentDelimiter",
                    "Did not find the expected argument delimiter in the SQL expression."));
  node->operands.push_back(TRY(expression()));
  if (accept("FOR") || accept(",")) node->operands.push_back(TRY(expression()));
  return node;
}

// TRIM([[LEADING | TRAILING | BOTH] [characters] FROM] text)
Result<Parser::Node> Parser::trim() {
  Node node = term(Expression::Kind::kCall, "TRIM");
  node->detail = "BOTH";
  for (std::string_view side : {"LEADING", "TRAILING", "BOTH"}) {
    if (accept(side)) {
      node->detail = side;
      break;
    }
  }
  Node first;
  if (!peek().is("FROM")) first = TRY(expression());
  if (accept("FROM")) {
    node->operands.push_back(TRY(expression()));
    if (first) node->operands.push_back(std::move(first));
  } else {
    node->operands.push_back(std::move(first));
  }
  return node;
}

}  // namespace s3::select
