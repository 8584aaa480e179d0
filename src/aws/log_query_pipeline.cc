#include "aws/log_query_pipeline.h"

namespace aws::log_query {

namespace {

// Values in a row, told apart by their lengths.
void append_key(std::string& key, std::string_view text) {
  key += std::to_string(text.size()) + ':';
  key += text;
}

}  // namespace

Pipeline::Pipeline(std::shared_ptr<const Plan> plan, const LogQueryRun::Settings& settings,
                   std::vector<LogQueryResult> subqueries)
    : plan_(std::move(plan)),
      settings_(settings),
      commands_(plan_->query->commands),
      frame_(*plan_, settings.now_ms),
      stages_(commands_.size()),
      passed_(commands_.size()),
      seen_(commands_.size()) {
  for (std::size_t i = 0; i < commands_.size(); ++i) {
    const Command& command = commands_[i];
    if (command.kind == Command::Kind::kStats) {
      stages_[i] = make_stats(*plan_, command);
    } else if (command.kind == Command::Kind::kSort) {
      stages_[i] = make_sort(command, plan_->live[i + 1], wanted_after(i));
    } else if (command.kind == Command::Kind::kPattern) {
      bool compares = i + 1 < commands_.size() && commands_[i + 1].kind == Command::Kind::kDiff;
      stages_[i] = make_pattern(command, compares ? &commands_[i + 1] : nullptr);
    } else if (command.kind == Command::Kind::kLookup) {
      prepare_lookup(command, i);
    }
  }
  prepare_subqueries(std::move(subqueries));
}

// A subquery that filters gives the values of one field: the one of the same name, or else its first.
void Pipeline::prepare_subqueries(std::vector<LogQueryResult> subqueries) {
  joined_.resize(subqueries.size());
  joined_by_key_.resize(subqueries.size());
  for (std::size_t i = 0; i < subqueries.size(); ++i) {
    const auto& outputs = plan_->subqueries[i]->outputs;
    std::string name = outputs.empty() ? std::string() : outputs[0].name;
    for (const Command& command : commands_) {
      if (command.join && command.join->subquery == i) name = command.join->right_field;
    }
    std::vector<std::string> values;
    for (std::size_t row = 0; row < subqueries[i].rows.size(); ++row) {
      for (const auto& [field, value] : subqueries[i].rows[row]) {
        if (field != name) continue;
        values.push_back(value);
        joined_by_key_[i].emplace(value, row);
      }
    }
    frame_.remember(i, std::move(values));
    joined_[i] = std::move(subqueries[i]);
  }
}

// How many rows at most anybody needs of a sort.
std::size_t Pipeline::wanted_after(std::size_t at) const {
  for (std::size_t i = at + 1; i < commands_.size(); ++i) {
    switch (commands_[i].kind) {
      case Command::Kind::kLimit: return static_cast<std::size_t>(limit_of(commands_[i]));
      case Command::Kind::kFields:
      case Command::Kind::kDisplay:
      case Command::Kind::kParse:
      case Command::Kind::kUnmask: continue;
      default: return std::numeric_limits<std::size_t>::max();
    }
  }
  return std::numeric_limits<std::size_t>::max();
}

bool Pipeline::add(const LogQueryEvent& event) {
  frame_.begin(event);
  if (!event.is_earlier) {
    ++result_.scanned;
    result_.scanned_bytes += static_cast<std::int64_t>(event.message.size());
  }
  counts_ = !event.is_earlier;
  return feed(0);
}

bool Pipeline::feed(std::size_t at) {
  for (; at < commands_.size(); ++at) {
    const Command& command = commands_[at];
    switch (command.kind) {
      case Command::Kind::kFields:
      case Command::Kind::kDisplay:
        for (const Column& column : command.columns) {
          bool is_plain = column.expression->kind == Expression::Kind::kField && column.expression->slot == column.slot;
          if (!is_plain) frame_.set(column.slot, evaluate(*column.expression, frame_));
        }
        continue;
      case Command::Kind::kFilter:
      case Command::Kind::kFilterIndex:
        if (!passes(*command.expression, frame_)) return true;
        continue;
      case Command::Kind::kParse: run_parse(command, frame_); continue;
      case Command::Kind::kLookup: look_up(command, at); continue;
      case Command::Kind::kUnmask:
      case Command::Kind::kDiff: continue;
      case Command::Kind::kUnnest: return unnest(command, at);
      case Command::Kind::kJoin: return join(command, at);
      default: break;
    }
    if (counts_) ++result_.matched;
    counts_ = false;
    if (stages_[at]) {
      stages_[at]->take(frame_);
      return true;
    }
    if (command.kind == Command::Kind::kDedup && !is_new(at)) return true;
    if (command.kind == Command::Kind::kLimit && passed_[at]++ >= limit_of(command)) return false;
  }
  show();
  return true;
}

// A row for each element; what is no list is one element.
bool Pipeline::unnest(const Command& command, std::size_t at) {
  Cell given = evaluate(*command.expression, frame_);
  if (given.kind != Cell::Kind::kStructure || !given.structure->is_list()) {
    frame_.set(command.columns[0].slot, given);
    return feed(at + 1);
  }
  // Commands that follow put their own values over those of the element before.
  for (const base::Value& element : given.structure->list()) {
    frame_.set(command.columns[0].slot, cell_of(element, frame_.arena()));
    if (!feed(at + 1)) return false;
  }
  return true;
}

bool Pipeline::join(const Command& command, std::size_t at) {
  const Join& join = *command.join;
  Cell key = evaluate(*join.left_key, frame_);
  auto [first, last] = joined_by_key_[join.subquery].equal_range(std::string(text_of(key, frame_.arena())));
  bool is_matched = !key.is_nothing() && first != last;
  if (!is_matched && !join.keeps_unmatched) return true;
  for (const Join::Wanted& want : join.wanted) frame_.set(want.slot, {});
  if (!is_matched) return feed(at + 1);
  for (; first != last; ++first) {
    const auto& row = joined_[join.subquery].rows[first->second];
    for (const Join::Wanted& want : join.wanted) {
      Cell cell;
      for (const auto& [name, value] : row)
        if (name == want.field) cell = Cell::of_text(value);
      frame_.set(want.slot, cell);
    }
    if (!feed(at + 1)) return false;
  }
  return true;
}

// Who asks has seen to it that the table is there and has the columns.
void Pipeline::prepare_lookup(const Command& command, std::size_t at) {
  auto given = settings_.tables.find(command.lookup->table);
  if (given == settings_.tables.end()) return;
  LookupIndex index{.table = given->second};
  std::vector<std::size_t> keys;
  for (const auto& [name, own] : command.lookup->matches) keys.push_back(index.table->column(name).value_or(0));
  for (const Column& column : command.columns) index.outputs.push_back(index.table->column(column.name).value_or(0));
  for (std::size_t row = 0; row < index.table->rows().size(); ++row) {
    std::string key;
    for (std::size_t place : keys) append_key(key, index.table->rows()[row][place]);
    index.rows.emplace(std::move(key), row);
  }
  lookups_.emplace(at, std::move(index));
}

void Pipeline::look_up(const Command& command, std::size_t at) {
  std::string key;
  bool is_whole = lookups_.contains(at);
  for (const auto& [name, own] : command.lookup->matches) {
    Cell cell = evaluate(*own, frame_);
    is_whole = is_whole && !cell.is_nothing();
    append_key(key, text_of(cell, frame_.arena()));
  }
  const std::vector<std::string>* row = nullptr;
  if (is_whole) {
    const LookupIndex& index = lookups_.at(at);
    auto found = index.rows.find(key);
    if (found != index.rows.end()) row = &index.table->rows()[found->second];
  }
  for (std::size_t i = 0; i < command.columns.size(); ++i)
    frame_.set(command.columns[i].slot, row ? Cell::of_text((*row)[lookups_.at(at).outputs[i]]) : Cell{});
}

// Rows of which a field is absent are all kept.
bool Pipeline::is_new(std::size_t at) {
  std::string key;
  for (const Column& column : commands_[at].columns) {
    Cell cell = evaluate(*column.expression, frame_);
    if (cell.is_nothing()) return true;
    append_key(key, text_of(cell, frame_.arena()));
  }
  return seen_[at].insert(std::move(key)).second;
}

void Pipeline::show() {
  LogQueryResult::Row row;
  for (const Output& output : plan_->outputs) {
    const Cell& cell = frame_.get(output.slot);
    if (!cell.is_nothing()) row.emplace_back(output.name, text_of(cell, frame_.arena()));
  }
  result_.rows.push_back(std::move(row));
}

LogQueryResult Pipeline::finish() {
  counts_ = false;
  for (std::size_t at = 0; at < stages_.size(); ++at)
    if (stages_[at]) stages_[at]->finish(frame_, [&] { return feed(at + 1); });
  return std::move(result_);
}

}  // namespace aws::log_query
