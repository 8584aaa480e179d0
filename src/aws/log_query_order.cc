#include "aws/log_query_plan.h"

namespace aws::log_query {

void add_implied_commands(Query& query) {
  std::vector<Command>& commands = query.commands;
  auto has = [&](Command::Kind kind) {
    return std::any_of(commands.begin(), commands.end(), [&](const Command& command) { return command.kind == kind; });
  };
  bool is_any = std::any_of(commands.begin(), commands.end(), [](const Command& command) { return command.is_any; });
  if (!has(Command::Kind::kSort) && !has(Command::Kind::kStats) && !has(Command::Kind::kPattern) && !is_any) {
    auto place = std::find_if(commands.begin(), commands.end(), [](const Command& command) {
      return command.kind == Command::Kind::kLimit || command.kind == Command::Kind::kDedup;
    });
    Command sort{.kind = Command::Kind::kSort};
    auto time = std::make_unique<Expression>();
    time->kind = Expression::Kind::kField;
    time->name = "@timestamp";
    sort.keys.push_back({std::move(time), true});
    commands.insert(place, std::move(sort));
  }
  if (!has(Command::Kind::kLimit)) commands.push_back({.kind = Command::Kind::kLimit});
}

void delay_sorts(Query& query, std::vector<std::set<int>>& used) {
  std::vector<Command>& commands = query.commands;
  for (std::size_t i = 0; i + 1 < commands.size(); ++i) {
    if (commands[i].kind != Command::Kind::kSort) continue;
    switch (commands[i + 1].kind) {
      case Command::Kind::kFields:
      case Command::Kind::kDisplay:
      case Command::Kind::kFilter:
      case Command::Kind::kFilterIndex:
      case Command::Kind::kParse:
      case Command::Kind::kUnmask:
        std::swap(commands[i], commands[i + 1]);
        std::swap(used[i], used[i + 1]);
        break;
      default: break;
    }
  }
}

}  // namespace aws::log_query
