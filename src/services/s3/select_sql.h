#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/s3/select_datum.h"

// S3 Select's SQL: SELECT … FROM S3Object … [WHERE …] [LIMIT …], as a tree.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference.html
namespace s3::select {

// "The maximum byte-length for an SQL expression is 256 KB."
inline constexpr std::size_t kExpressionBytesMax = 262'144;
inline constexpr int kExpressionDepthMax = 200;

struct Token {
  enum class Kind { kEnd, kWord, kQuotedName, kText, kNumber, kIon, kOperator };

  Kind kind = Kind::kEnd;
  std::string text;    // a word as written, a text without its quotes
  std::size_t at = 0;  // where it begins

  // Whether it is the operator, or the keyword in any case.
  bool is(std::string_view symbol) const;
};

// The tokens of an expression, with one of kind kEnd last. Errors: LexerInvalidChar, LexerInvalidLiteral, ….
Result<std::vector<Token>> tokenize(std::string_view expression);

// A step into a record: a name (matched exactly where it was quoted), a place in a list, or all places of it.
struct Step {
  enum class Kind { kName, kIndex, kWildcard };

  Kind kind = Kind::kName;
  std::string name = {};
  bool is_exact = false;
  std::size_t index = 0;
};
using Path = std::vector<Step>;

struct Expression {
  enum class Kind {
    kLiteral,    // datum
    kPath,       // path
    kUnary,      // name: "-" "+" "NOT"
    kBinary,     // name: "+" … "AND" "LIKE"; LIKE may have a third operand, the escape character
    kIs,         // name: "NULL" "MISSING" "TRUE" "FALSE"
    kBetween,    // value, least, most
    kIn,         // value, then the list
    kCase,       // pairs of condition and result, ELSE's last; "CASE OF" has what is compared before them
    kCall,       // name: the function; for CAST the type, for date functions the part, is in `detail`
    kAggregate,  // name: "COUNT" …; no operand: COUNT(*)
  };

  Kind kind = Kind::kLiteral;
  std::string name = {};
  std::string detail = {};
  bool is_negated = false;  // with NOT before LIKE, IN, BETWEEN, or after IS
  Datum datum = {};
  Path path = {};
  std::size_t slot = 0;  // of an aggregate: its number in the query
  std::vector<std::unique_ptr<Expression>> operands = {};
};
using ExpressionPointer = std::unique_ptr<Expression>;

struct Projection {
  ExpressionPointer expression;
  std::string name;  // its alias, the last name of its path, or _N
};

struct Query {
  bool selects_all = false;  // SELECT *
  std::vector<Projection> projections;
  Path from;          // behind S3Object, a first [*] left out
  std::string alias;  // empty: none
  ExpressionPointer where;
  std::optional<std::int64_t> limit;
  std::vector<const Expression*> aggregates;  // in the order of their slots
};

// Errors: AWS's, of lexer and parser.
Result<Query> parse_query(std::string_view expression);

// Whether the function exists, and how many arguments it takes; nothing for an unknown one.
struct Arity {
  std::size_t least = 0;
  std::size_t most = 0;
};
std::optional<Arity> find_function(std::string_view name);

}  // namespace s3::select
