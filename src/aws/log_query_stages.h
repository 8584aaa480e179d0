#pragma once

#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "aws/log_query_frame.h"

// Commands that must have seen all rows before they can say anything.
namespace aws::log_query {

class Stage {
 public:
  // Sends a row on: it has been put into the frame.
  using Send = std::function<bool()>;

  virtual ~Stage() = default;
  virtual void take(Frame& frame) = 0;
  // False from `send`: enough.
  virtual void finish(Frame& frame, const Send& send) = 0;
};

// One aggregate of one group.
struct Aggregated {
  std::int64_t count = 0;
  double sum = 0, squares = 0;  // sum of squared differences to the mean, for kDeviation
  double mean = 0, time_ms = 0;
  Cell::Kind kind = Cell::Kind::kNothing;  // of the value that is kept: a number in `sum`, a text in `text`
  std::string text;
  std::vector<double> numbers;
  std::unordered_set<std::string> distinct;
  std::vector<std::string> values;

  void add(const Aggregate& aggregate, const Cell& cell, double time_ms, Arena& arena);
  Cell result(const Aggregate& aggregate, Arena& arena);

 private:
  void keep(const Cell& cell, Arena& arena);
  Cell kept() const;
};

std::unique_ptr<Stage> make_stats(const Plan& plan, const Command& command);
// `limit`: how many of the first rows are wanted at most.
std::unique_ptr<Stage> make_sort(const Command& command, const std::vector<int>& live, std::size_t limit);
// `diff`: the command that follows, if it compares; then its columns are set, else those of `pattern`.
std::unique_ptr<Stage> make_pattern(const Command& command, const Command* diff);

}  // namespace aws::log_query
