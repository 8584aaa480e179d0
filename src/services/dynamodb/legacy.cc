// The older parameters: Expected, QueryFilter, ScanFilter, KeyConditions and AttributeUpdates, as expressions.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
#include "services/dynamodb/items.h"

namespace dynamodb {

namespace {

using Kind = Condition::Kind;

struct Comparison {
  std::string_view name;
  Kind kind;
  std::size_t values_min, values_max;
  std::string_view types;  // of its values: initials of names in the order of AttributeValue; empty: any
};
// kNotExists and kExists stand for what their names say the other way round.
constexpr std::array<Comparison, 13> kComparisons{{{"EQ", Kind::kEqual, 1, 1, ""},
                                                   {"NE", Kind::kNotEqual, 1, 1, ""},
                                                   {"LE", Kind::kLessOrEqual, 1, 1, "SNB"},
                                                   {"LT", Kind::kLess, 1, 1, "SNB"},
                                                   {"GE", Kind::kGreaterOrEqual, 1, 1, "SNB"},
                                                   {"GT", Kind::kGreater, 1, 1, "SNB"},
                                                   {"NOT_NU"
                                                    "LL",
                                                    Kind::kExists, 0, 0, ""},
                                                   {"NULL", Kind::kNotExists, 0, 0, ""},
                                                   {"CONTAINS", Kind::kContains, 1, 1, "SNB"},
                                                   {"NOT_CONTAINS", Kind::kNotContains, 1, 1, "SNB"},
                                                   {"BEGINS_WITH", Kind::kBeginsWith, 1, 1, "SB"},
                                                   {"IN", Kind::kIn, 1, 100'000, "SNB"},
                                                   {"BETWEEN", Kind::kBetween, 2, 2, "SNB"}}};

const Comparison& comparison_named(std::string_view name) {
  return *std::ranges::find(kComparisons, name, &Comparison::name);
}

Operand path_to(const std::string& attribute) { return {.kind = Operand::Kind::kPath, .path = {{.name = attribute}}}; }

base::Result<void> check_values(const Comparison& comparison, const std::vector<Attribute>& values) {
  if (values.size() < comparison.values_min || values.size() > comparison.values_max)
    return invalid_parameter(
        fmt::format("Invalid number of argument(s) for the {} ComparisonOperator", comparison.name));
  for (const Attribute& value : values)
    if (value.type != values.front().type)
      return invalid_parameter("AttributeValues inside AttributeValueList must be of same type");
  for (const Attribute& value : values) {
    const std::string_view type = aws::dynamodb::type_name(value.type);
    if (!comparison.types.empty() && (type.size() > 1 || comparison.types.find(type) == std::string_view::npos))
      return invalid_parameter(
          fmt::format("ComparisonOperator {} is not valid for {} AttributeValue type", comparison.name, type));
  }
  if (comparison.kind == Kind::kBetween && compare(values[0], values[1]).value_or(0) > 0)
    return validation_error(
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
  return {};
}

base::Result<Condition> make_comparison(const std::string& attribute, const std::string& name,
                                        const Value::List& given) {
  const Comparison& comparison = comparison_named(name);
  std::vector<Attribute> values;
  for (const Value& value : given) values.push_back(TRY(read_attribute(value)));
  TRY_VOID(check_values(comparison, values));
  Condition condition{.kind = comparison.kind};
  condition.operands.push_back(path_to(attribute));
  for (Attribute& value : values) condition.operands.push_back({.value = std::move(value)});
  return condition;
}

// One entry of Expected.
base::Result<Condition> make_expectation(const std::string& attribute, const Value& expected) {
  const bool has_list = expected.has("AttributeValueList"), has_value = expected.has("Value");
  if (has_list && has_value)
    return invalid_parameter("Value and AttributeValueList cannot be used together for Attribute: " + attribute);
  if (expected.has("ComparisonOperator")) {
    const std::string& name = expected.at("ComparisonOperator").str();
    if (expected.has("Exists"))
      return invalid_parameter("Exists and ComparisonOperator cannot be used together for Attribute: " + attribute);
    if (!has_list && !has_value && comparison_named(name).values_min > 0)
      return invalid_parameter(fmt::format(
          "Value or AttributeValueList must be used with ComparisonOperator: {} for Attribute: {}", name, attribute));
    return make_comparison(attribute, name,
                           has_value ? Value::List{expected.at("Value")} : expected.at("AttributeValueList").list());
  }
  if (has_list)
    return invalid_parameter("AttributeValueList can only be used with a ComparisonOperator for Attribute: " +
                             attribute);
  const Value& exists = expected.at("Exists");
  const bool must_exist = exists.is_null() || exists.flag();
  if (must_exist && !has_value)
    return invalid_parameter(fmt::format("Value must be provided when Exists is {} for Attribute: {}",
                                         exists.is_null() ? "null" : "true", attribute));
  if (!must_exist && has_value)
    return invalid_parameter("Value cannot be used when Exists is false for Attribute: " + attribute);
  if (must_exist) return make_comparison(attribute, "EQ", {expected.at("Value")});
  Condition condition{.kind = Kind::kNotExists};
  condition.operands.push_back(path_to(attribute));
  return condition;
}

base::Result<std::optional<Condition>> combine(std::vector<Condition> conditions, const Value& conditional_operator) {
  if (conditions.empty()) return std::nullopt;
  Condition all{.kind = conditional_operator.str() == "OR" ? Kind::kOr : Kind::kAnd};
  all.conditions = std::move(conditions);
  return all;
}

}  // namespace

base::Result<std::optional<Condition>> read_expected(const Value& expected, const Value& conditional_operator) {
  if (expected.map().empty() && !conditional_operator.is_null())
    return validation_error(expected.is_null()
                                ? "One or more parameter values were invalid: ConditionalOperator cannot be used "
                                  "without Filter or Expected"
                                : "One or more parameter values were invalid: ConditionalOperator can only be used "
                                  "when Filter or Expected has two or more elements");
  if (!conditional_operator.is_null() && expected.map().size() < 2)
    return invalid_parameter("ConditionalOperator can only be used when Filter or Expected has two or more elements");
  std::vector<Condition> conditions;
  for (const auto& [attribute, one] : expected.map()) conditions.push_back(TRY(make_expectation(attribute, one)));
  return combine(std::move(conditions), conditional_operator);
}

base::Result<std::optional<Condition>> read_filter(const Value& conditions, const Value& conditional_operator) {
  std::vector<Condition> read;
  for (const auto& [attribute, one] : conditions.map())
    read.push_back(
        TRY(make_comparison(attribute, one.at("ComparisonOperator").str(), one.at("AttributeValueList").list())));
  return combine(std::move(read), conditional_operator);
}

base::Result<Update> read_attribute_updates(const Value::Map& updates) {
  Update update;
  for (const auto& [attribute, given] : updates) {
    const std::string action = given.has("Action") ? given.at("Action").str() : "PUT";
    Action one{.path = {{.name = attribute}}};
    if (!given.has("Value")) {
      if (action != "DELETE")
        return invalid_parameter("Only DELETE action is allowed when no attribute value is specified");
      one.kind = Action::Kind::kRemove;
      update.push_back(std::move(one));
      continue;
    }
    one.operand.value = TRY(read_attribute(given.at("Value")));
    const Type type = one.operand.value.type;
    if (action == "DELETE") {
      if (!one.operand.value.is_set())
        return invalid_parameter(
            fmt::format("DELETE action with value is not supported for the type {}", aws::dynamodb::type_name(type)));
      one.kind = Action::Kind::kDelete;
    } else if (action == "ADD") {
      if (!one.operand.value.is_set() && type != Type::kNumber && type != Type::kList)
        return invalid_parameter(
            fmt::format("ADD action is not supported for the type {}", aws::dynamodb::type_name(type)));
      one.kind = Action::Kind::kAdd;
    }
    update.push_back(std::move(one));
  }
  return update;
}

}  // namespace dynamodb
