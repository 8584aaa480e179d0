#pragma once

#include <re2/re2.h>

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/log_query_cell.h"
#include "aws/log_query_lexer.h"

// A query of CloudWatch Logs Insights, read: commands of expressions. Slots (places in the rows the query works on) are
// filled in by the plan.
namespace aws::log_query {

struct Function;
struct Query;

struct Expression {
  enum class Kind {
    kConstant,
    kField,
    kFunction,
    kAggregate,  // the result of Command::aggregates[index]
    kNegate,
    kArithmetic,  // sign: + - * / ^ %
    kCompare,     // sign: = ! < > l (<=) g (>=)
    kAnd,
    kOr,
    kNot,
    kLike,     // holds the text
    kMatch,    // the regular expression is found in it
    kIn,       // is one of `choices`
    kInQuery,  // is one of the results of Query::subqueries[index]
  };
  Kind kind = Kind::kConstant;
  char sign = 0;
  std::string name;  // of a field; the text of a constant
  Cell constant = {};
  std::vector<std::unique_ptr<Expression>> arguments = {};
  std::vector<std::unique_ptr<Expression>> choices = {};
  std::unique_ptr<re2::RE2> regex = nullptr;
  const Function* function = nullptr;
  std::size_t index = 0;
  int slot = -1;     // of a field
  std::string path;  // inside the structure that stands in the slot
  int begin = 0, end = 0;
};
using ExpressionPointer = std::unique_ptr<Expression>;

struct Column {
  ExpressionPointer expression;
  std::string name;
  int slot = -1;  // where its value stands
};

struct Aggregate {
  enum class Kind {
    kCount,  // of rows, or of values where it has an argument
    kCountDistinct,
    kSum,
    kAverage,
    kMinimum,
    kMaximum,
    kDeviation,
    kPercentile,
    kEarliest,
    kLatest,
    kFirst,
    kLast,
    kValues,
  };
  Kind kind = Kind::kCount;
  ExpressionPointer argument;  // null: count(*)
  double percentile = 50;
};

struct SortKey {
  ExpressionPointer expression;
  bool is_descending = false;
};

struct Join {
  bool keeps_unmatched = false;  // type=left
  std::string left, right;       // aliases
  std::string left_field, right_field;
  std::size_t subquery = 0;
  ExpressionPointer left_key;
  struct Wanted {
    std::string field;  // of the right side
    int slot;
  };
  std::vector<Wanted> wanted = {};
};

struct Lookup {
  std::string table;
  std::vector<std::pair<std::string, ExpressionPointer>> matches;  // columns of the table, and what they must be
};

enum class Shift { kPreceding, kDay, kWeek, kMonth };

struct Command {
  enum class Kind {
    kFields,
    kDisplay,
    kFilter,
    kFilterIndex,
    kStats,
    kSort,
    kLimit,
    kDedup,
    kParse,
    kPattern,
    kDiff,
    kUnmask,
    kUnnest,
    kJoin,
    kLookup,
  };
  Kind kind = Kind::kFields;
  std::vector<Column> columns = {};  // of fields, display, dedup and unmask; what stats, parse, unnest, lookup make
  std::vector<Column> groups = {};   // stats … by
  std::vector<Aggregate> aggregates = {};
  std::vector<SortKey> keys = {};
  ExpressionPointer expression = nullptr;  // of filter, parse, pattern and unnest
  std::string glob = {};                   // of parse; empty: `regex` or logfmt
  std::unique_ptr<re2::RE2> regex = nullptr;
  std::int64_t count = 0;  // of limit
  bool is_any = false;     // limit any
  std::optional<Join> join = std::nullopt;
  std::optional<Lookup> lookup = std::nullopt;
  Shift shift = Shift::kPreceding;
  int begin = 0, end = 0;
};

// Which log groups SOURCE names.
struct Source {
  bool is_given = false;
  std::vector<std::string> names;     // SOURCE 'a', 'b'
  std::vector<std::string> prefixes;  // SOURCE logGroups(namePrefix: ['a'])
  std::vector<std::string> accounts;  // SOURCE logGroups(accountIdentifiers: ['111122223333'])
  std::vector<std::string> classes;   // SOURCE logGroups(class: ['STANDARD'])
};

struct Query {
  Source source;
  std::vector<Command> commands;
  std::vector<std::unique_ptr<Query>> subqueries;
};

// Reads a query, or a query inside of another when it is nested.
std::expected<std::unique_ptr<Query>, SyntaxError> read_query(std::string_view text);

inline constexpr std::int64_t kLogQueryLimitMax = 100'000;

}  // namespace aws::log_query
