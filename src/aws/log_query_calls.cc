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
