// Update expressions and projection expressions.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
#include "services/dynamodb/tokens.h"

namespace dynamodb {

namespace {

std::string_view long_type_name(Type type) {
  switch (type) {
    case Type::kString: return "STRING";
    case Type::kNumber: return "NUMBER";
    case Type::kBinary: return "BINARY";
    case Type::kBoolean: return "BOOLEAN";
    case Type::kNull: return "NULL";
    case Type::kMap: return "MAP";
    case Type::kList: return "LIST";
    default: return "SET";
  }
}

bool is_of_conditions(std::string_view function) {
  static constexpr std::array<std::string_view, 6> kNames{
      "attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"};
  return std::ranges::find(kNames, function) != kNames.end();
}

struct Section {
  std::string_view word;
  Action::Kind kind;
};
constexpr std::array<Section, 4> kSections{{{"SET", Action::Kind::kSet},
                                            {"REMOVE", Action::Kind::kRemove},
                                            {"ADD", Action::Kind::kAdd},
                                            {"DELETE", Action::Kind::kDelete}}};

class UpdateParser {
 public:
  UpdateParser(std::string_view text, Placeholders& placeholders) : reader_(text, "UpdateExpression", placeholders) {}

  base::Result<Update> parse() {
    TRY_VOID(reader_.begin());
    std::set<Action::Kind> seen;
    do {
      auto section = std::ranges::find_if(kSections, [&](const Section& one) { return reader_.is_word(one.word); });
      if (section == kSections.end()) return reader_.syntax_error();
      reader_.advance();
      if (!seen.insert(section->kind).second)
        reader_.note(Problem::kSection,
                     fmt::format("The \"{}\" section can only be used once in an update expression;", section->word));
      do {
        TRY_VOID(parse_action(*section));
      } while (reader_.take_symbol(","));
    } while (reader_.token().kind != Token::Kind::kEnd);
    TRY_VOID(reader_.finish());
    return std::move(update_);
  }

 private:
  base::Result<void> parse_action(const Section& section) {
    Action action{.kind = section.kind, .path = TRY(reader_.read_path(Problem::kReservedInUpdate))};
    reader_.note_overlaps(paths_, action.path);
    paths_.push_back(action.path);
    if (section.kind == Action::Kind::kSet) {
      TRY_VOID(reader_.expect_symbol("="));
      action.operand = TRY(parse_set_value());
    } else if (section.kind != Action::Kind::kRemove) {
      if (reader_.token().kind != Token::Kind::kValuePlaceholder) return reader_.syntax_error();
      if (const Attribute* value = reader_.read_value()) {
        action.operand.value = *value;
        note_wrong_type(section, value->type);
      }
    }
    reader_.count_operator();
    update_.push_back(std::move(action));
    return {};
  }

  void note_wrong_type(const Section& section, Type type) {
    const bool is_right = type >= Type::kStringSet || (type == Type::kNumber && section.kind == Action::Kind::kAdd);
    if (is_right) return;
    reader_.note(Problem::kOperandType,
                 fmt::format("Incorrect operand type for operator or function; operator: {}, operand type: {}",
                             section.word, long_type_name(type)));
  }

  base::Result<Operand> parse_set_value() {
    const bool in_parentheses = reader_.is_symbol("(");
    Operand left = TRY(parse_operand());
    // What follows a whole sum in parentheses is no second operand of it.
    if (in_parentheses && (left.kind == Operand::Kind::kPlus || left.kind == Operand::Kind::kMinus)) return left;
    return parse_sum(std::move(left));
  }

  base::Result<Operand> parse_sum(Operand left) {
    const bool is_plus = reader_.is_symbol("+");
    if (!is_plus && !reader_.is_symbol("-")) return left;
    reader_.advance();
    reader_.count_operator();
    Operand sum{.kind = is_plus ? Operand::Kind::kPlus : Operand::Kind::kMinus, .name = is_plus ? "+" : "-"};
    sum.operands.push_back(std::move(left));
    sum.operands.push_back(TRY(parse_operand()));
    for (const Operand& operand : sum.operands) {
      if (operand.kind == Operand::Kind::kValue && operand.value.type != Type::kNumber) {
        note_wrong_operand(sum.name, operand.value.type);
        break;
      }
    }
    return sum;
  }

  void note_wrong_operand(std::string_view name, Type type) {
    reader_.note(Problem::kFunction,
                 fmt::format("Incorrect operand type for operator or function; operator or function: {}, operand type: "
                             "{}",
                             name, aws::dynamodb::type_name(type)));
  }

  base::Result<Operand> parse_operand() {
    if (reader_.take_symbol("(")) {
      if (++depth_ > kExpressionDepthMax) return reader_.problem("The expression has too many nesting levels;");
      Operand inner = TRY(parse_operand());
      if (depth_ == 1) inner = TRY(parse_sum(std::move(inner)));
      --depth_;
      TRY_VOID(reader_.expect_symbol(")"));
      return inner;
    }
    if (reader_.token().kind == Token::Kind::kValuePlaceholder) {
      const Attribute* value = reader_.read_value();
      return Operand{.kind = Operand::Kind::kValue, .value = value ? *value : Attribute{.type = Type::kNumber}};
    }
    if (reader_.token().kind == Token::Kind::kIdentifier && reader_.token(1).text == "(") return parse_function();
    return Operand{.kind = Operand::Kind::kPath, .path = TRY(reader_.read_path(Problem::kReservedInUpdate))};
  }

  base::Result<Operand> parse_function() {
    Operand function{.kind = Operand::Kind::kFunction, .name = std::string(reader_.token().text)};
    reader_.advance();
    reader_.advance();
    depth_ += 2;  // no sums in here
    if (depth_ > kExpressionDepthMax) return reader_.problem("The expression has too many nesting levels;");
    reader_.count_operator();
    do {
      function.operands.push_back(TRY(parse_operand()));
    } while (reader_.take_symbol(","));
    depth_ -= 2;
    TRY_VOID(reader_.expect_symbol(")"));
    note_wrong_function(function);
    return function;
  }

  void note_wrong_function(const Operand& function) {
    const bool is_append = function.name == "list_append";
    if (!is_append && function.name != "if_not_exists")
      return reader_.note(
          Problem::kUnknownFunction,
          (is_of_conditions(function.name) ? "The function is not allowed in an update expression; function: "
                                           : "Invalid function name; function: ") +
              function.name);
    if (function.operands.size() != 2)
      return reader_.note(Problem::kFunction, fmt::format("Incorrect number of operands for operator or function; "
                                                          "operator or function: {}, number of operands: {}",
                                                          function.name, function.operands.size()));
    if (!is_append && function.operands[0].kind != Operand::Kind::kPath)
      return reader_.note(
          Problem::kFunction,
          fmt::format("Operator or function requires a document path; operator or function: {}", function.name));
    for (const Operand& operand : function.operands) {
      if (!is_append || operand.kind != Operand::Kind::kValue || operand.value.type == Type::kList) continue;
      return note_wrong_operand(function.name, operand.value.type);
    }
  }

  ExpressionReader reader_;
  Update update_;
  std::vector<Path> paths_;
  int depth_ = 0;
};

}  // namespace

base::Result<Update> parse_update(std::string_view text, Placeholders& placeholders) {
  return UpdateParser(text, placeholders).parse();
}

base::Result<Projected> parse_projection(std::string_view text, Placeholders& placeholders) {
  ExpressionReader reader(text, "ProjectionExpression", placeholders);
  TRY_VOID(reader.begin());
  Projected paths;
  do {
    Path path = TRY(reader.read_path(Problem::kReserved));
    reader.note_overlaps(paths, path);
    paths.push_back(std::move(path));
  } while (reader.take_symbol(","));
  TRY_VOID(reader.finish());
  return paths;
}

}  // namespace dynamodb
