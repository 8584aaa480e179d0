#include "aws/log_query_stages.h"

namespace aws::log_query {
namespace {

// Keeps no more rows than are wanted: those that stand first so far, as a heap with the last of them on top.
class Sort : public Stage {
 public:
  Sort(const Command& command, const std::vector<int>& live, std::size_t limit)
      : command_(command), live_(live), limit_(limit), keys_(command.keys.size()) {}

  void take(Frame& frame) override {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      keys_[i] = evaluate(*command_.keys[i].expression, frame);
      // Numbers that came as texts are read once.
      if (keys_[i].kind == Cell::Kind::kText)
        if (auto number = number_of(keys_[i])) keys_[i] = Cell::of_number(*number);
    }
    ++sequence_;
    auto before = [this](const Entry& left, const Entry& right) { return is_before(left, right); };
    if (rows_.size() < limit_) {
      rows_.push_back({frame.capture(live_, keys_), sequence_});
      std::push_heap(rows_.begin(), rows_.end(), before);
      return;
    }
    const Entry& last = rows_.front();
    if (!is_before(keys_.data(), sequence_, keys_of(last), last.sequence)) return;
    std::pop_heap(rows_.begin(), rows_.end(), before);
    rows_.back() = {frame.capture(live_, keys_), sequence_};
    std::push_heap(rows_.begin(), rows_.end(), before);
  }

  void finish(Frame& frame, const Send& send) override {
    std::sort(rows_.begin(), rows_.end(),
              [this](const Entry& left, const Entry& right) { return is_before(left, right); });
    for (const Entry& entry : rows_) {
      frame.begin(entry.row, live_);
      if (!send()) return;
    }
  }

 private:
  struct Entry {
    Row row;
    std::uint64_t sequence = 0;
  };

  const Cell* keys_of(const Entry& entry) const { return entry.row.cells.data() + live_.size(); }
  bool is_before(const Entry& left, const Entry& right) const {
    return is_before(keys_of(left), left.sequence, keys_of(right), right.sequence);
  }
  bool is_before(const Cell* left, std::uint64_t left_sequence, const Cell* right, std::uint64_t right_sequence) const {
    bool is_descending = command_.keys[0].is_descending;
    for (std::size_t i = 0; i < command_.keys.size(); ++i) {
      int first = left[i].kind == Cell::Kind::kText || right[i].kind == Cell::Kind::kText ||
                          left[i].kind == Cell::Kind::kStructure || right[i].kind == Cell::Kind::kStructure
                      ? order(left[i], right[i], arena_)
                      : order_numbers(left[i], right[i]);
      if (first != 0) return command_.keys[i].is_descending ? first > 0 : first < 0;
    }
    // Equal ones stand as they came, or the other way round, so that the newest come first when times fall.
    return is_descending ? left_sequence > right_sequence : left_sequence < right_sequence;
  }
  static int order_numbers(const Cell& left, const Cell& right) {
    if (left.is_nothing() || right.is_nothing()) return int(right.is_nothing()) - int(left.is_nothing());
    return left.number < right.number ? -1 : left.number > right.number ? 1 : 0;
  }

  const Command& command_;
  const std::vector<int>& live_;
  const std::size_t limit_;
  std::vector<Cell> keys_;
  std::uint64_t sequence_ = 0;
  std::vector<Entry> rows_;
  mutable Arena arena_;
};

}  // namespace

std::unique_ptr<Stage> make_sort(const Command& command, const std::vector<int>& live, std::size_t limit) {
  return std::make_unique<Sort>(command, live, limit);
}

}  // namespace aws::log_query
