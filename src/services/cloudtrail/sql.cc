#include "services/cloudtrail/sql.h"

#include <sqlite3.h>

#include <array>
#include <memory>

#include "base/json.h"
#include "base/time_text.h"
#include "services/cloudtrail/sql_functions.h"
#include "services/cloudtrail/sql_times.h"

namespace cloudtrail {

namespace {

using base::Value;

constexpr int kStepsBetweenChecks = 100'000;
constexpr std::int64_t kStepsMax = 200'000'000;  // of SQLite's machine; some ten seconds
constexpr std::size_t kRowsMax = 100'000;
constexpr int kTextBytesMax = 10 * 1024 * 1024;

// The columns of an event data store, with their types.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-supported-event-schemas.html
constexpr std::pair<const char*, const char*> kColumns[] = {{"eventVersion", "text"},
                                                            {"userIdentity", "text"},
                                                            {"eventTime", "text"},
                                                            {"eventSource", "text"},
                                                            {"eventName", "text"},
                                                            {"awsRegion", "text"},
                                                            {"sourceIPAddress", "text"},
                                                            {"userAgent", "text"},
                                                            {"errorCode", "text"},
                                                            {"errorMessage", "text"},
                                                            {"requestParameters", "text"},
                                                            {"responseElements", "text"},
                                                            {"additionalEventData", "text"},
                                                            {"requestID", "text"},
                                                            {"eventID", "text"},
                                                            {"readOnly", "boolean"},
                                                            {"resources", "text"},
                                                            {"eventType", "text"},
                                                            {"apiVersion", "text"},
                                                            {"managementEvent", "boolean"},
                                                            {"recipientAccountId", "text"},
                                                            {"sharedEventID", "text"},
                                                            {"annotation", "text"},
                                                            {"vpcEndpointId", "text"},
                                                            {"vpcEndpointAccountId", "text"},
                                                            {"serviceEventDetails", "text"},
                                                            {"addendum", "text"},
                                                            {"edgeDeviceDetails", "text"},
                                                            {"insightDetails", "text"},
                                                            {"eventCategory", "text"},
                                                            {"tlsDetails", "text"},
                                                            {"sessionCredentialFromConsole", "text"},
                                                            {"eventJson", "text"},
                                                            {"eventJsonChecksum", "text"}};

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

int allow_reading(void*, int action, const char*, const char* name, const char*, const char*) {
  bool is_reading = action == SQLITE_SELECT || action == SQLITE_READ ||
                    (action == SQLITE_FUNCTION && std::string_view(name ? name : "") != "load_extension");
  return is_reading ? SQLITE_OK : SQLITE_DENY;
}

int count_steps(void* left) {
  auto& steps = *static_cast<std::int64_t*>(left);
  steps -= kStepsBetweenChecks;
  return steps <= 0;
}

class Engine {
 public:
  explicit Engine(std::int64_t now_ms) : now_ms_(now_ms) {}

  // With an empty table for each store.
  base::Result<void> open(const RewrittenSql& sql) {
    sqlite3* database = nullptr;
    int opened = sqlite3_open_v2(":memory:", &database,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, nullptr);
    database_.reset(database);
    if (opened != SQLITE_OK) return base::fail("InternalFailure", "The query engine could not be opened.");
    sqlite3_limit(database, SQLITE_LIMIT_LENGTH, kTextBytesMax);
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);  // "unknown" is no text
    sqlite3_exec(database, "PRAGMA case_sensitive_like = ON; PRAGMA temp_store = MEMORY", nullptr, nullptr, nullptr);
    add_sql_functions(database, &now_ms_);
    for (const std::string& id : sql.store_ids) {
      std::string create = fmt::format("CREATE TABLE \"{}\" (", id);
      for (auto [name, type] : kColumns)
        create += fmt::format("{}\"{}\" {}", name == kColumns[0].first ? "" : ", ", name, type);
      if (sqlite3_exec(database, (create + ")").c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return base::fail("InternalFailure", sqlite3_errmsg(database));
    }
    return {};
  }

  base::Result<void> load(const std::string& id, const std::function<void(const AddEvent&)>& feed, SqlResult& result) {
    std::string insert = fmt::format("INSERT INTO \"{}\" VALUES (?", id);
    for (std::size_t i = 1; i < std::size(kColumns); ++i) insert += ",?";
    Statement statement = TRY(prepare(insert + ")"));
    bool is_full = false;
    feed([&](Value record, std::size_t bytes) {
      ++result.scanned;
      result.bytes += static_cast<std::int64_t>(bytes);
      bind(statement.get(), record);
      is_full |= sqlite3_step(statement.get()) != SQLITE_DONE;
      sqlite3_reset(statement.get());
    });
    if (is_full) return base::fail("InternalFailure", sqlite3_errmsg(database_.get()));
    return {};
  }

  base::Result<Statement> prepare_query(const std::string& text) {
    sqlite3_set_authorizer(database_.get(), allow_reading, nullptr);
    return prepare(text);
  }

  base::Result<void> run(sqlite3_stmt* statement, SqlResult& result) {
    std::int64_t steps = kStepsMax;
    sqlite3_progress_handler(database_.get(), kStepsBetweenChecks, count_steps, &steps);
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW && result.rows.size() < kRowsMax; code = sqlite3_step(statement))
      result.rows.push_back(read_row(statement));
    if (code == SQLITE_INTERRUPT) return base::fail("TimedOut", "The query took too long.");
    if (code != SQLITE_DONE && code != SQLITE_ROW) return refuse_sql(sqlite3_errmsg(database_.get()));
    return {};
  }

 private:
  base::Result<Statement> prepare(const std::string& text) {
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    int prepared = sqlite3_prepare_v2(database_.get(), text.c_str(), static_cast<int>(text.size()), &statement, &rest);
    if (prepared != SQLITE_OK || !statement) return refuse_sql(sqlite3_errmsg(database_.get()));
    return Statement(statement);
  }

  static void bind(sqlite3_stmt* statement, const Value& record) {
    int place = 0;
    for (auto [name, type] : kColumns) {
      ++place;
      std::string_view column(name);
      const Value& value = record.at(column);
      std::string text;
      if (column == "eventTime") {
        text = sql_time(base::parse_iso8601(value.str()).value_or(0));
      } else if (column == "eventJson") {
        text = base::to_json(record);
      } else if (value.is_null()) {
        sqlite3_bind_null(statement, place);
        continue;
      } else if (value.is_flag()) {
        sqlite3_bind_int(statement, place, value.flag());
        continue;
      } else {
        text = value.is_text() ? value.str() : base::to_json(value);
      }
      sqlite3_bind_text64(statement, place, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
  }

  static std::vector<std::pair<std::string, std::string>> read_row(sqlite3_stmt* statement) {
    std::vector<std::pair<std::string, std::string>> row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const char* declared = sqlite3_column_decltype(statement, i);
      bool is_flag = declared && std::string_view(declared) == "boolean";
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
      std::string shown = text ? text : "";
      if (is_flag && text) shown = shown == "1" ? "true" : "false";
      row.emplace_back(sqlite3_column_name(statement, i), std::move(shown));
    }
    return row;
  }

  std::int64_t now_ms_;
  Database database_;
};

}  // namespace

base::Result<void> check_sql(const RewrittenSql& sql, std::int64_t now_ms) {
  Engine engine(now_ms);
  TRY_VOID(engine.open(sql));
  TRY_VOID(engine.prepare_query(sql.text));
  return {};
}

base::Result<SqlResult> run_sql(const RewrittenSql& sql, std::int64_t now_ms,
                                const std::function<void(const std::string& store_id, const AddEvent& add)>& load) {
  Engine engine(now_ms);
  TRY_VOID(engine.open(sql));
  SqlResult result;
  for (const std::string& id : sql.store_ids)
    TRY_VOID(engine.load(id, [&](const AddEvent& add) { load(id, add); }, result));
  Statement statement = TRY(engine.prepare_query(sql.text));
  TRY_VOID(engine.run(statement.get(), result));
  return result;
}

}  // namespace cloudtrail
