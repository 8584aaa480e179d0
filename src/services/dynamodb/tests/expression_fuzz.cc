// No text breaks the parsers of expressions, and what they accept can be evaluated.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/dynamodb/expression.h"
#include "services/dynamodb/partiql.h"

namespace {

using base::Value;
using dynamodb::Placeholders;

Placeholders make_placeholders() {
  const Value names(Value::Map{{"#a", "a"}, {"#b", "b"}, {"#c", "c d"}});
  const Value values(Value::Map{{":s", Value::Map{{"S", "text"}}},
                                {":n", Value::Map{{"N", "1.5"}}},
                                {":l", Value::Map{{"L", Value::List{Value::Map{{"BOOL", true}}}}}},
                                {":t", Value::Map{{"SS", Value::List{"x", "y"}}}}});
  return *Placeholders::read(names, values);
}

dynamodb::Item make_item() {
  const Value item(Value::Map{
      {"a", Value::Map{{"N", "7"}}},
      {"b",
       Value::Map{
           {"M", Value::Map{{"c", Value::Map{{"L", Value::List{Value::Map{{"S", "x"}}, Value::Map{{"N", "2"}}}}}}}}}},
      {"c", Value::Map{{"L", Value::List{Value::Map{{"N", "1"}}, Value::Map{{"N", "2"}}, Value::Map{{"N", "3"}}}}}},
      {"t", Value::Map{{"SS", Value::List{"x", "z"}}}}});
  return *dynamodb::read_item(item.map());
}

void evaluate(const dynamodb::Condition& condition) {
  dynamodb::is_true(condition, make_item());
  dynamodb::is_true(condition, {});
  dynamodb::attributes_of(condition);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Placeholders placeholders = make_placeholders();
  if (auto condition = dynamodb::parse_condition(text, "FilterExpression", placeholders)) evaluate(*condition);
  if (auto update = dynamodb::parse_update(text, placeholders)) {
    const dynamodb::Item item = make_item();
    if (auto changed = dynamodb::apply_update(*update, item, false))
      if (dynamodb::decode(dynamodb::encode(*changed)) != *changed) __builtin_trap();
  }
  if (auto paths = dynamodb::parse_projection(text, placeholders)) dynamodb::project(make_item(), *paths);
  const Value::List parameters{Value::Map{{"S", "text"}}};
  if (auto statement = dynamodb::parse_statement(text, parameters))
    if (statement->where) evaluate(*statement->where);
  return 0;
}
