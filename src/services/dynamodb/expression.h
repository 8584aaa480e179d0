// The languages of expressions, read into trees. The older parameters (Expected, KeyConditions, …) and PartiQL become
// the same trees.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/attribute.h"

namespace dynamodb {

// A step of a document path: a name, or a place in a list.
struct PathPart {
  std::string name;
  std::int64_t index = -1;  // of a list; -1: it is a name

  bool operator==(const PathPart&) const = default;
};
using Path = std::vector<PathPart>;
std::string show_path(const Path& path);  // "[a, [0], b]"

struct Operand {
  enum class Kind { kPath, kValue, kFunction, kPlus, kMinus };

  Kind kind = Kind::kValue;
  Path path;
  Attribute value;
  std::string name;               // of the function: size, if_not_exists, list_append
  std::vector<Operand> operands;  // of functions, kPlus and kMinus
};

struct Condition {
  enum class Kind {
    kAnd,
    kOr,
    kNot,
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kBetween,
    kIn,
    kExists,
    kNotExists,
    kTypeIs,
    kBeginsWith,
    kContains,
    kNotContains,  // only as a comparison operator of the older parameters
  };

  Kind kind = Kind::kAnd;
  std::vector<Condition> conditions;  // of kAnd, kOr, kNot
  std::vector<Operand> operands;      // of all others
};
std::string_view operator_name(Condition::Kind kind);  // "AND", "=", "BETWEEN", "begins_with"

struct Action {
  enum class Kind { kSet, kRemove, kAdd, kDelete };

  Kind kind = Kind::kSet;
  Path path;
  Operand operand;  // but of kRemove
};
using Update = std::vector<Action>;
using Projected = std::vector<Path>;

// ExpressionAttributeNames and ExpressionAttributeValues of a request, and which of them its expressions have used.
class Placeholders {
 public:
  // Null values: not given.
  static base::Result<Placeholders> read(const Value& names, const Value& values);

  const std::string* find_name(const std::string& placeholder);  // "#n"; null when not defined
  const Attribute* find_value(const std::string& placeholder);   // ":v"
  base::Result<void> check_all_used() const;

 private:
  std::map<std::string, std::string> names_;
  std::map<std::string, Attribute> values_;
  std::set<std::string> used_;
};

// parse_condition.cc; `parameter` is what the expression was given as: "ConditionExpression". Errors in AWS's words.
base::Result<Condition> parse_condition(std::string_view text, std::string_view parameter, Placeholders& placeholders);
// parse_update.cc
base::Result<Update> parse_update(std::string_view text, Placeholders& placeholders);
base::Result<Projected> parse_projection(std::string_view text, Placeholders& placeholders);

// evaluate.cc
const Attribute* resolve(const Item& item, const Path& path);  // null where there is nothing
bool is_true(const Condition& condition, const Item& item);
// The first names of all paths in it, in order of appearance.
std::vector<std::string> attributes_of(const Condition& condition);
// All paths in it.
std::vector<Path> paths_in(const Condition& condition);

// apply_update.cc: the item afterwards. Errors in AWS's words.
base::Result<Item> apply_update(const Update& update, const Item& item, bool is_new);

// project.cc: what of an item the paths name.
Item project(const Item& item, const std::vector<Path>& paths);

}  // namespace dynamodb
