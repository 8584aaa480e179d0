#include "services/s3/select_evaluate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/strings.h"

namespace s3::select {

namespace {

bool names_source(const Step& step, std::string_view alias) {
  if (step.kind != Step::Kind::kName) return false;
  if (step.is_exact && step.name == alias) return true;
  return base::equal_ignoring_case(step.name, "S3Object") ||
         (!alias.empty() && base::equal_ignoring_case(step.name, alias));
}

bool has_name(const Step& step, std::string_view name) {
  return step.is_exact ? step.name == name : base::equal_ignoring_case(step.name, name);
}

// N of "_N".
std::optional<std::size_t> column_number(std::string_view name) {
  if (!name.starts_with('_')) return std::nullopt;
  return base::parse_number<std::size_t>(name.substr(1));
}

Result<Datum> field_of(const Record& record, const Step& step) {
  auto at = [&](std::size_t index) {
    return index < record.fields.size() ? Datum::of(record.fields[index]) : Datum::missing();
  };
  if (record.columns) {
    const auto& names = record.columns->names;
    for (std::size_t index = 0; index < names.size(); ++index) {
      if (has_name(step, names[index])) return at(index);
    }
  }
  if (auto number = column_number(step.name)) {
    if (*number == 0) return base::fail("InvalidColumnIndex", "The column index in the SQL expression is not valid.");
    return at(*number - 1);
  }
  return base::fail("MissingHeaders",
                    "Some headers in the query are missing from the file. Check the file and try again.");
}

Result<Datum> path_value(const Path& path, const Context& context) {
  const Record& record = context.record;
  const bool begins_at_source = names_source(path.front(), context.alias);
  if (record.is_line) {
    const std::size_t first = begins_at_source && path.size() > 1 ? 1 : 0;
    if (path.size() != first + 1 || path[first].kind != Step::Kind::kName)
      return base::fail("InvalidKeyPath", "The key path in the SQL expression is not valid.");
    return field_of(record, path[first]);
  }
  if (begins_at_source && path.size() > 1 && !record.value.node.is_map() && path[1].name == "_1") return record.value;
  if (!record.value.node.is_map() && path.size() == 1 && path.front().name == "_1") return record.value;
  return follow(record.value, path, begins_at_source ? 1 : 0);
}

Result<Datum> arithmetic(std::string_view name, const Datum& left, const Datum& right) {
  if (left.is_unknown() || right.is_unknown()) return Datum::null();
  auto number_of = [](const Datum& datum) -> std::optional<Number> {
    if (datum.kind == Datum::Kind::kNumber) return datum.number;
    if (datum.kind == Datum::Kind::kText) return Number::parse(base::trim(datum.text));
    return std::nullopt;
  };
  auto first = number_of(left);
  auto second = number_of(right);
  if (!first || !second)
    return base::fail("InvalidDataType", "The SQL expression contains a data type that is not valid for arithmetic.");
  std::optional<Number> result;
  switch (name.front()) {
    case '+': result = add(*first, *second); break;
    case '-': result = subtract(*first, *second); break;
    case '*': result = multiply(*first, *second); break;
    case '/': result = divide(*first, *second); break;
    default: result = remainder(*first, *second); break;
  }
  if (!result) return base::fail("DivideByZero", "Attempted to divide by zero.");
  return Datum::of(*result);
}

// AND and OR of three values: unknown counts only where it decides.
Result<Datum> logic(const Expression& node, const Context& context) {
  const bool decides = node.name == "OR";
  const Datum left = TRY(evaluate(*node.operands[0], context));
  if (left.kind == Datum::Kind::kFlag && left.flag == decides) return left;
  const Datum right = TRY(evaluate(*node.operands[1], context));
  if (right.kind == Datum::Kind::kFlag && right.flag == decides) return right;
  if (left.kind != Datum::Kind::kFlag || right.kind != Datum::Kind::kFlag) return Datum::null();
  return Datum::of(!decides);
}

Datum relation(std::string_view name, const Datum& left, const Datum& right) {
  if (left.is_unknown() || right.is_unknown()) return Datum::null();
  auto order = compare(left, right);
  if (!order) return Datum::of(name == "<>");
  if (name == "=") return Datum::of(*order == 0);
  if (name == "<>") return Datum::of(*order != 0);
  if (name == "<") return Datum::of(*order < 0);
  if (name == "<=") return Datum::of(*order <= 0);
  if (name == ">") return Datum::of(*order > 0);
  return Datum::of(*order >= 0);
}

Result<Datum> binary_value(const Expression& node, const Context& context) {
  if (node.name == "AND" || node.name == "OR") return logic(node, context);
  const Datum left = TRY(evaluate(*node.operands[0], context));
  const Datum right = TRY(evaluate(*node.operands[1], context));
  if (node.name == "LIKE") {
    if (left.is_unknown() || right.is_unknown()) return Datum::null();
    std::string escape;
    if (node.operands.size() > 2) {
      const Datum given = TRY(evaluate(*node.operands[2], context));
      if (base::utf8_character_length(given.text) != given.text.size() || given.text.empty())
        return base::fail("LikeInvalidInputs", "Invalid argument given to the LIKE clause in the SQL expression.");
      escape = given.text;
    }
    if (left.kind != Datum::Kind::kText || right.kind != Datum::Kind::kText)
      return base::fail("LikeInvalidInputs", "Invalid argument given to the LIKE clause in the SQL expression.");
    const bool matches = TRY(is_like(left.text, right.text, escape));
    return Datum::of(matches != node.is_negated);
  }
  if (node.name == "||") {
    if (left.is_unknown() || right.is_unknown()) return Datum::null();
    return Datum::of(left.shown() + right.shown());
  }
  if (std::string_view("+-*/%").find(node.name) != std::string_view::npos) return arithmetic(node.name, left, right);
  return relation(node.name, left, right);
}

Result<Datum> unary_value(const Expression& node, const Context& context) {
  const Datum value = TRY(evaluate(*node.operands[0], context));
  if (value.is_unknown()) return Datum::null();
  if (node.name == "-") return arithmetic("-", Datum::of(Number::whole(0)), value);
  if (node.name == "+") return arithmetic("+", Datum::of(Number::whole(0)), value);
  if (value.kind != Datum::Kind::kFlag)
    return base::fail("InvalidDataType", "The SQL expression contains a data type that is not valid for NOT.");
  return Datum::of(!value.flag);
}

Result<Datum> is_value(const Expression& node, const Context& context) {
  const Datum value = TRY(evaluate(*node.operands[0], context));
  bool is = false;
  if (node.name == "NULL") is = value.is_unknown();
  if (node.name == "MISSING") is = value.kind == Datum::Kind::kMissing;
  if (node.name == "TRUE") is = value.is_true();
  if (node.name == "FALSE") is = value.kind == Datum::Kind::kFlag && !value.flag;
  return Datum::of(is != node.is_negated);
}

Result<Datum> between_value(const Expression& node, const Context& context) {
  const Datum value = TRY(evaluate(*node.operands[0], context));
  const Datum from = relation(">=", value, TRY(evaluate(*node.operands[1], context)));
  const Datum to = relation("<=", value, TRY(evaluate(*node.operands[2], context)));
  if (from.is_unknown() || to.is_unknown()) return Datum::null();
  return Datum::of((from.flag && to.flag) != node.is_negated);
}

Result<Datum> in_value(const Expression& node, const Context& context) {
  const Datum value = TRY(evaluate(*node.operands[0], context));
  bool is_unknown = value.is_unknown();
  for (std::size_t each = 1; each < node.operands.size(); ++each) {
    const Datum is = relation("=", value, TRY(evaluate(*node.operands[each], context)));
    if (is.is_true()) return Datum::of(!node.is_negated);
    is_unknown = is_unknown || is.is_unknown();
  }
  return is_unknown ? Datum::null() : Datum::of(node.is_negated);
}

Result<Datum> case_value(const Expression& node, const Context& context) {
  std::size_t at = 0;
  Datum subject = Datum::of(true);
  const bool compares = node.name == "CASE OF";
  if (compares) subject = TRY(evaluate(*node.operands[at++], context));
  for (; at + 1 < node.operands.size(); at += 2) {
    const Datum condition = TRY(evaluate(*node.operands[at], context));
    const bool holds = compares ? relation("=", subject, condition).is_true() : condition.is_true();
    if (holds) return evaluate(*node.operands[at + 1], context);
  }
  return at < node.operands.size() ? evaluate(*node.operands[at], context) : Result<Datum>(Datum::null());
}

}  // namespace

Datum follow(const Datum& from, const Path& path, std::size_t begin) {
  Datum here = from;
  for (std::size_t at = begin; at < path.size(); ++at) {
    const Step& step = path[at];
    if (step.kind == Step::Kind::kIndex) {
      const auto& list = here.node.list();
      if (step.index >= list.size()) return Datum::missing();
      here = Datum::of_json(base::Value(list[step.index]));
      continue;
    }
    if (step.kind == Step::Kind::kWildcard) return Datum::missing();
    const base::Value::Map& members = here.node.map();
    auto found = std::ranges::find_if(members, [&](const auto& member) { return has_name(step, member.first); });
    if (found == members.end()) return Datum::missing();
    here = Datum::of_json(base::Value(found->second));
  }
  return here;
}

Result<Datum> evaluate(const Expression& node, const Context& context) {
  switch (node.kind) {
    case Expression::Kind::kLiteral: return node.datum;
    case Expression::Kind::kPath: return path_value(node.path, context);
    case Expression::Kind::kUnary: return unary_value(node, context);
    case Expression::Kind::kBinary: return binary_value(node, context);
    case Expression::Kind::kIs: return is_value(node, context);
    case Expression::Kind::kBetween: return between_value(node, context);
    case Expression::Kind::kIn: return in_value(node, context);
    case Expression::Kind::kCase: return case_value(node, context);
    case Expression::Kind::kAggregate: return context.aggregates ? (*context.aggregates)[node.slot] : Datum::null();
    case Expression::Kind::kCall: break;
  }
  std::vector<Datum> arguments;
  arguments.reserve(node.operands.size());
  for (const auto& operand : node.operands) arguments.push_back(TRY(evaluate(*operand, context)));
  return call_function(node, arguments, context.now_ms);
}

Result<bool> is_like(std::string_view text, std::string_view pattern, std::string_view escape) {
  struct Piece {
    enum class Kind { kText, kAny, kOne } kind;
    std::string_view text;
  };
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < pattern.size();) {
    std::string_view letter =
        pattern.substr(at, std::max<std::size_t>(1, base::utf8_character_length(pattern.substr(at))));
    at += letter.size();
    if (!escape.empty() && letter == escape) {
      letter = pattern.substr(at, std::max<std::size_t>(1, base::utf8_character_length(pattern.substr(at))));
      if (letter != "%" && letter != "_" && letter != escape)
        return base::fail("EvaluatorLikePatternInvalidEscapeSequence",
                          "An argument in the LIKE clause has an escape sequence that is not valid.");
      at += letter.size();
      pieces.push_back({Piece::Kind::kText, letter});
    } else if (letter == "%") {
      pieces.push_back({Piece::Kind::kAny, letter});
    } else {
      pieces.push_back({letter == "_" ? Piece::Kind::kOne : Piece::Kind::kText, letter});
    }
  }
  // Goes back to the last % when a piece does not fit: never more than text times pieces steps.
  std::size_t at = 0, piece = 0, retry_at = 0;
  std::optional<std::size_t> retry_piece;
  while (at < text.size() || piece < pieces.size()) {
    if (piece < pieces.size() && pieces[piece].kind == Piece::Kind::kAny) {
      retry_piece = ++piece;
      retry_at = at;
      continue;
    }
    const std::size_t letter =
        at < text.size() ? std::max<std::size_t>(1, base::utf8_character_length(text.substr(at))) : 0;
    if (piece < pieces.size() && letter > 0 &&
        (pieces[piece].kind == Piece::Kind::kOne || pieces[piece].text == text.substr(at, letter))) {
      at += letter;
      ++piece;
      continue;
    }
    if (!retry_piece || retry_at >= text.size()) return false;
    retry_at += std::max<std::size_t>(1, base::utf8_character_length(text.substr(retry_at)));
    at = retry_at;
    piece = *retry_piece;
  }
  return true;
}

}  // namespace s3::select
