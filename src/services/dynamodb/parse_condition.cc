// Conditions, filters and key conditions.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
#include "services/dynamodb/tokens.h"

namespace dynamodb {

namespace {

using Kind = Condition::Kind;

constexpr std::size_t kInOperandsMax = 100;
constexpr std::string_view kUndefined = "?";  // name of a value that is not defined

// What stands in parentheses may be either until what follows is seen.
struct Node {
  std::optional<Condition> condition;
  std::optional<Operand> operand;
  bool in_parentheses = false;
};

struct Function {
  std::string_view name;
  Kind kind;
  std::size_t operands;
};
constexpr std::array<Function, 5> kFunctions{{{"attribute_exists", Kind::kExists, 1},
                                              {"attribute_not_exists", Kind::kNotExists, 1},
                                              {"attribute_type", Kind::kTypeIs, 2},
                                              {"begins_with", Kind::kBeginsWith, 2},
                                              {"contains", Kind::kContains, 2}}};

std::string_view operand_type(const Operand& operand) {
  if (operand.kind == Operand::Kind::kFunction) return "N";
  const bool is_defined = operand.kind == Operand::Kind::kValue && operand.name != kUndefined;
  return is_defined ? aws::dynamodb::type_name(operand.value.type) : "";
}

class ConditionParser {
 public:
  ConditionParser(std::string_view text, std::string_view parameter, Placeholders& placeholders)
      : reader_(text, parameter, placeholders) {}

  base::Result<Condition> parse() {
    TRY_VOID(reader_.begin());
    Node node = TRY(parse_or());
    Condition condition = TRY(as_condition(std::move(node)));
    TRY_VOID(reader_.finish());
    return condition;
  }

 private:
  base::Result<Condition> as_condition(Node node) {
    if (node.condition) return *std::move(node.condition);
    if (node.operand->kind != Operand::Kind::kFunction) return reader_.syntax_error();
    note_misused(node.operand->name);
    return Condition{};
  }

  base::Result<Operand> as_operand(Node node) {
    if (node.operand) return *std::move(node.operand);
    // A function that there is not has been noted.
    if (node.condition->operands.empty() && node.condition->conditions.empty()) return Operand{};
    if (node.condition->conditions.empty() && is_function(node.condition->kind) && !node.in_parentheses) {
      note_misused(operator_name(node.condition->kind));
      return Operand{};
    }
    return reader_.syntax_error();
  }

  static bool is_function(Kind kind) {
    return std::ranges::any_of(kFunctions, [&](const Function& function) { return function.kind == kind; });
  }

  void note_misused(std::string_view name) {
    reader_.note(Problem::kMisusedFunction,
                 fmt::format("The function is not allowed to be used this way in an expression; function: {}", name));
  }

  base::Result<Node> parse_or() { return parse_chain("OR", Kind::kOr, &ConditionParser::parse_and); }
  base::Result<Node> parse_and() { return parse_chain("AND", Kind::kAnd, &ConditionParser::parse_not); }

  base::Result<Node> parse_chain(std::string_view word, Kind kind, base::Result<Node> (ConditionParser::*parse_one)()) {
    Node first = TRY((this->*parse_one)());
    if (!reader_.is_word(word)) return first;
    Condition chain{.kind = kind};
    chain.conditions.push_back(TRY(as_condition(std::move(first))));
    while (reader_.take_word(word)) {
      reader_.count_operator();
      Node next = TRY((this->*parse_one)());
      chain.conditions.push_back(TRY(as_condition(std::move(next))));
    }
    Node node;
    node.condition = std::move(chain);
    return node;
  }

  base::Result<Node> parse_not() {
    if (!reader_.take_word("NOT")) return parse_comparison();
    reader_.count_operator();
    if (++depth_ > kExpressionDepthMax) return too_deep();
    Node inner = TRY(parse_not());
    --depth_;
    Condition negation{.kind = Kind::kNot};
    negation.conditions.push_back(TRY(as_condition(std::move(inner))));
    Node node;
    node.condition = std::move(negation);
    return node;
  }

  std::unexpected<base::Error> too_deep() const {
    return reader_.problem("The expression has too many nesting levels;");
  }

  std::optional<Kind> peek_comparator() const {
    static constexpr std::array<std::pair<std::string_view, Kind>, 6> kComparators{{{"=", Kind::kEqual},
                                                                                    {"<>", Kind::kNotEqual},
                                                                                    {"<", Kind::kLess},
                                                                                    {"<=", Kind::kLessOrEqual},
                                                                                    {">", Kind::kGreater},
                                                                                    {">=", Kind::kGreaterOrEqual}}};
    for (const auto& [symbol, kind] : kComparators)
      if (reader_.is_symbol(symbol)) return kind;
    return std::nullopt;
  }

  base::Result<Node> parse_comparison() {
    Node left = TRY(parse_primary());
    Condition condition;
    if (auto comparator = peek_comparator()) {
      reader_.advance();
      condition.kind = *comparator;
      condition.operands.push_back(TRY(as_operand(std::move(left))));
      Node right = TRY(parse_primary());
      condition.operands.push_back(TRY(as_operand(std::move(right))));
      note_same_operand(operator_name(*comparator), condition.operands);
      if (*comparator != Kind::kEqual && *comparator != Kind::kNotEqual)
        note_unordered(operator_name(*comparator), condition.operands);
    } else if (reader_.take_word("BETWEEN")) {
      condition.kind = Kind::kBetween;
      condition.operands.push_back(TRY(as_operand(std::move(left))));
      Node low = TRY(parse_primary());
      condition.operands.push_back(TRY(as_operand(std::move(low))));
      if (!reader_.take_word("AND")) return reader_.syntax_error();
      Node high = TRY(parse_primary());
      condition.operands.push_back(TRY(as_operand(std::move(high))));
      note_unordered("BETWEEN", condition.operands);
      note_wrong_bounds(condition.operands[1], condition.operands[2]);
    } else if (reader_.take_word("IN")) {
      condition.kind = Kind::kIn;
      condition.operands.push_back(TRY(as_operand(std::move(left))));
      TRY_VOID(reader_.expect_symbol("("));
      for (Operand& operand : TRY(parse_operands())) condition.operands.push_back(std::move(operand));
      if (condition.operands.size() > kInOperandsMax + 1)
        return reader_.problem(fmt::format("The IN operator is provided with too many operands; number of operands: {}",
                                           condition.operands.size() - 1));
    } else {
      return left;
    }
    reader_.count_operator();
    Node node;
    node.condition = std::move(condition);
    return node;
  }

  base::Result<Node> parse_primary() {
    if (reader_.take_symbol("(")) {
      if (++depth_ > kExpressionDepthMax) return too_deep();
      Node inner = TRY(parse_or());
      --depth_;
      TRY_VOID(reader_.expect_symbol(")"));
      if (inner.in_parentheses) reader_.note(Problem::kParentheses, "The expression has redundant parentheses;");
      inner.in_parentheses = true;
      return inner;
    }
    Node node;
    if (reader_.token().kind == Token::Kind::kValuePlaceholder) {
      const Attribute* value = reader_.read_value();
      node.operand = Operand{.kind = Operand::Kind::kValue, .value = value ? *value : Attribute{}};
      if (!value) node.operand->name = kUndefined;
      return node;
    }
    if (reader_.token().kind == Token::Kind::kIdentifier && reader_.token(1).text == "(" && !reader_.is_word("AND") &&
        !reader_.is_word("OR") && !reader_.is_word("NOT"))
      return parse_function();
    node.operand = Operand{.kind = Operand::Kind::kPath, .path = TRY(reader_.read_path(Problem::kReserved))};
    return node;
  }

  // After the opening parenthesis, up to the closing one.
  base::Result<std::vector<Operand>> parse_operands() {
    std::vector<Operand> operands;
    do {
      Node node = TRY(parse_primary());
      operands.push_back(TRY(as_operand(std::move(node))));
    } while (reader_.take_symbol(","));
    TRY_VOID(reader_.expect_symbol(")"));
    return operands;
  }

  base::Result<Node> parse_function() {
    const std::string name(reader_.token().text);
    reader_.advance();
    reader_.advance();
    if (++depth_ > kExpressionDepthMax) return too_deep();
    reader_.count_operator();
    std::vector<Operand> operands = TRY(parse_operands());
    --depth_;
    Node node;
    if (name == "size") {
      node.operand = Operand{.kind = Operand::Kind::kFunction, .name = name, .operands = std::move(operands)};
      if (note_operand_count(name, node.operand->operands, 1)) note_wrong_size(node.operand->operands[0]);
      return node;
    }
    auto function = std::ranges::find(kFunctions, name, &Function::name);
    node.condition.emplace();
    if (function == kFunctions.end()) {
      const bool is_of_updates = name == "if_not_exists" || name == "list_append";
      reader_.note(Problem::kUnknownFunction,
                   is_of_updates ? "The function is not allowed in a condition expression; function: " + name
                                 : "Invalid function name; function: " + name);
      return node;
    }
    node.condition->kind = function->kind;
    node.condition->operands = std::move(operands);
    if (note_operand_count(name, node.condition->operands, function->operands)) note_wrong_operands(*node.condition);
    return node;
  }

  bool note_operand_count(std::string_view name, const std::vector<Operand>& operands, std::size_t wanted) {
    if (operands.size() == wanted) return true;
    reader_.note(Problem::kOperandCount,
                 fmt::format("Incorrect number of operands for operator or function; operator or function: {}, number "
                             "of operands: {}",
                             name, operands.size()));
    return false;
  }

  void note_wrong_type(std::string_view name, std::string_view type) {
    reader_.note(Problem::kFunction, fmt::format("Incorrect operand type for operator or function; operator or "
                                                 "function: {}, operand type: {}",
                                                 name, type));
  }

  void note_wrong_size(const Operand& operand) {
    const std::string_view type = operand_type(operand);
    if (type == "N" || type == "BOOL" || type == "NULL") note_wrong_type("size", type);
  }

  // Values that have no order; AWS looks at those the request itself gives.
  void note_unordered(std::string_view name, const std::vector<Operand>& operands) {
    for (const Operand& operand : operands)
      if (!operand_type(operand).empty() && operand.kind == Operand::Kind::kValue && !operand.value.is_scalar_text())
        return reader_.note(Problem::kFunction,
                            fmt::format("Incorrect operand type for operator or function; operator: {}, operand type: "
                                        "{}",
                                        name, operand_type(operand)));
  }

  void note_same_operand(std::string_view name, const std::vector<Operand>& operands) {
    if (operands.size() != 2 || operands[0].kind != Operand::Kind::kPath || operands[1].kind != Operand::Kind::kPath)
      return;
    if (operands[0].path != operands[1].path) return;
    reader_.note(Problem::kFunction,
                 fmt::format("The first operand must be distinct from the remaining operands for this operator or "
                             "function; operator: {}, first operand: {}",
                             name, show_path(operands[0].path)));
  }

  void note_wrong_operands(const Condition& condition) {
    const std::string_view name = operator_name(condition.kind);
    const std::vector<Operand>& operands = condition.operands;
    note_same_operand(name, operands);
    if (condition.kind == Kind::kExists || condition.kind == Kind::kNotExists) {
      if (operands[0].kind != Operand::Kind::kPath)
        reader_.note(Problem::kFunction,
                     fmt::format("Operator or function requires a document path; operator or function: {}", name));
    } else if (condition.kind == Kind::kBeginsWith) {
      for (const Operand& operand : operands) {
        const std::string_view type = operand_type(operand);
        if (!type.empty() && type != "S" && type != "B") return note_wrong_type(name, type);
      }
    } else if (condition.kind == Kind::kTypeIs) {
      const std::string_view type = operand_type(operands[1]);
      if (type.empty())
        return note_wrong_type(name,
                               "{NS,SS,L,BS,N,M,B,BOOL,NU"
                               "LL,S}");
      if (type != "S") return note_wrong_type(name, type);
      if (!parse_type(operands[1].value.text))
        reader_.note(Problem::kFunction, fmt::format("Invalid attribute type name found; type: {}, valid types: "
                                                     "{{B,NU"
                                                     "LL,SS,BOOL,L,BS,N,NS,S,M}}",
                                                     operands[1].value.text));
    }
  }

  void note_wrong_bounds(const Operand& low, const Operand& high) {
    if (low.kind != Operand::Kind::kValue || high.kind != Operand::Kind::kValue) return;
    if (operand_type(low).empty() || operand_type(high).empty()) return;
    auto bounds = fmt::format("lower bound operand: AttributeValue: {}, upper bound operand: AttributeValue: {}",
                              describe(low.value), describe(high.value));
    if (low.value.type != high.value.type) {
      reader_.note(Problem::kFunction,
                   "The BETWEEN operator requires same data type for lower and upper bounds; " + bounds);
    } else if (compare(low.value, high.value).value_or(0) > 0) {
      reader_.note(Problem::kFunction,
                   "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " + bounds);
    }
  }

  ExpressionReader reader_;
  int depth_ = 0;
};

}  // namespace

std::string_view operator_name(Condition::Kind kind) {
  switch (kind) {
    case Kind::kAnd: return "AND";
    case Kind::kOr: return "OR";
    case Kind::kNot: return "NOT";
    case Kind::kEqual: return "=";
    case Kind::kNotEqual: return "<>";
    case Kind::kLess: return "<";
    case Kind::kLessOrEqual: return "<=";
    case Kind::kGreater: return ">";
    case Kind::kGreaterOrEqual: return ">=";
    case Kind::kBetween: return "BETWEEN";
    case Kind::kIn: return "IN";
    case Kind::kNotContains: return "NOT_CONTAINS";
    default: return std::ranges::find(kFunctions, kind, &Function::kind)->name;
  }
}

base::Result<Condition> parse_condition(std::string_view text, std::string_view parameter, Placeholders& placeholders) {
  return ConditionParser(text, parameter, placeholders).parse();
}

}  // namespace dynamodb
