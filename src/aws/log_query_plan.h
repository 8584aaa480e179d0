#pragma once

#include <map>
#include <set>

#include "aws/log_query_fields.h"
#include "aws/log_query_syntax.h"

// A query made ready to run: each name it uses is a slot, which says where its values come from.
namespace aws::log_query {

struct Slot {
  enum class Origin {
    kComputed,
    kTimestamp,
    kIngestionTime,
    kMessage,
    kPointer,
    kStream,
    kLog,
    kLambda,
    kJson,
  };
  std::string name;
  Origin origin = Origin::kComputed;
  std::size_t lambda_index = 0;
  bool is_unmasked = false;
};

struct Output {
  std::string name;
  int slot;
};

struct Plan {
  std::unique_ptr<Query> query;
  std::vector<std::shared_ptr<const Plan>> subqueries;
  std::vector<Slot> slots;
  std::vector<Output> outputs;
  int timestamp_slot = 0;
  // For each command, the slots whose values it or what follows needs; the last entry: those of the results.
  std::vector<std::vector<int>> live;
};

// `wanted`: the fields that the results must have, in place of those the query shows; for the right side of a join.
std::expected<std::shared_ptr<const Plan>, SyntaxError> make_plan(std::unique_ptr<Query> query,
                                                                  const std::vector<std::string>* wanted = nullptr);

// log_query_order.cc: events come newest first where nothing else is asked for, and there is a limit always.
void add_implied_commands(Query& query);
// Sorting comes as late as it can: fewer rows are left then, and the limit tells how many of them are worth keeping.
// What it is passed by makes new slots only, so its keys mean the same. `used`: slots, by command.
void delay_sorts(Query& query, std::vector<std::set<int>>& used);

// The columns that `pattern` makes, in this order, and with `diff`.
inline constexpr std::string_view kPatternColumns[] = {"@pattern", "@sampleCount", "@ratio", "@severityLabel"};
inline constexpr std::string_view kDiffColumns[] = {"@pattern", "@sampleCount", "@differenceCount",
                                                    "@differenceDescription", "@severityLabel"};

}  // namespace aws::log_query
