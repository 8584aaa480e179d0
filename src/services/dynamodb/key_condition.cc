// Conditions on keys: which items of a partition a query reads.
#include "services/dynamodb/query.h"

namespace dynamodb {

namespace {

using Kind = Condition::Kind;

Kind turned_around(Kind kind) {
  switch (kind) {
    case Kind::kLess: return Kind::kGreater;
    case Kind::kLessOrEqual: return Kind::kGreaterOrEqual;
    case Kind::kGreater: return Kind::kLess;
    case Kind::kGreaterOrEqual: return Kind::kLessOrEqual;
    default: return kind;
  }
}

std::unexpected<base::Error> wrong_condition(std::string_view what) {
  return validation_error(fmt::format("Invalid condition in KeyConditionExpression: {}", what));
}

base::Result<void> split(const Condition& condition, KeyConditions& found) {
  switch (condition.kind) {
    case Kind::kAnd:
      for (const Condition& inner : condition.conditions) TRY_VOID(split(inner, found));
      return {};
    case Kind::kOr:
    case Kind::kNot:
    case Kind::kIn:
    case Kind::kNotEqual:
    case Kind::kExists:
    case Kind::kNotExists:
    case Kind::kTypeIs:
    case Kind::kContains:
      return validation_error(
          fmt::format("Invalid operator used in KeyConditionExpression: {}", operator_name(condition.kind)));
    default: break;
  }
  const bool needs_path_first = condition.kind == Kind::kBetween || condition.kind == Kind::kBeginsWith;
  if (needs_path_first && condition.operands[0].kind != Operand::Kind::kPath)
    return wrong_condition(
        fmt::format("{} operator must have the key attribute as its first operand", operator_name(condition.kind)));
  const Operand* path = nullptr;
  for (const Operand& operand : condition.operands) {
    if (operand.kind != Operand::Kind::kPath) continue;
    if (path) return wrong_condition("Multiple attribute names used in one condition");
    if (operand.path.size() > 1)
      return validation_error("KeyConditionExpressions cannot have conditions on nested attributes");
    path = &operand;
  }
  for (const Operand& operand : condition.operands)
    if (operand.kind == Operand::Kind::kFunction)
      return validation_error("KeyConditionExpressions cannot contain nested operations");
  if (!path) return wrong_condition("No key attribute specified");
  const std::string& name = path->path.front().name;
  if (std::ranges::find(found, name, &KeyConditions::value_type::first) != found.end())
    return validation_error("KeyConditionExpressions must only contain one condition per key");
  Condition turned = condition;
  if (path != &condition.operands[0]) {
    turned.kind = turned_around(condition.kind);
    std::swap(turned.operands[0], turned.operands[1]);
  }
  found.emplace_back(name, std::move(turned));
  return {};
}

bool is_indexable(Kind kind) {
  switch (kind) {
    case Kind::kEqual:
    case Kind::kLess:
    case Kind::kLessOrEqual:
    case Kind::kGreater:
    case Kind::kGreaterOrEqual:
    case Kind::kBetween:
    case Kind::kBeginsWith: return true;
    default: return false;
  }
}

// The condition on this part of the key, null when there is none.
base::Result<const Condition*> find_condition(const KeySchema& schema, const KeyPart& part, bool is_hash,
                                              const KeyConditions& conditions) {
  if (is_hash && !schema.range && conditions.size() > 1) return validation_error("Query key condition not supported");
  auto found = std::ranges::find(conditions, part.name, &KeyConditions::value_type::first);
  if (found == conditions.end()) {
    if (is_hash || conditions.size() > 1)
      return validation_error("Query condition missed key schema element: " + part.name);
    return nullptr;
  }
  const Condition& condition = found->second;
  if (!is_indexable(condition.kind))
    return validation_error("Attempted conditional constraint is not an indexable operation");
  for (std::size_t i = 1; i < condition.operands.size(); ++i)
    if (condition.operands[i].value.type != part.type)
      return invalid_parameter("Condition parameter type does not match schema type");
  if (is_hash && condition.kind != Kind::kEqual) return validation_error("Query key condition not supported");
  return &condition;
}

}  // namespace

KeySchema schema_of(const Table& table, const Index* index) {
  const KeyPart& hash = index ? index->hash : table.hash;
  const std::optional<KeyPart>& range = index ? index->range : table.range;
  return {hash, range ? &*range : nullptr, index && index->has_many_parts() ? index : nullptr};
}

base::Result<KeyConditions> split_key_condition(const Condition& condition) {
  KeyConditions found;
  TRY_VOID(split(condition, found));
  return found;
}

base::Result<void> check_hash_condition(const KeySchema& schema, const KeyConditions& conditions) {
  if (schema.long_index) return {};
  TRY_VOID(find_condition(schema, schema.hash, true, conditions));
  return {};
}

namespace {

// "You must specify all partition key attributes using equality conditions. … query sort key attributes left-to-right …
// inequality must be the last condition."
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
class LongKeyRange {
 public:
  explicit LongKeyRange(const KeyConditions& conditions) : conditions_(conditions) {}

  base::Result<void> add(const KeyPart& part, bool is_hash) {
    auto found = std::ranges::find(conditions_, part.name, &KeyConditions::value_type::first);
    if (found == conditions_.end()) {
      if (stopped_at_.empty()) stopped_at_ = part.name;
      return is_hash ? needs_hash(part) : base::Result<void>();
    }
    ++used_;
    const Condition& condition = found->second;
    if (!is_indexable(condition.kind))
      return validation_error("Attempted conditional constraint is not an indexable operation");
    for (std::size_t i = 1; i < condition.operands.size(); ++i)
      if (condition.operands[i].value.type != part.type)
        return invalid_parameter("Condition parameter type does not match schema type");
    const bool is_equal = condition.kind == Kind::kEqual;
    if (is_hash && !is_equal) return needs_hash(part);
    if (!stopped_at_.empty()) return needs_range(part);
    for (std::size_t i = 1; i < condition.operands.size(); ++i)
      if (condition.kind != Kind::kBeginsWith) TRY_VOID(check_key_value(part, is_hash, condition.operands[i].value));
    if (is_equal) {
      values_.push_back(condition.operands[1].value);
      if (is_hash) hashes_ = values_.size();
      return {};
    }
    stopped_at_ = part.name;
    range_.comparison = condition.kind;
    for (std::size_t i = 1; i < condition.operands.size(); ++i) range_.values.push_back(condition.operands[i].value);
    return {};
  }

  base::Result<KeyRange> finish() {
    if (used_ != conditions_.size()) return validation_error("Query key condition not supported");
    range_.hash = values_.front();
    const auto hashes_end = values_.begin() + static_cast<std::ptrdiff_t>(hashes_);
    range_.more_hash.assign(values_.begin() + 1, hashes_end);
    range_.leading.assign(hashes_end, values_.end());
    return std::move(range_);
  }

 private:
  static base::Result<void> needs_hash(const KeyPart& part) {
    return validation_error(fmt::format(
        "Query key condition not supported: HASH key attribute {} must be specified with equality", part.name));
  }
  base::Result<void> needs_range(const KeyPart& part) const {
    return validation_error(
        fmt::format("Query key condition not supported: RANGE key attribute {} must be specified with equality before "
                    "{}",
                    stopped_at_, part.name));
  }

  const KeyConditions& conditions_;
  KeyRange range_;
  std::vector<Attribute> values_;  // that are given by equality
  std::size_t hashes_ = 0;         // as many of them are of the partition key
  std::size_t used_ = 0;
  std::string stopped_at_;  // the sort attribute that was left out, or compared; empty: none yet
};

}  // namespace

base::Result<KeyRange> make_key_range(const KeySchema& schema, const KeyConditions& conditions) {
  if (schema.long_index) {
    LongKeyRange range(conditions);
    base::Result<void> fits;
    schema.long_index->each_part([&](const KeyPart& part, bool is_hash) {
      if (fits) fits = range.add(part, is_hash);
    });
    TRY_VOID(fits);
    return range.finish();
  }
  if (conditions.empty() || conditions.size() > 2) return validation_error("Conditions can be of length 1 or 2 only");
  KeyRange range;
  const Condition* on_hash = TRY(find_condition(schema, schema.hash, true, conditions));
  range.hash = on_hash->operands[1].value;
  TRY_VOID(check_key_value(schema.hash, true, range.hash));
  if (!schema.range) return range;
  const Condition* on_range = TRY(find_condition(schema, *schema.range, false, conditions));
  if (!on_range) return range;
  range.comparison = on_range->kind;
  for (std::size_t i = 1; i < on_range->operands.size(); ++i) {
    const Attribute& value = on_range->operands[i].value;
    if (on_range->kind != Kind::kBeginsWith) TRY_VOID(check_key_value(*schema.range, false, value));
    range.values.push_back(value);
  }
  return range;
}

bool is_in_range(const KeyRange& range, const Attribute& value) {
  if (!range.comparison) return true;
  Condition condition{.kind = *range.comparison};
  condition.operands.push_back({.value = value});
  for (const Attribute& bound : range.values) condition.operands.push_back({.value = bound});
  return is_true(condition, Item{});
}

}  // namespace dynamodb
