#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "services/s3/select_parser.h"

namespace s3::select {

namespace {

std::unexpected<base::Error> unexpected_token(const Token& token) {
  if (token.kind == Token::Kind::kEnd)
    return base::fail("ParseUnexpectedToken", "The SQL expression contains an unexpected token at its end.");
  return base::fail(
      "ParseUnexpectedToken",
      fmt::format("The SQL expression contains an unexpected token: {} (position {})", token.text, token.at + 1));
}

ExpressionPointer make(Expression::Kind kind, std::string name) {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->name = std::move(name);
  return node;
}

ExpressionPointer binary(std::string name, ExpressionPointer left, ExpressionPointer right) {
  auto node = make(Expression::Kind::kBinary, std::move(name));
  node->operands.push_back(std::move(left));
  node->operands.push_back(std::move(right));
  return node;
}

bool has_path_outside_aggregates(const Expression& node) {
  if (node.kind == Expression::Kind::kPath) return true;
  if (node.kind == Expression::Kind::kAggregate) return false;
  return std::ranges::any_of(node.operands, [](const auto& operand) { return has_path_outside_aggregates(*operand); });
}

}  // namespace

bool Parser::accept(std::string_view symbol) {
  if (!peek().is(symbol)) return false;
  take();
  return true;
}

Result<void> Parser::expect(std::string_view symbol, std::string_view code, std::string_view message) {
  if (accept(symbol)) return {};
  return base::fail(std::string(code), std::string(message));
}

Result<Query> Parser::query() {
  Query query;
  TRY_VOID(expect("SELECT", "ParseExpectedKeyword", "Did not find the expected keyword in the SQL expression."));
  TRY_VOID(select_list(query));
  TRY_VOID(from(query));
  if (accept("WHERE")) {
    is_where_ = true;
    query.where = TRY(expression());
    is_where_ = false;
  }
  for (std::string_view clause : {"GROUP", "ORDER", "HAVING", "UNION", "JOIN"}) {
    if (peek().is(clause))
      return base::fail("ParseUnsupportedSyntax", "The SQL expression contains unsupported syntax.");
  }
  if (accept("LIMIT")) {
    const bool is_negative = accept("-");
    const Token& token = take();
    auto limit = token.kind == Token::Kind::kNumber ? base::parse_number(token.text) : std::nullopt;
    if (!limit) return base::fail("ParseExpectedNumber", "Did not find the expected number in the SQL expression.");
    if (is_negative) return base::fail("EvaluatorNegativeLimit", "The value for LIMIT must not be negative.");
    query.limit = limit;
  }
  if (peek().kind != Token::Kind::kEnd) return unexpected_token(peek());
  query.aggregates = std::move(aggregates_);
  if (!query.aggregates.empty() && std::ranges::any_of(query.projections, [](const Projection& each) {
        return has_path_outside_aggregates(*each.expression);
      }))
    return base::fail("UnsupportedSqlStructure", "Encountered an unsupported SQL structure. Check the SQL Reference.");
  return query;
}

Result<void> Parser::select_list(Query& query) {
  if (peek().is("FROM") || peek().kind == Token::Kind::kEnd)
    return base::fail("ParseEmptySelect", "The SQL expression contains an empty SELECT.");
  if (accept("*")) {
    query.selects_all = true;
    if (peek().is(","))
      return base::fail(
          "ParseAsteriskIsNotAloneInSelectList",
          "Other expressions are not allowed in the SELECT list when * is used without dot notation in the "
          "SQL expression.");
    return {};
  }
  do {
    if (peek().is("*"))
      return base::fail(
          "ParseAsteriskIsNotAloneInSelectList",
          "Other expressions are not allowed in the SELECT list when * is used without dot notation in the "
          "SQL expression.");
    Projection projection{.expression = TRY(expression()), .name = ""};
    const Path& path = projection.expression->path;
    if (accept("AS")) {
      const Token& alias = take();
      if (alias.kind != Token::Kind::kWord && alias.kind != Token::Kind::kQuotedName)
        return base::fail("ParseExpectedIdentForAlias",
                          "Did not find the expected identifier for the alias in the SQL expression.");
      projection.name = alias.text;
    } else if ((peek().kind == Token::Kind::kWord && !peek().is("FROM")) || peek().kind == Token::Kind::kQuotedName) {
      projection.name = take().text;
    } else if (!path.empty() && path.back().kind == Step::Kind::kName) {
      projection.name = path.back().name;
    } else {
      projection.name = fmt::format("_{}", query.projections.size() + 1);
    }
    if (!path.empty() && path.back().kind == Step::Kind::kWildcard) {
      // `s.*` alone is the whole record.
      if (path.size() > 2 || !query.projections.empty() || peek().is(","))
        return base::fail("ParseInvalidContextForWildcardInSelectList",
                          "The SQL expression contains an invalid use of * in the SELECT list.");
      query.selects_all = true;
      return {};
    }
    query.projections.push_back(std::move(projection));
  } while (accept(","));
  return {};
}

Result<void> Parser::from(Query& query) {
  TRY_VOID(
      expect("FROM", "ParseSelectMissingFrom", "The SQL expression contains a missing FROM after the SELECT list."));
  const Token& source = take();
  if (source.kind != Token::Kind::kWord && source.kind != Token::Kind::kQuotedName) return unexpected_token(source);
  if (!base::equal_ignoring_case(source.text, "S3Object"))
    return base::fail("InvalidTableAlias", "The SQL expression contains an invalid table alias.");
  query.from = TRY(steps());
  if (!query.from.empty() && query.from.front().kind == Step::Kind::kWildcard) query.from.erase(query.from.begin());
  if (!query.from.empty() && query.from.back().kind == Step::Kind::kName) query.alias = query.from.back().name;
  const bool has_as = accept("AS");
  const bool is_clause = peek().is("WHERE") || peek().is("LIMIT") || peek().is("GROUP") || peek().is("ORDER") ||
                         peek().is("HAVING") || peek().is("JOIN") || peek().is("UNION") || peek().is("AT");
  if (peek().kind == Token::Kind::kQuotedName || (peek().kind == Token::Kind::kWord && !is_clause)) {
    query.alias = take().text;
  } else if (has_as) {
    return base::fail("ParseExpectedIdentForAlias",
                      "Did not find the expected identifier for the alias in the SQL expression.");
  }
  if (peek().is("AT") || peek().is("BY"))
    return base::fail("ParseUnsupportedSyntax", "The SQL expression contains unsupported syntax.");
  if (peek().is(",") || peek().is("JOIN"))
    return base::fail("MultipleDataSourcesUnsupported", "Multiple data sources are not supported.");
  return {};
}

// What follows a name: .name, ."name", [3], [*], ['name'], .*
Result<Path> Parser::steps() {
  Path path;
  while (peek().is(".") || peek().is("[")) {
    if (accept(".")) {
      const Token& token = take();
      if (token.is("*")) {
        path.push_back({.kind = Step::Kind::kWildcard});
      } else if (token.kind == Token::Kind::kWord || token.kind == Token::Kind::kQuotedName) {
        path.push_back({.name = token.text, .is_exact = token.kind == Token::Kind::kQuotedName});
      } else {
        return base::fail("ParseInvalidPathComponent", "The SQL expression contains an invalid path component.");
      }
    } else {
      path.push_back(TRY(bracket()));
    }
  }
  return path;
}

Result<Step> Parser::bracket() {
  take();
  const Token& token = take();
  Step step{.kind = Step::Kind::kWildcard};
  if (token.kind == Token::Kind::kText) {
    step = {.name = token.text, .is_exact = true};
  } else if (token.kind == Token::Kind::kNumber && base::parse_number<std::uint32_t>(token.text)) {
    step = {.kind = Step::Kind::kIndex, .index = *base::parse_number<std::uint32_t>(token.text)};
  } else if (!token.is("*")) {
    return base::fail("ParseInvalidPathComponent", "The SQL expression contains an invalid path component.");
  }
  TRY_VOID(expect("]", "ParseInvalidPathComponent", "The SQL expression contains an invalid path component."));
  return step;
}

Result<Parser::Node> Parser::expression() {
  if (++depth_ > kExpressionDepthMax)
    return base::fail("UnsupportedSqlStructure", "Encountered an unsupported SQL structure. Check the SQL Reference.");
  Node left = TRY(conjunction());
  while (accept("OR")) left = binary("OR", std::move(left), TRY(conjunction()));
  --depth_;
  return left;
}

Result<Parser::Node> Parser::conjunction() {
  Node left = TRY(negation());
  while (accept("AND")) left = binary("AND", std::move(left), TRY(negation()));
  return left;
}

Result<Parser::Node> Parser::negation() {
  if (!accept("NOT")) return comparison();
  if (++depth_ > kExpressionDepthMax)
    return base::fail("UnsupportedSqlStructure", "Encountered an unsupported SQL structure. Check the SQL Reference.");
  Node node = make(Expression::Kind::kUnary, "NOT");
  node->operands.push_back(TRY(negation()));
  --depth_;
  return node;
}

Result<Parser::Node> Parser::comparison() {
  Node left = TRY(concatenation());
  while (true) {
    bool is_operator = false;
    for (std::string_view symbol : {"=", "<>", "<=", ">=", "<", ">"}) {
      if (!accept(symbol)) continue;
      left = binary(std::string(symbol), std::move(left), TRY(concatenation()));
      is_operator = true;
      break;
    }
    if (is_operator) continue;
    const bool is_negated = peek().is("NOT");
    const Token& word = peek(is_negated ? 1 : 0);
    if (!word.is("BETWEEN") && !word.is("IN") && !word.is("LIKE") && (is_negated || !word.is("IS"))) return left;
    if (is_negated) take();
    left = TRY(predicate(std::move(left), is_negated));
  }
}

Result<Parser::Node> Parser::predicate(Node value, bool is_negated) {
  Node node;
  if (accept("IS")) {
    is_negated = accept("NOT");
    const Token& what = take();
    for (std::string_view word : {"NULL", "MISSING", "TRUE", "FALSE"}) {
      if (what.is(word)) node = make(Expression::Kind::kIs, std::string(word));
    }
    if (!node) return unexpected_token(what);
    node->operands.push_back(std::move(value));
  } else if (accept("BETWEEN")) {
    node = make(Expression::Kind::kBetween, "BETWEEN");
    node->operands.push_back(std::move(value));
    node->operands.push_back(TRY(concatenation()));
    TRY_VOID(expect("AND", "ParseExpectedKeyword", "Did not find the expected keyword in the SQL expression."));
    node->operands.push_back(TRY(concatenation()));
  } else if (accept("LIKE")) {
    node = binary("LIKE", std::move(value), TRY(concatenation()));
    if (accept("ESCAPE")) node->operands.push_back(TRY(concatenation()));
  } else {
    take();
    node = make(Expression::Kind::kIn, "IN");
    node->operands.push_back(std::move(value));
    TRY_VOID(expect("(", "ParseExpectedLeftParenValueConstructor",
                    "Did not find the expected left parenthesis in the SQL expression."));
    do {
      node->operands.push_back(TRY(expression()));
    } while (accept(","));
    TRY_VOID(close_call());
  }
  node->is_negated = is_negated;
  return node;
}

Result<Query> parse_query(std::string_view expression) {
  if (expression.size() > kExpressionBytesMax)
    return base::fail("ExpressionTooLong",
                      "The SQL expression is too long. The maximum byte-length for an SQL expression is 256 KB.");
  return Parser(TRY(tokenize(expression))).query();
}

}  // namespace s3::select
