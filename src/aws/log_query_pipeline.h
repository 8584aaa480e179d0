#pragma once

#include "aws/log_lookup_table.h"
#include "aws/log_query_stages.h"

namespace aws::log_query {

// A query at work: rows go through its commands one after the other, and wait at those that must see all of them.
class Pipeline {
 public:
  Pipeline(std::shared_ptr<const Plan> plan, const LogQueryRun::Settings& settings,
           std::vector<LogQueryResult> subqueries);

  bool add(const LogQueryEvent& event);
  LogQueryResult finish();

 private:
  // False: no further rows are wanted.
  bool feed(std::size_t at);
  bool unnest(const Command& command, std::size_t at);
  bool join(const Command& command, std::size_t at);
  void look_up(const Command& command, std::size_t at);
  bool is_new(std::size_t at);
  void prepare_lookup(const Command& command, std::size_t at);
  void show();
  void prepare_subqueries(std::vector<LogQueryResult> subqueries);
  std::size_t wanted_after(std::size_t at) const;
  std::int64_t limit_of(const Command& command) const { return command.count > 0 ? command.count : settings_.limit; }

  std::shared_ptr<const Plan> plan_;
  const LogQueryRun::Settings settings_;
  const std::vector<Command>& commands_;
  Frame frame_;
  std::vector<std::unique_ptr<Stage>> stages_;         // by command; null: works row by row
  std::vector<std::int64_t> passed_;                   // rows that each limit has let through
  std::vector<std::unordered_set<std::string>> seen_;  // by each dedup
  std::vector<LogQueryResult> joined_;                 // right sides, by subquery
  std::vector<std::unordered_multimap<std::string, std::size_t>> joined_by_key_;
  // A table as a lookup finds its rows: by the values that must match; of several the first.
  struct LookupIndex {
    std::shared_ptr<const LogLookupTable> table;
    std::unordered_map<std::string, std::size_t> rows;
    std::vector<std::size_t> outputs;
  };
  std::map<std::size_t, LookupIndex> lookups_;  // by command
  bool counts_ = false;                         // the row at work is an event's first
  LogQueryResult result_;
};

}  // namespace aws::log_query
