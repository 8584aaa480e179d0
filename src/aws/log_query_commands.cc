#include <cstdlib>

#include "aws/log_query_parser.h"
#include "base/result.h"
#include "base/strings.h"

namespace aws::log_query {

bool Parser::is_word(std::string_view word, std::size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == Kind::kName && !token.is_quoted && base::equal_ignoring_case(token.text, word);
}

bool Parser::take(Kind kind) {
  if (!is(kind)) return false;
  ++at_;
  return true;
}

bool Parser::take_word(std::string_view word) {
  if (!is_word(word)) return false;
  ++at_;
  return true;
}

std::unexpected<SyntaxError> Parser::unexpected(const Token& token) const {
  return std::unexpected(unexpected_symbol(text_, token.begin, token.end));
}

std::unexpected<SyntaxError> Parser::refuse(std::string message, const Token& token) {
  return std::unexpected(SyntaxError{std::move(message), token.begin, token.end});
}

Parser::Read<std::string> Parser::name() {
  if (!is(Kind::kName)) return unexpected();
  return tokens_[at_++].text;
}

Parser::Read<std::string> Parser::quoted() {
  if (!is(Kind::kText)) return unexpected();
  return tokens_[at_++].text;
}

Parser::Read<std::unique_ptr<Query>> Parser::read() {
  auto query = std::make_unique<Query>();
  query_ = query.get();
  TRY_VOID(commands(*query));
  if (!is(Kind::kEnd)) return unexpected();
  return query;
}

Parser::Read<void> Parser::commands(Query& query) {
  if (take_word("SOURCE")) {
    query.source = TRY(source());
    if (!take(Kind::kPipe)) return {};
  }
  do {
    TRY_VOID(command(query));
  } while (take(Kind::kPipe));
  return {};
}

Parser::Read<void> Parser::command(Query& query) {
  struct Known {
    std::string_view name;
    Command::Kind kind;
    Read<void> (Parser::*read)(Command&);
  };
  static constexpr Known kKnown[] = {
      {"fields", Command::Kind::kFields, &Parser::fields}, {"display", Command::Kind::kDisplay, &Parser::fields},
      {"filter", Command::Kind::kFilter, nullptr},         {"filterIndex", Command::Kind::kFilterIndex, nullptr},
      {"stats", Command::Kind::kStats, &Parser::stats},    {"sort", Command::Kind::kSort, &Parser::sort},
      {"limit", Command::Kind::kLimit, &Parser::limit},    {"dedup", Command::Kind::kDedup, &Parser::fields},
      {"parse", Command::Kind::kParse, &Parser::parse},    {"pattern", Command::Kind::kPattern, nullptr},
      {"diff", Command::Kind::kDiff, &Parser::diff},       {"unmask", Command::Kind::kUnmask, &Parser::fields},
      {"unnest", Command::Kind::kUnnest, &Parser::unnest}, {"join", Command::Kind::kJoin, &Parser::join},
      {"lookup", Command::Kind::kLookup, &Parser::lookup},
  };
  const Token& token = peek();
  for (std::string_view word : {"anomaly", "logcompare", "relevantfields", "addtotals", "expand"})
    if (is_word(word)) return refuse(fmt::format("The {} command is not supported.", word), token);
  for (const Known& known : kKnown) {
    if (!is_word(known.name)) continue;
    Command made{.kind = known.kind, .begin = token.begin};
    TRY_VOID(order(query, made, token));
    ++at_;
    if (known.read) {
      TRY_VOID((this->*known.read)(made));
    } else {
      made.expression = TRY(expression());
    }
    if (!is(Kind::kPipe) && !is(Kind::kEnd) && !(is_nested_ && is(Kind::kClose))) return unexpected();
    made.end = tokens_[at_ - 1].end;
    query.commands.push_back(std::move(made));
    return {};
  }
  return unexpected();
}

// What may not follow what came before.
Parser::Read<void> Parser::order(const Query& query, const Command& command, const Token& token) {
  if (query.commands.empty()) {
    if (command.kind == Command::Kind::kDiff)
      return refuse("Diff compilation Failed : Diff operation has to be used after Pattern", token);
    return {};
  }
  Command::Kind last = query.commands.back().kind;
  // "The only query command that you can use in a query after the dedup command is the limit command."
  for (const Command& earlier : query.commands)
    if (earlier.kind == Command::Kind::kDedup && command.kind != Command::Kind::kLimit) return unexpected(token);
  if (command.kind == Command::Kind::kDiff && last != Command::Kind::kPattern)
    return refuse("Diff compilation Failed : Diff operation has to be used after Pattern", token);
  return {};
}

// A list of expressions, each perhaps with a name.
Parser::Read<std::vector<Column>> Parser::columns(Command* stats) {
  std::vector<Column> made;
  do {
    Column column;
    stats_ = stats;
    column.expression = TRY(expression());
    stats_ = nullptr;
    const Expression& given = *column.expression;
    column.name = given.kind == Expression::Kind::kField
                      ? given.name
                      : std::string(text_.substr(static_cast<std::size_t>(given.begin),
                                                 static_cast<std::size_t>(given.end - given.begin)));
    if (take_word("as")) column.name = TRY(name());
    made.push_back(std::move(column));
  } while (take(Kind::kComma));
  return made;
}

Parser::Read<void> Parser::fields(Command& command) {
  command.columns = TRY(columns(nullptr));
  return {};
}

Parser::Read<void> Parser::stats(Command& command) {
  command.columns = TRY(columns(&command));
  // Each of the results must come of an aggregation.
  for (const Column& column : command.columns) {
    if (column.expression->kind != Expression::Kind::kField) continue;
    return std::unexpected(unexpected_symbol(text_, column.expression->begin, column.expression->end));
  }
  if (take_word("by")) command.groups = TRY(columns(nullptr));
  return {};
}

Parser::Read<void> Parser::sort(Command& command) {
  do {
    SortKey key;
    sorts_ = true;
    key.expression = TRY(expression());
    sorts_ = false;
    key.is_descending = take_word("desc");
    if (!key.is_descending) take_word("asc");
    command.keys.push_back(std::move(key));
  } while (take(Kind::kComma));
  return {};
}

Parser::Read<void> Parser::limit(Command& command) {
  command.is_any = take_word("any");
  if (!is(Kind::kNumber)) return unexpected();
  auto count = base::parse_number(peek().text);
  if (!count || *count < 1 || *count > kLogQueryLimitMax) return unexpected();
  command.count = *count;
  ++at_;
  return {};
}

// parse @message "user=*, took=*" as user, took · parse @message /took=(?<took>\d+)/ · parse @message logfmt as pairs
Parser::Read<void> Parser::parse(Command& command) {
  if (is(Kind::kName)) {
    command.expression = TRY(primary());
  } else {
    command.expression = field("@message", peek());
  }
  const Token& pattern = peek();
  if (pattern.kind == Kind::kRegex) {
    ++at_;
    command.regex = TRY(regex(pattern));
    if (command.regex->NumberOfCapturingGroups() == 0) return unexpected(pattern);
    const auto& names = command.regex->CapturingGroupNames();
    for (int group = 1; group <= command.regex->NumberOfCapturingGroups(); ++group) {
      auto named = names.find(group);
      command.columns.push_back({.expression = nullptr, .name = named == names.end() ? "" : named->second});
    }
    return {};
  }
  bool is_logfmt = is_word("logfmt");
  if (!is_logfmt && !is(Kind::kText)) return unexpected();
  if (!is_logfmt) command.glob = pattern.text;
  ++at_;
  if (!take_word("as")) return unexpected();
  const Token& names = peek();
  do {
    command.columns.push_back({.expression = nullptr, .name = TRY(name())});
  } while (take(Kind::kComma));
  auto wanted = is_logfmt ? 1 : std::count(command.glob.begin(), command.glob.end(), '*');
  if (static_cast<std::ptrdiff_t>(command.columns.size()) != wanted) return unexpected(names);
  return {};
}

Parser::Read<void> Parser::diff(Command& command) {
  command.shift = take_word("previousDay")     ? Shift::kDay
                  : take_word("previousWeek")  ? Shift::kWeek
                  : take_word("previousMonth") ? Shift::kMonth
                                               : Shift::kPreceding;
  return {};
}

Parser::Read<void> Parser::unnest(Command& command) {
  if (!is(Kind::kName)) return unexpected();
  command.expression = TRY(primary());
  if (!take_word("into")) return unexpected();
  command.columns.push_back({.expression = nullptr, .name = TRY(name())});
  return {};
}

std::expected<std::unique_ptr<Query>, SyntaxError> read_query(std::string_view text) {
  auto tokens = TRY(split_tokens(text));
  return Parser(text, std::move(tokens)).read();
}

}  // namespace aws::log_query
