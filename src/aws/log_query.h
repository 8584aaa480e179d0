#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Queries of CloudWatch Logs Insights: read once, run over events. Pure: who has the events feeds them.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
//
//   auto query = TRY(aws::LogQuery::read("filter level = 'ERROR' | stats count(*) by bin(5m)"));
//   aws::LogQueryRun run(query, {.now_ms = …}, {});
//   for (…) run.add(event);
//   aws::LogQueryResult result = run.finish();
namespace aws {

class LogLookupTable;

namespace log_query {
struct Plan;
class Pipeline;
}  // namespace log_query

struct LogQueryError {
  std::string message;
  int begin = 0, end = 0;  // which characters of the query are to blame; the end is excluded
};

// A log group as a query sees it.
struct LogQueryGroup {
  std::string log;  // @log: "000000000000:/aws/lambda/f"
  // @ptr of an event.
  std::function<std::string(std::uint64_t stream_id, std::int64_t timestamp_ms, std::uint64_t ordinal)> pointer_of;
  // What may be seen of a message; none: all.
  std::function<std::string(std::string_view message)> mask = nullptr;
  bool is_lambda = false;  // in lines of functions JSON is found where other text stands before it
};

struct LogQueryEvent {
  const LogQueryGroup* group = nullptr;
  std::int64_t timestamp_ms = 0, ingestion_ms = 0;
  std::uint64_t stream_id = 0, ordinal = 0;
  std::string_view stream, message;
  std::string_view transformed = {};  // JSON that a transformer has made of the message: fields are found there
  bool is_earlier = false;            // of the time that `diff` compares with
};

struct LogQueryResult {
  using Row = std::vector<std::pair<std::string, std::string>>;  // names and values; absent ones are left out
  std::vector<Row> rows;
  std::int64_t scanned = 0, matched = 0, scanned_bytes = 0;
};

// Which log groups the query names itself, by SOURCE.
struct LogQuerySource {
  bool is_given = false;
  std::vector<std::string> names, prefixes, accounts, classes;
};

class LogQuery {
 public:
  // Errors are worded as AWS words them.
  static std::expected<std::shared_ptr<const LogQuery>, LogQueryError> read(std::string_view text);
  explicit LogQuery(std::shared_ptr<const log_query::Plan> plan);

  LogQuerySource source() const;
  // Queries inside of this one; their results are handed to its run.
  std::vector<std::shared_ptr<const LogQuery>> subqueries() const;
  bool unmasks() const;
  // Fields of filterIndex: only groups with an index of each of them take part.
  std::vector<std::string> index_fields() const;
  // The tables that `lookup` looks into, those of subqueries too, and their columns that it names.
  std::map<std::string, std::vector<std::string>> lookups() const;
  // The time that `diff` compares with, for a query of [from, to).
  struct Span {
    std::int64_t from_ms = 0, to_ms = 0;
  };
  bool has_diff() const;
  Span earlier(Span span) const;

 private:
  friend class LogQueryRun;
  std::shared_ptr<const log_query::Plan> plan_;
};

// One run of a query. For one thread at a time.
class LogQueryRun {
 public:
  struct Settings {
    std::int64_t now_ms = 0;
    std::int64_t limit = 10'000;                                               // where the query has none
    std::map<std::string, std::shared_ptr<const LogLookupTable>> tables = {};  // by name
  };
  LogQueryRun(std::shared_ptr<const LogQuery> query, const Settings& settings, std::vector<LogQueryResult> subqueries);
  ~LogQueryRun();

  // Views are used during the call only. False: the query has all that it wants (limit any).
  bool add(const LogQueryEvent& event);
  // Once, at the end.
  LogQueryResult finish();

 private:
  std::shared_ptr<const LogQuery> query_;
  std::unique_ptr<log_query::Pipeline> pipeline_;
};

}  // namespace aws
