#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/log_lookup_table.h"
#include "aws/log_query.h"
#include "services/logs/group.h"

// Queries of CloudWatch Logs Insights: asked, run beside the lane, and read page by page.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AnalyzingLogData.html
namespace logs {

struct Query {
  std::string id, text;
  std::vector<std::string> groups;  // names
  bool names_source = false;        // the groups are those of the text's SOURCE
  std::int64_t from_ms = 0, to_ms = 0, limit = 0;
  std::string status;
  std::string user_arn;
  std::int64_t created_ms = 0, ended_ms = 0;
  std::int64_t scanned = 0, matched = 0, scanned_bytes = 0, result_count = 0;

  bool is_open() const { return status == "Scheduled" || status == "Running"; }

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("text", self.text);
    field("groups", self.groups);
    field("names_source", self.names_source);
    field("from_ms", self.from_ms);
    field("to_ms", self.to_ms);
    field("limit", self.limit);
    field("status", self.status);
    field("user_arn", self.user_arn);
    field("created_ms", self.created_ms);
    field("ended_ms", self.ended_ms);
    field("scanned", self.scanned);
    field("matched", self.matched);
    field("scanned_bytes", self.scanned_bytes);
    field("result_count", self.result_count);
  }
};

struct OpenQuery {
  static void fields(auto&, auto&) {}
};

// Some rows of a result, each a list of names and values in turn.
struct ResultPage {
  std::vector<std::vector<std::string>> rows;

  static void fields(auto& self, auto& field) { field("rows", self.rows); }
};

struct QueryDefinition {
  std::string id, name, text, language, client_token;
  std::vector<std::string> groups;
  std::string parameters;  // JSON, as given; empty: none
  std::int64_t modified_ms = 0;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("name", self.name);
    field("text", self.text);
    field("language", self.language);
    field("client_token", self.client_token);
    field("groups", self.groups);
    field("parameters", self.parameters);
    field("modified_ms", self.modified_ms);
  }
};

inline constexpr store::Table<Query> kQueries{"logs.queries"};                          // key: id
inline constexpr store::Table<OpenQuery> kOpenQueries{"logs.open_queries"};             // key: id; those not over yet
inline constexpr store::Table<ResultPage> kResultPages{"logs.query_results"};           // key: query id, page
inline constexpr store::Table<QueryDefinition> kDefinitions{"logs.query_definitions"};  // key: id

inline constexpr std::int64_t kResultPageRows = 500;

// queries.cc: the groups that SOURCE names in a query. Errors: ResourceNotFoundException.
Result<std::vector<OpenGroup>> source_groups(Call& call, const aws::LogQuerySource& source);

// lookup_tables.cc: the tables that a query looks into. Errors: ResourceNotFoundException; MalformedQueryException, for
// columns that a table does not have.
using LookupTables = std::map<std::string, std::shared_ptr<const aws::LogLookupTable>>;
Result<LookupTables> open_lookup_tables(Call& call, const aws::LogQuery& query);

// queries_run.cc: begins a query that has been asked, and runs it.
Result<void> run_query(Call& call, const kernel::Event& event);
void emit_query(Call& call, const std::string& id, std::string_view type);
// Removes a query and its results a week after it was asked.
Result<void> forget_query(Call& call, std::string_view id);
inline constexpr kernel::Timer kForgetQuery{"logs.forget_query", forget_query};

// queries_indexes.cc: the fields that are indexed: by default, and by the policy of the group or else of its account.
std::vector<std::string> indexed_fields(Call& call, const OpenGroup& group);

}  // namespace logs
