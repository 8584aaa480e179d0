#pragma once

#include "services/dynamodb/expression.h"

// PartiQL, read into the trees of the other languages:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
namespace dynamodb {

struct Statement {
  enum class Kind { kSelect, kExists, kInsert, kUpdate, kDelete };

  Kind kind = Kind::kSelect;
  std::string table, index;  // index: empty for the table itself
  Projected projected;       // of SELECT; empty: everything
  std::optional<Condition> where;
  std::string order_by;  // an attribute; empty: no order asked for
  bool is_ascending = true;
  Item item;                     // of INSERT
  Update update;                 // of UPDATE
  std::string returning;         // "ALL OLD", "MODIFIED NEW", …; empty: nothing
  const Value* given = nullptr;  // what it was read from, where it is one of several
};

// `parameters` stand for the question marks, in order. Errors in AWS's words.
base::Result<Statement> parse_statement(std::string_view text, const Value::List& parameters);

// The value that an item's attribute must have for the condition to hold, null when it says none.
const Attribute* find_equal(const std::optional<Condition>& where, const std::string& name);
// The values of which it must have one, by = or IN; none when the condition says nothing of the kind.
std::vector<Attribute> find_values(const std::optional<Condition>& where, const std::string& name);

}  // namespace dynamodb
