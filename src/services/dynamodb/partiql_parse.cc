#include "base/strings.h"
#include "services/dynamodb/number.h"
#include "services/dynamodb/partiql.h"
#include "services/dynamodb/partiql_tokens.h"

namespace dynamodb {

namespace {

using Kind = Condition::Kind;
using Words = StatementToken::Kind;

class StatementParser {
 public:
  StatementParser(std::vector<StatementToken> tokens, const Value::List& parameters)
      : tokens_(std::move(tokens)), parameters_(parameters) {}

  base::Result<Statement> parse() {
    Statement statement;
    if (take_word("SELECT")) {
      TRY_VOID(parse_select(statement));
    } else if (take_word("EXISTS")) {
      TRY_VOID(expect("("));
      if (!take_word("SELECT")) return malformed_statement("Expected SELECT");
      TRY_VOID(parse_select(statement));
      TRY_VOID(expect(")"));
      statement.kind = Statement::Kind::kExists;
    } else if (take_word("INSERT")) {
      TRY_VOID(parse_insert(statement));
    } else if (take_word("UPDATE")) {
      TRY_VOID(parse_update(statement));
    } else if (take_word("DELETE")) {
      TRY_VOID(parse_delete(statement));
    } else {
      return malformed_statement("Expected expression");
    }
    take(";");
    if (token().kind != Words::kEnd) return malformed_statement("Unexpected term: " + token().text);
    if (used_ != parameters_.size())
      return validation_error("Number of parameters in request and statement don't match.");
    return statement;
  }

 private:
  const StatementToken& token(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  void advance() { at_ = std::min(at_ + 1, tokens_.size() - 1); }
  bool is_word(std::string_view word) const {
    return token().kind == Words::kWord && base::equal_ignoring_case(token().text, word);
  }
  bool take_word(std::string_view word) {
    const bool is_there = is_word(word);
    if (is_there) advance();
    return is_there;
  }
  bool is(std::string_view symbol) const { return token().kind == Words::kSymbol && token().text == symbol; }
  bool take(std::string_view symbol) {
    const bool is_there = is(symbol);
    if (is_there) advance();
    return is_there;
  }
  base::Result<void> expect(std::string_view symbol) {
    if (take(symbol)) return {};
    return malformed_statement(fmt::format("Expected '{}'", symbol));
  }
  base::Result<void> expect_word(std::string_view word) {
    if (take_word(word)) return {};
    return malformed_statement(fmt::format("Expected {}", word));
  }
  base::Result<void> enter() {
    constexpr int kDepthMax = 64;
    if (++depth_ <= kDepthMax) return {};
    return malformed_statement("Nested too deeply");
  }

  base::Result<std::string> parse_name() {
    if (token().kind != Words::kWord && token().kind != Words::kQuoted)
      return malformed_statement("Expected identifier");
    std::string name = token().text;
    advance();
    return name;
  }

  base::Result<Path> parse_path() {
    Path path{{.name = TRY(parse_name())}};
    for (;;) {
      if (take(".")) {
        path.push_back({.name = TRY(parse_name())});
      } else if (is("[") && token(1).kind == Words::kNumber) {
        advance();
        auto index = base::parse_number(token().text);
        if (!index) return malformed_statement("Expected index");
        advance();
        TRY_VOID(expect("]"));
        path.push_back({.name = {}, .index = *index});
      } else if (is("[") && token(1).kind == Words::kText) {
        advance();
        path.push_back({.name = token().text});
        advance();
        TRY_VOID(expect("]"));
      } else {
        return path;
      }
    }
  }

  base::Result<void> parse_table(Statement& statement) {
    statement.table = TRY(parse_name());
    if (take(".")) statement.index = TRY(parse_name());
    return {};
  }

  base::Result<void> parse_select(Statement& statement) {
    if (!take("*")) {
      do {
        statement.projected.push_back(TRY(parse_path()));
      } while (take(","));
    }
    TRY_VOID(expect_word("FROM"));
    TRY_VOID(parse_table(statement));
    if (take_word("WHERE")) statement.where = TRY(parse_or());
    if (!take_word("ORDER")) return {};
    TRY_VOID(expect_word("BY"));
    statement.order_by = TRY(parse_name());
    while (true) {
      if (take_word("DESC")) {
        statement.is_ascending = false;
      } else {
        take_word("ASC");
      }
      if (!take(",")) return {};
      // The partition key may come first; it orders nothing within its partition.
      statement.order_by = TRY(parse_name());
    }
  }

  base::Result<void> parse_insert(Statement& statement) {
    statement.kind = Statement::Kind::kInsert;
    TRY_VOID(expect_word("INTO"));
    TRY_VOID(parse_table(statement));
    TRY_VOID(expect_word("VALUE"));
    Attribute value = TRY(parse_value());
    if (value.type != Type::kMap) return malformed_statement("Expected tuple");
    statement.item = std::move(value.members);
    return {};
  }

  base::Result<void> parse_update(Statement& statement) {
    statement.kind = Statement::Kind::kUpdate;
    TRY_VOID(parse_table(statement));
    bool is_any = false;
    for (;;) {
      if (take_word("SET")) {
        do {
          TRY_VOID(parse_set(statement));
        } while (take(","));
      } else if (take_word("REMOVE")) {
        do {
          statement.update.push_back({.kind = Action::Kind::kRemove, .path = TRY(parse_path())});
        } while (take(","));
      } else {
        break;
      }
      is_any = true;
    }
    if (!is_any) return malformed_statement("Expected SET or REMOVE");
    return parse_where_and_returning(statement);
  }

  base::Result<void> parse_delete(Statement& statement) {
    statement.kind = Statement::Kind::kDelete;
    TRY_VOID(expect_word("FROM"));
    TRY_VOID(parse_table(statement));
    return parse_where_and_returning(statement);
  }

  base::Result<void> parse_where_and_returning(Statement& statement) {
    TRY_VOID(expect_word("WHERE"));
    statement.where = TRY(parse_or());
    if (!take_word("RETURNING")) return {};
    const bool is_all = take_word("ALL");
    if (!is_all) TRY_VOID(expect_word("MODIFIED"));
    const bool is_old = take_word("OLD");
    if (!is_old) TRY_VOID(expect_word("NEW"));
    TRY_VOID(expect("*"));
    statement.returning = fmt::format("{} {}", is_all ? "ALL" : "MODIFIED", is_old ? "OLD" : "NEW");
    if (statement.kind == Statement::Kind::kDelete && statement.returning != "ALL OLD")
      return malformed_statement("DELETE can only return ALL OLD *");
    return {};
  }

  base::Result<void> parse_set(Statement& statement) {
    Action action{.path = TRY(parse_path())};
    TRY_VOID(expect("="));
    const bool is_addition = is_word("set_add"), is_deletion = is_word("set_delete");
    if ((is_addition || is_deletion) && token(1).text == "(") {
      advance();
      advance();
      const Path path = TRY(parse_path());
      TRY_VOID(expect(","));
      action.operand.value = TRY(parse_value());
      TRY_VOID(expect(")"));
      if (path != action.path || !action.operand.value.is_set())
        return malformed_statement("set_add and set_delete take the attribute itself and a set");
      action.kind = is_addition ? Action::Kind::kAdd : Action::Kind::kDelete;
    } else {
      action.operand = TRY(parse_operand());
      if (is("+") || is("-")) {
        const bool is_plus = take("+");
        if (!is_plus) advance();
        Operand sum{.kind = is_plus ? Operand::Kind::kPlus : Operand::Kind::kMinus};
        sum.operands.push_back(std::move(action.operand));
        sum.operands.push_back(TRY(parse_operand()));
        action.operand = std::move(sum);
      }
    }
    statement.update.push_back(std::move(action));
    return {};
  }

  bool is_value() const {
    if (token().kind == Words::kText || token().kind == Words::kNumber) return true;
    if (token().kind == Words::kSymbol)
      return is("?") || is("{") || is("[") || is("<<") || (is("-") && token(1).kind == Words::kNumber);
    return is_word("TRUE") || is_word("FALSE") || is_word("NULL");
  }

  base::Result<Operand> parse_operand() {
    if (is_value()) return Operand{.value = TRY(parse_value())};
    static constexpr std::array<std::string_view, 3> kOperandFunctions{"size", "list_append", "if_not_exists"};
    for (std::string_view name : kOperandFunctions) {
      if (!is_word(name) || token(1).text != "(") continue;
      advance();
      advance();
      TRY_VOID(enter());
      Operand function{.kind = Operand::Kind::kFunction, .name = std::string(name)};
      do {
        function.operands.push_back(TRY(parse_operand()));
      } while (take(","));
      --depth_;
      TRY_VOID(expect(")"));
      if (function.operands.size() != (name == "size" ? 1u : 2u))
        return malformed_statement(fmt::format("Wrong number of arguments of {}", name));
      if (name == "if_not_exists" && function.operands[0].kind != Operand::Kind::kPath)
        return malformed_statement("if_not_exists takes a path");
      return function;
    }
    return Operand{.kind = Operand::Kind::kPath, .path = TRY(parse_path())};
  }

  base::Result<Attribute> parse_value() {
    if (take("?")) {
      if (used_ >= parameters_.size())
        return validation_error("Number of parameters in request and statement don't match.");
      return read_attribute(parameters_[used_++]);
    }
    if (token().kind == Words::kText) {
      Attribute value = Attribute::of_text(token().text);
      advance();
      return value;
    }
    if (token().kind == Words::kNumber || is("-")) {
      const bool is_negative = take("-");
      Attribute value = Attribute::of_number(TRY(normalise_number((is_negative ? "-" : "") + token().text)));
      advance();
      return value;
    }
    if (take_word("TRUE")) return Attribute{.type = Type::kBoolean, .flag = true};
    if (take_word("FALSE")) return Attribute{.type = Type::kBoolean};
    if (take_word("NULL")) return Attribute{.type = Type::kNull};
    TRY_VOID(enter());
    Attribute value = TRY(parse_collection());
    --depth_;
    return value;
  }

  base::Result<Attribute> parse_collection() {
    if (take("{")) {
      Attribute map{.type = Type::kMap};
      while (!take("}")) {
        if (!map.members.empty()) TRY_VOID(expect(","));
        if (token().kind != Words::kText) return malformed_statement("Expected attribute name");
        const std::string name = token().text;
        advance();
        TRY_VOID(expect(":"));
        ensure(map.members, name) = TRY(parse_value());
      }
      return map;
    }
    const bool is_list = take("[");
    if (!is_list && !take("<<")) return malformed_statement("Expected value");
    Attribute collection{.type = Type::kList};
    while (!take(is_list ? "]" : ">>")) {
      if (!collection.elements.empty()) TRY_VOID(expect(","));
      collection.elements.push_back(TRY(parse_value()));
    }
    if (is_list) return collection;
    if (collection.elements.empty()) return malformed_statement("A set cannot be empty");
    const Type type = collection.elements.front().type;
    for (const Attribute& element : collection.elements)
      if (element.type != type || !element.is_scalar_text())
        return malformed_statement("The elements of a set are texts, numbers or bytes of one type");
    collection.type = type == Type::kString   ? Type::kStringSet
                      : type == Type::kNumber ? Type::kNumberSet
                                              : Type::kBinarySet;
    if (!order_set(collection)) return validation_error("Input collection contains duplicates");
    return collection;
  }

  base::Result<Condition> parse_or() { return parse_chain("OR", Condition::Kind::kOr, &StatementParser::parse_and); }
  base::Result<Condition> parse_and() { return parse_chain("AND", Condition::Kind::kAnd, &StatementParser::parse_not); }

  base::Result<Condition> parse_chain(std::string_view word, Condition::Kind kind,
                                      base::Result<Condition> (StatementParser::*parse_one)()) {
    Condition first = TRY((this->*parse_one)());
    if (!is_word(word)) return first;
    Condition chain{.kind = kind};
    chain.conditions.push_back(std::move(first));
    while (take_word(word)) chain.conditions.push_back(TRY((this->*parse_one)()));
    return chain;
  }

  base::Result<Condition> parse_not() {
    TRY_VOID(enter());
    Condition condition;
    if (take_word("NOT")) {
      condition.kind = Condition::Kind::kNot;
      condition.conditions.push_back(TRY(parse_not()));
    } else if (take("(")) {
      condition = TRY(parse_or());
      TRY_VOID(expect(")"));
    } else {
      condition = TRY(parse_comparison());
    }
    --depth_;
    return condition;
  }

  base::Result<Condition> parse_comparison() {
    static constexpr std::array<std::pair<std::string_view, Kind>, 5> kConditionFunctions{
        {{"attribute_type", Kind::kTypeIs},
         {"begins_with", Kind::kBeginsWith},
         {"contains", Kind::kContains},
         {"attribute_exists", Kind::kExists},
         {"attribute_not_exists", Kind::kNotExists}}};
    Condition condition;
    for (const auto& [name, kind] : kConditionFunctions) {
      if (!is_word(name) || token(1).text != "(") continue;
      advance();
      advance();
      condition.kind = kind;
      do {
        condition.operands.push_back(TRY(parse_operand()));
      } while (take(","));
      TRY_VOID(expect(")"));
      const bool is_single = kind == Kind::kExists || kind == Kind::kNotExists;
      if (condition.operands.size() != (is_single ? 1u : 2u))
        return malformed_statement(fmt::format("Wrong number of arguments of {}", name));
      return condition;
    }
    condition.operands.push_back(TRY(parse_operand()));
    if (take_word("BETWEEN")) {
      condition.kind = Kind::kBetween;
      condition.operands.push_back(TRY(parse_operand()));
      TRY_VOID(expect_word("AND"));
      condition.operands.push_back(TRY(parse_operand()));
      return condition;
    }
    if (take_word("IN")) {
      condition.kind = Kind::kIn;
      const bool in_brackets = take("[");
      if (!in_brackets) TRY_VOID(expect("("));
      do {
        condition.operands.push_back(TRY(parse_operand()));
      } while (take(","));
      TRY_VOID(expect(in_brackets ? "]" : ")"));
      return condition;
    }
    if (take_word("IS")) return parse_is(std::move(condition.operands[0]));
    static constexpr std::array<std::pair<std::string_view, Kind>, 7> kComparators{{{"=", Kind::kEqual},
                                                                                    {"<>", Kind::kNotEqual},
                                                                                    {"!=", Kind::kNotEqual},
                                                                                    {"<", Kind::kLess},
                                                                                    {"<=", Kind::kLessOrEqual},
                                                                                    {">", Kind::kGreater},
                                                                                    {">=", Kind::kGreaterOrEqual}}};
    for (const auto& [symbol, kind] : kComparators) {
      if (!take(symbol)) continue;
      condition.kind = kind;
      condition.operands.push_back(TRY(parse_operand()));
      return condition;
    }
    return malformed_statement("Expected comparison");
  }

  base::Result<Condition> parse_is(Operand tested) {
    const bool is_negated = take_word("NOT");
    Condition condition;
    condition.operands.push_back(std::move(tested));
    if (take_word("MISSING")) {
      condition.kind = is_negated ? Condition::Kind::kExists : Condition::Kind::kNotExists;
      return condition;
    }
    TRY_VOID(expect_word("NULL"));
    condition.kind = Condition::Kind::kTypeIs;
    condition.operands.push_back({.value = Attribute::of_text("NULL")});
    if (!is_negated) return condition;
    Condition negation{.kind = Condition::Kind::kNot};
    negation.conditions.push_back(std::move(condition));
    return negation;
  }

  std::vector<StatementToken> tokens_;
  const Value::List& parameters_;
  std::size_t at_ = 0, used_ = 0;
  int depth_ = 0;
};

}  // namespace

base::Result<Statement> parse_statement(std::string_view text, const Value::List& parameters) {
  return StatementParser(TRY(read_statement_tokens(text)), parameters).parse();
}

}  // namespace dynamodb
