#include <cmath>

#include "aws/log_query_stages.h"
#include "base/json.h"

namespace aws::log_query {

void Aggregated::keep(const Cell& cell, Arena& arena) {
  kind = cell.kind;
  if (kind == Cell::Kind::kNumber || kind == Cell::Kind::kTime) {
    sum = cell.number;
  } else {
    kind = Cell::Kind::kText;
    text = text_of(cell, arena);
  }
}

// Times are given as milliseconds.
Cell Aggregated::kept() const {
  if (kind == Cell::Kind::kNothing) return {};
  return kind == Cell::Kind::kText ? Cell::of_text(text) : Cell::of_number(sum);
}

void Aggregated::add(const Aggregate& aggregate, const Cell& cell, double event_ms, Arena& arena) {
  using Kind = Aggregate::Kind;
  if (aggregate.argument && cell.is_nothing()) return;
  auto number = [&] { return number_of(cell); };
  switch (aggregate.kind) {
    case Kind::kCount: ++count; return;
    case Kind::kCountDistinct: {
      std::string_view value = text_of(cell, arena);
      distinct.emplace(value);
      return;
    }
    case Kind::kSum:
    case Kind::kAverage:
      if (auto value = number()) {
        ++count;
        sum += *value;
      }
      return;
    case Kind::kDeviation:
      if (auto value = number()) {
        double before = *value - mean;
        mean += before / static_cast<double>(++count);
        squares += before * (*value - mean);
      }
      return;
    case Kind::kPercentile:
      if (auto value = number()) numbers.push_back(*value);
      return;
    case Kind::kMinimum:
    case Kind::kMaximum: {
      // A number that came as a text counts as one.
      auto value = number();
      Cell given = value ? Cell::of_number(*value) : cell;
      int wanted = aggregate.kind == Kind::kMinimum ? -1 : 1;
      if (kind == Cell::Kind::kNothing || order(given, kept(), arena) * wanted > 0) keep(given, arena);
      return;
    }
    case Kind::kFirst:
    case Kind::kLast: {
      std::string_view value = text_of(cell, arena);
      bool is_better = aggregate.kind == Kind::kFirst ? value < text : value > text;
      if (kind == Cell::Kind::kNothing || is_better) text = value;
      kind = Cell::Kind::kText;
      return;
    }
    case Kind::kEarliest:
    case Kind::kLatest: {
      bool is_better = aggregate.kind == Kind::kEarliest ? event_ms < time_ms : event_ms >= time_ms;
      if (kind != Cell::Kind::kNothing && !is_better) return;
      time_ms = event_ms;
      keep(cell, arena);
      return;
    }
    case Kind::kValues: {
      std::string value(text_of(cell, arena));
      if (distinct.insert(value).second) values.push_back(std::move(value));
      return;
    }
  }
}

Cell Aggregated::result(const Aggregate& aggregate, Arena& arena) {
  using Kind = Aggregate::Kind;
  switch (aggregate.kind) {
    case Kind::kCount: return Cell::of_number(static_cast<double>(count));
    case Kind::kCountDistinct: return Cell::of_number(static_cast<double>(distinct.size()));
    case Kind::kSum: return count > 0 ? Cell::of_number(sum) : Cell{};
    case Kind::kAverage: return count > 0 ? Cell::of_number(sum / static_cast<double>(count)) : Cell{};
    case Kind::kDeviation: return count > 0 ? Cell::of_number(std::sqrt(squares / static_cast<double>(count))) : Cell{};
    case Kind::kPercentile: {
      if (numbers.empty()) return {};
      std::sort(numbers.begin(), numbers.end());
      double place = aggregate.percentile / 100 * static_cast<double>(numbers.size() - 1);
      auto below = static_cast<std::size_t>(place);
      double above = numbers[std::min(below + 1, numbers.size() - 1)];
      return Cell::of_number(numbers[below] + (above - numbers[below]) * (place - static_cast<double>(below)));
    }
    case Kind::kValues: {
      base::Value::List list(values.begin(), values.end());
      return list.empty() ? Cell{} : Cell::of_structure(arena.keep_structure(base::Value(std::move(list))));
    }
    default: return kept();
  }
}

namespace {

struct HashText {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

class Stats : public Stage {
 public:
  Stats(const Plan& plan, const Command& command) : plan_(plan), command_(command) {
    keys_.resize(command.groups.size());
  }

  void take(Frame& frame) override {
    key_.clear();
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      keys_[i] = evaluate(*command_.groups[i].expression, frame);
      append_key(keys_[i], frame.arena());
    }
    auto found = places_.find(std::string_view(key_));
    if (found == places_.end()) {
      found = places_.emplace(key_, groups_.size()).first;
      groups_.push_back({frame.capture({}, keys_), std::vector<Aggregated>(command_.aggregates.size())});
    }
    Group& group = groups_[found->second];
    for (std::size_t i = 0; i < command_.aggregates.size(); ++i) {
      const Aggregate& aggregate = command_.aggregates[i];
      if (!aggregate.argument) {
        ++group.values[i].count;
        continue;
      }
      bool needs_time = aggregate.kind == Aggregate::Kind::kEarliest || aggregate.kind == Aggregate::Kind::kLatest;
      double time_ms = needs_time ? frame.get(plan_.timestamp_slot).number : 0;
      group.values[i].add(aggregate, evaluate(*aggregate.argument, frame), time_ms, frame.arena());
    }
  }

  // Groups of times come newest first, others by their names.
  void finish(Frame& frame, const Send& send) override {
    frame.begin();
    std::sort(groups_.begin(), groups_.end(), [&](const Group& left, const Group& right) {
      for (std::size_t i = 0; i < keys_.size(); ++i) {
        int way = left.keys.cells[i].kind == Cell::Kind::kTime ? -1 : 1;
        if (int first = order(left.keys.cells[i], right.keys.cells[i], frame.arena()) * way) return first < 0;
      }
      return false;
    });
    std::vector<Cell> results(command_.aggregates.size());
    for (Group& group : groups_) {
      frame.begin();
      for (std::size_t i = 0; i < keys_.size(); ++i) frame.set(command_.groups[i].slot, group.keys.cells[i]);
      for (std::size_t i = 0; i < results.size(); ++i)
        results[i] = group.values[i].result(command_.aggregates[i], frame.arena());
      frame.aggregates = &results;
      for (const Column& column : command_.columns) frame.set(column.slot, evaluate(*column.expression, frame));
      if (!send()) return;
    }
  }

 private:
  struct Group {
    Row keys;
    std::vector<Aggregated> values;
  };

  void append_key(const Cell& cell, Arena& arena) {
    if (cell.kind == Cell::Kind::kNumber || cell.kind == Cell::Kind::kTime) {
      key_ += '\1';
      key_.append(reinterpret_cast<const char*>(&cell.number), sizeof cell.number);
      return;
    }
    std::string_view text = text_of(cell, arena);
    key_ += cell.is_nothing() ? '\0' : '\2';
    auto size = static_cast<std::uint32_t>(text.size());
    key_.append(reinterpret_cast<const char*>(&size), sizeof size);
    key_ += text;
  }

  const Plan& plan_;
  const Command& command_;
  std::vector<Cell> keys_;
  std::string key_;
  std::unordered_map<std::string, std::size_t, HashText, std::equal_to<>> places_;
  std::vector<Group> groups_;
};

}  // namespace

std::unique_ptr<Stage> make_stats(const Plan& plan, const Command& command) {
  return std::make_unique<Stats>(plan, command);
}

}  // namespace aws::log_query
