#pragma once

#include "aws/log_query.h"
#include "aws/log_query_plan.h"

namespace aws::log_query {

// Which event a row comes from; none after stats.
struct Identity {
  const LogQueryGroup* group = nullptr;
  std::uint64_t stream_id = 0, ordinal = 0;
  std::int64_t timestamp_ms = 0;
  bool is_earlier = false;
};

// Values taken out of a frame, to be put back later.
struct Row {
  Identity identity;
  std::vector<Cell> cells;  // of the slots that live on, and then whatever the stage keeps besides
  std::unique_ptr<char[]> bytes;
  std::vector<base::Value> structures;
};

// The row the query is at: the slots' values, found in the event when they are first asked for.
class Frame {
 public:
  Frame(const Plan& plan, std::int64_t now_ms);

  void begin(const LogQueryEvent& event);
  void begin();  // a row that comes from no event
  void begin(const Row& row, const std::vector<int>& slots);
  Row capture(const std::vector<int>& slots, const std::vector<Cell>& besides = {});

  const Cell& get(int slot) {
    auto place = static_cast<std::size_t>(slot);
    if (set_in_[place] != turn_) load(place);
    return cells_[place];
  }
  void set(int slot, const Cell& cell) {
    auto place = static_cast<std::size_t>(slot);
    cells_[place] = cell;
    set_in_[place] = turn_;
  }

  const Identity& identity() const { return identity_; }
  Arena& arena() { return arena_; }
  std::int64_t now_ms() const { return now_ms_; }
  // What the aggregates of a stats command gave, and the values that a subquery did.
  const std::vector<Cell>* aggregates = nullptr;
  std::vector<std::string_view> scratch;  // for whom it helps to allocate nothing
  bool is_one_of(std::size_t subquery, std::string_view text) const;
  void remember(std::size_t subquery, std::vector<std::string> values);

 private:
  // Fields of JSON as everybody sees them, and unmasked.
  struct JsonSlots {
    JsonFields fields;
    std::vector<std::size_t> slots;
  };

  void next_turn();
  void load(std::size_t slot);
  void find_json(JsonSlots& json, bool is_unmasked);
  std::string_view message(bool is_unmasked);
  std::string_view body(bool is_unmasked);  // where fields are found

  const Plan& plan_;
  const std::int64_t now_ms_;
  std::vector<Cell> cells_;
  std::vector<std::uint64_t> set_in_;  // the turn in which the cell was set
  std::uint64_t turn_ = 0;
  Arena arena_;
  const LogQueryEvent* event_ = nullptr;
  Identity identity_;
  JsonSlots json_, unmasked_json_;
  std::optional<std::string_view> masked_, masked_body_;
  std::optional<LambdaFields> lambda_;
  std::vector<std::vector<std::string>> subqueries_;  // sorted
};

Cell evaluate(const Expression& expression, Frame& frame);
// Whether a filter lets the row through. Comparisons with what is absent are neither true nor false.
bool passes(const Expression& condition, Frame& frame);
// Sets what `parse` finds.
void run_parse(const Command& command, Frame& frame);

// What stands at a path of a structure.
Cell member_at(const Cell& cell, std::string_view path, Arena& arena);

}  // namespace aws::log_query
