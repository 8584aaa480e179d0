#include "aws/log_query_parser.h"
#include "base/result.h"
#include "base/strings.h"

namespace aws::log_query {

// SOURCE logGroups(namePrefix: ['a'], class: ['STANDARD']), or the names of groups.
Parser::Read<Source> Parser::source() {
  Source made{.is_given = true};
  if (is(Kind::kText)) {
    do {
      made.names.push_back(TRY(quoted()));
    } while (take(Kind::kComma));
    return made;
  }
  if (!is_word("logGroups")) return unexpected();
  ++at_;
  if (!take(Kind::kOpen)) return unexpected();
  while (!is(Kind::kClose)) {
    const Token& key = peek();
    std::vector<std::string>* list = is_word("namePrefix")           ? &made.prefixes
                                     : is_word("accountIdentifiers") ? &made.accounts
                                     : is_word("class")              ? &made.classes
                                                                     : nullptr;
    if (!list || !list->empty()) return unexpected(key);
    ++at_;
    if (!take(Kind::kColon)) return unexpected();
    *list = TRY(list_of_texts());
    // "You can include as many as five prefixes in the list." "… as many as 20 account identifiers in the list."
    if (list->size() > (list == &made.prefixes ? 5u : 20u)) return unexpected(key);
    if (!take(Kind::kComma)) break;
  }
  if (!take(Kind::kClose)) return unexpected();
  return made;
}

Parser::Read<std::vector<std::string>> Parser::list_of_texts() {
  std::vector<std::string> made;
  if (!take(Kind::kOpenBracket)) return unexpected();
  do {
    made.push_back(TRY(quoted()));
  } while (take(Kind::kComma));
  if (!take(Kind::kCloseBracket)) return unexpected();
  return made;
}

// join type=inner left=api right=lambda where api.requestId=lambda.requestId (SOURCE '/aws/lambda/f')
Parser::Read<void> Parser::join(Command& command) {
  Join made;
  auto is_option = [&](std::string_view option) {
    return is_word(option) && peek(1).kind == Kind::kOperator && peek(1).text == "=";
  };
  while (is_option("type") || is_option("left") || is_option("right")) {
    std::string option = base::to_lower(peek().text);
    at_ += 2;
    const Token& given = peek();
    std::string value = TRY(name());
    if (option == "type") {
      if (value != "inner" && value != "left") return unexpected(given);
      made.keeps_unmatched = value == "left";
    } else {
      (option == "left" ? made.left : made.right) = value;
    }
  }
  if (made.left.empty() || made.right.empty() || made.left == made.right || !take_word("where")) return unexpected();
  const Token& first = peek();
  std::string one = TRY(name());
  if (!is_sign("=")) return unexpected();
  ++at_;
  const Token& second = peek();
  std::string other = TRY(name());
  if (one.starts_with(made.right + ".")) std::swap(one, other);
  if (!one.starts_with(made.left + ".")) return unexpected(first);
  if (!other.starts_with(made.right + ".")) return unexpected(second);
  made.left_field = one.substr(made.left.size() + 1);
  made.right_field = other.substr(made.right.size() + 1);
  made.left_key = field(made.left_field, first);
  if (!is(Kind::kOpen)) return unexpected();
  made.subquery = TRY(subquery());
  command.join = std::move(made);
  return {};
}

// lookup users id as user, region as region OUTPUT name, mail
Parser::Read<void> Parser::lookup(Command& command) {
  Lookup made{.table = TRY(name()), .matches = {}};
  do {
    const Token& token = peek();
    std::string column = TRY(name());
    ExpressionPointer own = take_word("as") ? TRY(primary()) : field(column, token);
    made.matches.emplace_back(std::move(column), std::move(own));
  } while (take(Kind::kComma));
  if (!take_word("OUTPUT")) return unexpected();
  do {
    command.columns.push_back({.expression = nullptr, .name = TRY(name())});
  } while (take(Kind::kComma));
  command.lookup = std::move(made);
  return {};
}

// "Nested subqueries are not supported."
Parser::Read<std::size_t> Parser::subquery() {
  const Token& open = peek();
  if (is_nested_ || !take(Kind::kOpen)) return unexpected(open);
  if (!is_word("SOURCE")) return unexpected();
  auto query = std::make_unique<Query>();
  Query* outer = std::exchange(query_, query.get());
  is_nested_ = true;
  TRY_VOID(commands(*query));
  is_nested_ = false;
  query_ = outer;
  if (!take(Kind::kClose)) return unexpected();
  outer->subqueries.push_back(std::move(query));
  return outer->subqueries.size() - 1;
}

}  // namespace aws::log_query
