#include "aws/log_query_plan.h"

#include <fmt/format.h>

#include <set>

#include "base/result.h"

namespace aws::log_query {
namespace {

using Done = std::expected<void, SyntaxError>;

// Where a field comes from that events have by themselves.
void describe(Slot& slot) {
  static constexpr std::pair<std::string_view, Slot::Origin> kSystem[] = {
      {"@timestamp", Slot::Origin::kTimestamp}, {"@ingestionTime", Slot::Origin::kIngestionTime},
      {"@message", Slot::Origin::kMessage},     {"@ptr", Slot::Origin::kPointer},
      {"@logStream", Slot::Origin::kStream},    {"@log", Slot::Origin::kLog}};
  for (auto [system, origin] : kSystem)
    if (slot.name == system) slot.origin = origin;
  for (std::size_t i = 0; i < LambdaFields::kCount; ++i) {
    if (slot.name != LambdaFields::kNames[i]) continue;
    slot.origin = Slot::Origin::kLambda;
    slot.lambda_index = i;
  }
  // "@@name" is the member "@name" of a JSON event; other names with one "@" are nobody's.
  if (slot.origin == Slot::Origin::kComputed && (slot.name[0] != '@' || slot.name.starts_with("@@")))
    slot.origin = Slot::Origin::kJson;
}

class Planner {
 public:
  explicit Planner(std::unique_ptr<Query> query) : query_(*query) { plan_.query = std::move(query); }

  std::expected<std::shared_ptr<const Plan>, SyntaxError> make(const std::vector<std::string>* wanted) {
    plan_.timestamp_slot = raw_slot("@timestamp");
    std::vector<Command>& commands = query_.commands;
    add_implied_commands(query_);
    for (Command& command : commands) {
      used_.emplace_back();
      TRY_VOID(plan(command));
    }
    TRY_VOID(make_subqueries());
    delay_sorts(query_, used_);
    used_.emplace_back();
    TRY_VOID(choose_outputs(wanted));
    find_live_slots();
    return std::make_shared<const Plan>(std::move(plan_));
  }

 private:
  int new_slot(std::string name) {
    plan_.slots.push_back({.name = std::move(name)});
    return static_cast<int>(plan_.slots.size() - 1);
  }

  // The slot of a field that events have by themselves.
  int raw_slot(const std::string& name) {
    auto [found, is_new] = raw_.try_emplace(name, 0);
    if (!is_new) return found->second;
    found->second = new_slot(name);
    describe(plan_.slots.back());
    return found->second;
  }

  void use(int slot) { used_.back().insert(slot); }

  // Where a name's value stands; within a structure where `path` is set.
  Done resolve(Expression& field) {
    if (auto place = find_defined(field.name)) {
      field.slot = place->first;
      field.path = place->second;
    } else if (is_closed_) {
      return std::unexpected(
          SyntaxError{"Unknown symbols found in or after stats: " + field.name, field.begin, field.end});
    } else {
      field.slot = raw_slot(field.name);
    }
    use(field.slot);
    return {};
  }

  std::optional<std::pair<int, std::string>> find_defined(const std::string& name) {
    for (std::size_t end = name.size(); end != std::string::npos && end > 0; end = name.rfind('.', end - 1)) {
      auto found = defined_.find(name.substr(0, end));
      if (found != defined_.end())
        return std::pair(found->second, end < name.size() ? name.substr(end + 1) : std::string());
    }
    if (!join_) return std::nullopt;
    if (name.starts_with(join_->left + ".")) {
      std::string own = name.substr(join_->left.size() + 1);
      if (auto found = defined_.find(own); found != defined_.end()) return std::pair(found->second, std::string());
      return std::pair(raw_slot(own), std::string());
    }
    if (!name.starts_with(join_->right + ".")) return std::nullopt;
    int slot = new_slot(name);
    join_->wanted.push_back({name.substr(join_->right.size() + 1), slot});
    defined_[name] = slot;
    return std::pair(slot, std::string());
  }

  Done resolve_all(Expression* expression) {
    if (!expression) return {};
    if (expression->kind == Expression::Kind::kField) return resolve(*expression);
    for (auto& argument : expression->arguments) TRY_VOID(resolve_all(argument.get()));
    return {};
  }

  // Finds a slot for each column; those with names of their own are known to the commands that follow.
  Done name_columns(std::vector<Column>& columns) {
    std::vector<std::pair<std::string, int>> made;
    for (Column& column : columns) {
      TRY_VOID(resolve_all(column.expression.get()));
      const Expression& given = *column.expression;
      bool is_plain = given.kind == Expression::Kind::kField && given.path.empty() && given.name == column.name;
      column.slot = is_plain ? given.slot : new_slot(column.name);
      if (!is_plain) made.emplace_back(column.name, column.slot);
    }
    for (auto& [name, slot] : made) defined_[name] = slot;
    return {};
  }

  void show(const std::string& name, int slot) {
    for (Output& output : plan_.outputs) {
      if (output.name != name) continue;
      output.slot = slot;
      return;
    }
    plan_.outputs.push_back({name, slot});
  }

  Done plan(Command& command) {
    for (SortKey& key : command.keys) TRY_VOID(resolve_all(key.expression.get()));
    TRY_VOID(resolve_all(command.expression.get()));
    switch (command.kind) {
      case Command::Kind::kFields:
      case Command::Kind::kDisplay:
        TRY_VOID(name_columns(command.columns));
        if (command.kind == Command::Kind::kDisplay) plan_.outputs.clear();
        for (const Column& column : command.columns) show(column.name, column.slot);
        is_displayed_ |= command.kind == Command::Kind::kDisplay;
        is_chosen_ = true;
        return {};
      case Command::Kind::kLookup:
        for (auto& [column, own] : command.lookup->matches) TRY_VOID(resolve_all(own.get()));
        [[fallthrough]];
      case Command::Kind::kParse:
      case Command::Kind::kUnnest:
        for (Column& column : command.columns) {
          if (column.name.empty()) continue;
          column.slot = defined_[column.name] = new_slot(column.name);
          // A map of pairs is no field itself.
          bool is_logfmt = command.kind == Command::Kind::kParse && command.glob.empty() && !command.regex;
          if (!is_displayed_ && !is_logfmt) show(column.name, column.slot);
        }
        return {};
      case Command::Kind::kUnmask:
        for (Column& column : command.columns) {
          TRY_VOID(resolve_all(column.expression.get()));
          if (column.expression->slot >= 0)
            plan_.slots[static_cast<std::size_t>(column.expression->slot)].is_unmasked = true;
        }
        return {};
      case Command::Kind::kDedup:
        for (Column& column : command.columns) TRY_VOID(resolve_all(column.expression.get()));
        return {};
      case Command::Kind::kStats: return plan_stats(command);
      case Command::Kind::kPattern:
      case Command::Kind::kDiff: plan_pattern(command); return {};
      case Command::Kind::kJoin:
        TRY_VOID(resolve_all(command.join->left_key.get()));
        join_ = &*command.join;
        return {};
      default: return {};
    }
  }

  // After stats there is nothing but its results.
  Done plan_stats(Command& command) {
    for (Aggregate& aggregate : command.aggregates) {
      TRY_VOID(resolve_all(aggregate.argument.get()));
      use(plan_.timestamp_slot);
    }
    for (Column& group : command.groups) {
      TRY_VOID(resolve_all(group.expression.get()));
      group.slot = new_slot(group.name);
    }
    close();
    for (const Column& group : command.groups) {
      defined_[group.name] = group.slot;
      show(group.name, group.slot);
    }
    return finish_stats(command);
  }

  Done finish_stats(Command& command) {
    for (Column& column : command.columns) {
      TRY_VOID(resolve_all(column.expression.get()));
      column.slot = new_slot(column.name);
    }
    for (const Column& column : command.columns) {
      defined_[column.name] = column.slot;
      show(column.name, column.slot);
    }
    return {};
  }

  void close() {
    defined_.clear();
    plan_.outputs.clear();
    join_ = nullptr;
    is_closed_ = is_chosen_ = true;
    is_displayed_ = false;
  }

  void plan_pattern(Command& command) {
    close();
    auto make = [&](auto& names) {
      for (std::string_view name : names) {
        Column& column = command.columns.emplace_back();
        column.name = name;
        column.slot = defined_[column.name] = new_slot(column.name);
        show(column.name, column.slot);
      }
    };
    if (command.kind == Command::Kind::kPattern) {
      make(kPatternColumns);
    } else {
      make(kDiffColumns);
    }
  }

  // The right side of a join must show what is asked of it, which is known by now.
  Done make_subqueries() {
    std::vector<std::optional<std::vector<std::string>>> wanted(query_.subqueries.size());
    for (Command& command : query_.commands) {
      if (!command.join) continue;
      auto& fields = wanted[command.join->subquery].emplace();
      fields.push_back(command.join->right_field);
      for (const Join::Wanted& want : command.join->wanted) fields.push_back(want.field);
    }
    for (std::size_t i = 0; i < query_.subqueries.size(); ++i)
      plan_.subqueries.push_back(TRY(make_plan(std::move(query_.subqueries[i]), wanted[i] ? &*wanted[i] : nullptr)));
    return {};
  }

  Done choose_outputs(const std::vector<std::string>* wanted) {
    if (wanted) {
      plan_.outputs.clear();
      for (const std::string& name : *wanted) {
        Column column{.expression = std::make_unique<Expression>(), .name = name};
        column.expression->kind = Expression::Kind::kField;
        column.expression->name = name;
        TRY_VOID(resolve(*column.expression));
        // What lies inside of a structure must be taken out of it.
        bool is_inside = !column.expression->path.empty();
        column.slot = is_inside ? new_slot(name) : column.expression->slot;
        plan_.outputs.push_back({name, column.slot});
        if (!is_inside) continue;
        Command& fields = query_.commands.emplace_back(Command{.kind = Command::Kind::kFields});
        fields.columns.push_back(std::move(column));
        used_.emplace_back();
      }
    } else if (!is_chosen_) {
      std::vector<Output> made = std::move(plan_.outputs);
      plan_.outputs = {{"@timestamp", raw_slot("@timestamp")}, {"@message", raw_slot("@message")}};
      for (Output& output : made) show(output.name, output.slot);
    }
    if (!wanted && !is_closed_) show("@ptr", raw_slot("@ptr"));
    for (const Output& output : plan_.outputs) use(output.slot);
    return {};
  }

  void find_live_slots() {
    std::set<int> later;
    plan_.live.resize(used_.size());
    for (std::size_t i = used_.size(); i-- > 0;) {
      later.insert(used_[i].begin(), used_[i].end());
      for (int slot : later) {
        // These follow from which event it is.
        Slot::Origin origin = plan_.slots[static_cast<std::size_t>(slot)].origin;
        if (origin != Slot::Origin::kTimestamp && origin != Slot::Origin::kPointer && origin != Slot::Origin::kLog)
          plan_.live[i].push_back(slot);
      }
    }
  }

  Plan plan_;
  Query& query_;
  std::map<std::string, int> raw_, defined_;
  std::vector<std::set<int>> used_;  // by command
  Join* join_ = nullptr;
  bool is_closed_ = false;     // events are over: after stats and pattern
  bool is_chosen_ = false;     // the query says what it shows
  bool is_displayed_ = false;  // by `display`
};

}  // namespace

std::expected<std::shared_ptr<const Plan>, SyntaxError> make_plan(std::unique_ptr<Query> query,
                                                                  const std::vector<std::string>* wanted) {
  return Planner(std::move(query)).make(wanted);
}

}  // namespace aws::log_query
