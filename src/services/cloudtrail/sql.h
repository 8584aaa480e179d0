#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/value.h"

// The query language of event data stores: a SELECT in the dialect of Trino, rewritten for SQLite and run by it over a
// table in memory. docs/design says why. Errors: "InvalidQueryStatementException".
namespace cloudtrail {

inline std::unexpected<base::Error> refuse_sql(std::string message) {
  return base::fail("InvalidQueryStatementException", std::move(message));
}

// A statement as SQLite reads it, and the ids of the event data stores it names.
struct RewrittenSql {
  std::string text;
  std::vector<std::string> store_ids;
};
base::Result<RewrittenSql> rewrite_sql(std::string_view statement);

struct SqlResult {
  std::vector<std::vector<std::pair<std::string, std::string>>> rows;
  std::int64_t scanned = 0, bytes = 0;
};

// Whether the statement can be run at all.
base::Result<void> check_sql(const RewrittenSql& sql, std::int64_t now_ms);

// Calls `load` once for every store named, which calls `add` for every event of it. Further error: "TimedOut".
using AddEvent = std::function<void(base::Value record, std::size_t bytes)>;
base::Result<SqlResult> run_sql(const RewrittenSql& sql, std::int64_t now_ms,
                                const std::function<void(const std::string& store_id, const AddEvent& add)>& load);

}  // namespace cloudtrail
