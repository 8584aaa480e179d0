// Whether a condition is true of an item.
#include "services/dynamodb/expression.h"

namespace dynamodb {

namespace {

using Kind = Condition::Kind;

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// The operand's value; null when there is none. `made` keeps one that is computed.
const Attribute* evaluate(const Operand& operand, const Item& item, Attribute& made) {
  if (operand.kind == Operand::Kind::kValue) return &operand.value;
  if (operand.kind == Operand::Kind::kPath) return resolve(item, operand.path);
  Attribute inner;
  const Attribute* measured = evaluate(operand.operands[0], item, inner);
  if (!measured) return nullptr;
  std::size_t size = 0;
  switch (measured->type) {
    // Characters, not bytes.
    case Type::kString: size = static_cast<std::size_t>(std::ranges::count_if(measured->text, begins_character)); break;
    case Type::kBinary: size = measured->text.size(); break;
    case Type::kMap: size = measured->members.size(); break;
    case Type::kNumber:
    case Type::kBoolean:
    case Type::kNull: return nullptr;
    default: size = measured->elements.size();
  }
  made = Attribute::of_number(std::to_string(size));
  return &made;
}

bool contains(const Attribute& whole, const Attribute& part) {
  if (whole.type == Type::kString || whole.type == Type::kBinary)
    return part.type == whole.type && whole.text.find(part.text) != std::string::npos;
  return (whole.is_set() || whole.type == Type::kList) &&
         std::ranges::find(whole.elements, part) != whole.elements.end();
}

bool holds(Kind kind, const Attribute* left, const Attribute* right) {
  if (kind == Kind::kNotEqual) return !left || !right || !(*left == *right);
  if (!left || !right) return false;
  if (kind == Kind::kEqual) return *left == *right;
  const std::optional<int> order = compare(*left, *right);
  if (!order) return false;
  switch (kind) {
    case Kind::kLess: return *order < 0;
    case Kind::kLessOrEqual: return *order <= 0;
    case Kind::kGreater: return *order > 0;
    default: return *order >= 0;
  }
}

void collect_paths(const Operand& operand, std::vector<const Path*>& paths) {
  if (operand.kind == Operand::Kind::kPath) paths.push_back(&operand.path);
  for (const Operand& inner : operand.operands) collect_paths(inner, paths);
}

void collect_paths(const Condition& condition, std::vector<const Path*>& paths) {
  for (const Condition& inner : condition.conditions) collect_paths(inner, paths);
  for (const Operand& operand : condition.operands) collect_paths(operand, paths);
}

bool is_function_true(const Condition& condition, const Item& item) {
  Attribute first_made, second_made;
  const Attribute* first = evaluate(condition.operands[0], item, first_made);
  if (condition.kind == Kind::kExists) return first != nullptr;
  if (condition.kind == Kind::kNotExists) return first == nullptr;
  const Attribute* second = evaluate(condition.operands[1], item, second_made);
  if (condition.kind == Kind::kNotContains) return first && second && !contains(*first, *second);
  if (!first || !second) return false;
  if (condition.kind == Kind::kTypeIs) return aws::dynamodb::type_name(first->type) == second->text;
  if (condition.kind == Kind::kContains) return contains(*first, *second);
  const bool is_text = first->type == Type::kString || first->type == Type::kBinary;
  return is_text && first->type == second->type && first->text.starts_with(second->text);
}

}  // namespace

const Attribute* resolve(const Item& item, const Path& path) {
  const Attribute* at = find(item, path.front().name);
  for (std::size_t i = 1; at && i < path.size(); ++i) {
    const PathPart& part = path[i];
    if (part.index < 0) {
      at = at->type == Type::kMap ? find(at->members, part.name) : nullptr;
    } else {
      const bool is_there = at->type == Type::kList && part.index < std::ssize(at->elements);
      at = is_there ? &at->elements[static_cast<std::size_t>(part.index)] : nullptr;
    }
  }
  return at;
}

bool is_true(const Condition& condition, const Item& item) {
  auto is_true_here = [&](const Condition& inner) { return is_true(inner, item); };
  switch (condition.kind) {
    case Kind::kAnd: return std::ranges::all_of(condition.conditions, is_true_here);
    case Kind::kOr: return std::ranges::any_of(condition.conditions, is_true_here);
    case Kind::kNot: return !is_true(condition.conditions[0], item);
    case Kind::kExists:
    case Kind::kNotExists:
    case Kind::kTypeIs:
    case Kind::kBeginsWith:
    case Kind::kContains:
    case Kind::kNotContains: return is_function_true(condition, item);
    default: break;
  }
  Attribute tested_made, made;
  const Attribute* tested = evaluate(condition.operands[0], item, tested_made);
  auto compares = [&](Kind kind, const Operand& operand) { return holds(kind, tested, evaluate(operand, item, made)); };
  if (condition.kind == Kind::kBetween)
    return compares(Kind::kGreaterOrEqual, condition.operands[1]) &&
           compares(Kind::kLessOrEqual, condition.operands[2]);
  if (condition.kind != Kind::kIn) return compares(condition.kind, condition.operands[1]);
  for (std::size_t i = 1; i < condition.operands.size(); ++i)
    if (compares(Kind::kEqual, condition.operands[i])) return true;
  return false;
}

std::vector<std::string> attributes_of(const Condition& condition) {
  std::vector<const Path*> paths;
  collect_paths(condition, paths);
  std::vector<std::string> names;
  for (const Path* path : paths)
    if (std::ranges::find(names, path->front().name) == names.end()) names.push_back(path->front().name);
  return names;
}

std::vector<Path> paths_in(const Condition& condition) {
  std::vector<const Path*> found;
  collect_paths(condition, found);
  std::vector<Path> paths;
  for (const Path* path : found) paths.push_back(*path);
  return paths;
}

}  // namespace dynamodb
