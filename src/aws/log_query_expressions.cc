#include <cstdlib>

#include "aws/log_query_functions.h"
#include "aws/log_query_parser.h"
#include "base/result.h"
#include "base/strings.h"

namespace aws::log_query {
namespace {

struct AggregateName {
  std::string_view name;
  Aggregate::Kind kind;
};
constexpr AggregateName kAggregateNames[] = {
    {"count", Aggregate::Kind::kCount},
    {"count_distinct", Aggregate::Kind::kCountDistinct},
    {"sum", Aggregate::Kind::kSum},
    {"avg", Aggregate::Kind::kAverage},
    {"min", Aggregate::Kind::kMinimum},
    {"max", Aggregate::Kind::kMaximum},
    {"stddev", Aggregate::Kind::kDeviation},
    {"pct", Aggregate::Kind::kPercentile},
    {"percentile", Aggregate::Kind::kPercentile},
    {"median", Aggregate::Kind::kPercentile},
    {"earliest", Aggregate::Kind::kEarliest},
    {"latest", Aggregate::Kind::kLatest},
    {"sortsFirst", Aggregate::Kind::kFirst},
    {"sortsLast", Aggregate::Kind::kLast},
    {"values", Aggregate::Kind::kValues},
    {"count_over_time", Aggregate::Kind::kCount},
    {"sum_over_time", Aggregate::Kind::kSum},
};

const AggregateName* find_aggregate(std::string_view name) {
  for (const AggregateName& known : kAggregateNames)
    if (base::equal_ignoring_case(known.name, name)) return &known;
  return nullptr;
}

}  // namespace

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

Parser::Read<ExpressionPointer> Parser::call(const Token& name) {
  if (const AggregateName* known = find_aggregate(name.text); known && (stats_ || sorts_))
    return aggregate(name, known->kind);
  if (base::equal_ignoring_case(name.text, "bin") || base::equal_ignoring_case(name.text, "datefloor") ||
      base::equal_ignoring_case(name.text, "dateceil"))
    return period_floor(name);
  const Function* function = find_function(name.text);
  if (!function) return unexpected(name);
  auto made = std::make_unique<Expression>();
  made->kind = Expression::Kind::kFunction;
  made->function = function;
  made->begin = name.begin;
  at_ += 2;
  if (!is(Kind::kClose)) {
    do {
      if (made->arguments.size() == function->arguments_max) return unexpected();
      if (is(Kind::kRegex) && function->takes_regex) {
        made->regex = TRY(regex(peek()));
        made->arguments.push_back(constant(peek()));
        ++at_;
        continue;
      }
      made->arguments.push_back(TRY(expression()));
    } while (take(Kind::kComma));
  }
  if (!is(Kind::kClose) || made->arguments.size() < function->arguments_min) return unexpected();
  made->end = peek().end;
  ++at_;
  return made;
}

// bin(5m) is @timestamp, rounded; datefloor(@timestamp, 5m) and dateceil round any time.
Parser::Read<ExpressionPointer> Parser::period_floor(const Token& name) {
  auto made = std::make_unique<Expression>();
  made->kind = Expression::Kind::kFunction;
  made->begin = name.begin;
  bool is_bin = base::equal_ignoring_case(name.text, "bin");
  made->function = find_function(is_bin ? "datefloor" : name.text);
  at_ += 2;
  if (is_bin) {
    made->arguments.push_back(field("@timestamp", name));
  } else {
    made->arguments.push_back(TRY(expression()));
    if (!take(Kind::kComma)) return unexpected();
  }
  auto period = is(Kind::kPeriod) ? parse_period(peek().text) : std::nullopt;
  if (!period) return unexpected();
  made->constant = Cell::of_number(static_cast<double>(period->count));
  made->sign = static_cast<char>(period->unit);
  ++at_;
  if (!is(Kind::kClose)) return unexpected();
  made->end = peek().end;
  ++at_;
  return made;
}

Parser::Read<ExpressionPointer> Parser::aggregate(const Token& name, Aggregate::Kind kind) {
  Aggregate aggregate{.kind = kind};
  at_ += 2;
  Command* stats = std::exchange(stats_, nullptr);  // aggregates do not nest
  if (is(Kind::kOperator) && is_sign("*") && kind == Aggregate::Kind::kCount) {
    ++at_;
  } else if (!is(Kind::kClose) || kind != Aggregate::Kind::kCount) {
    aggregate.argument = TRY(expression());
  }
  if (kind == Aggregate::Kind::kPercentile && !base::equal_ignoring_case(name.text, "median")) {
    if (!take(Kind::kComma)) return unexpected();
    aggregate.percentile = is(Kind::kNumber) ? std::strtod(peek().text.c_str(), nullptr) : -1;
    if (aggregate.percentile < 0 || aggregate.percentile > 100) return unexpected();
    ++at_;
  }
  stats_ = stats;
  if (!is(Kind::kClose)) return unexpected();
  auto made = std::make_unique<Expression>();
  made->begin = name.begin;
  made->end = peek().end;
  ++at_;
  if (sorts_) {  // `sort count(*) desc` means the column of that name
    made->kind = Expression::Kind::kField;
    made->name = text_.substr(static_cast<std::size_t>(made->begin), static_cast<std::size_t>(made->end - made->begin));
    return made;
  }
  made->kind = Expression::Kind::kAggregate;
  made->index = stats->aggregates.size();
  stats->aggregates.push_back(std::move(aggregate));
  return made;
}

Parser::Read<std::unique_ptr<re2::RE2>> Parser::regex(const Token& token) {
  // Java names groups (?<name>…), this library (?P<name>…).
  std::string pattern;
  for (std::size_t at = 0; at < token.text.size(); ++at) {
    pattern += token.text[at];
    if (token.text[at] == '\\' && at + 1 < token.text.size()) {
      pattern += token.text[++at];
    } else if (token.text.compare(at, 3, "(?<") == 0 && at + 3 < token.text.size() && token.text[at + 3] != '=' &&
               token.text[at + 3] != '!') {
      pattern += "?P";
      ++at;
    }
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto made = std::make_unique<re2::RE2>(pattern, options);
  if (!made->ok()) return unexpected(token);
  return made;
}

}  // namespace aws::log_query
