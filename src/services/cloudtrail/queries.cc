// Queries over event data stores: asked, run in their own turn, and read page by page.
#include "services/cloudtrail/queries.h"

#include "base/bytes.h"
#include "base/json.h"
#include "services/cloudtrail/event_data_stores.h"
#include "services/cloudtrail/sql.h"
#include "services/cloudtrail/stored.h"

namespace cloudtrail {

namespace {

constexpr std::int64_t kQueryDays = 7;  // "You can get query results for seven days."
constexpr std::int64_t kConcurrentMax = 10;
constexpr std::int64_t kResultsMax = 1'000;

bool is_open(const Query& query) { return query.status == "QUEUED" || query.status == "RUNNING"; }

base::Result<Query> find_query(Call& call, const std::string& store, const std::string& id) {
  auto query = call.tx.get(kQueries, id);
  bool is_old = query && call.now_ms() > query->created_ms + kQueryDays * kDayMs;
  if (!query || is_old)
    return error("QueryIdNotFoundException", "The query ID does not exist or does not map to a query.");
  if (!store.empty() && TRY(find_active_store(call, store)).id != query->store_id)
    return error("QueryIdNotFoundException", "The query ID does not exist or does not map to a query.");
  return *std::move(query);
}

Value read_rows(const Query& query) {
  auto rows = base::parse_json(query.rows);
  return rows ? *rows : Value(Value::List{});
}

base::Result<std::size_t> read_offset(const std::string& token) {
  if (token.empty()) return std::size_t{0};
  auto text = base::from_base64(token);
  auto read = text ? base::parse_json(*text) : base::fail("InvalidToken", "");
  if (!read || !read->at("next").is_whole() || read->at("next").num() < 0)
    return error("InvalidNextTokenException", "A token that is not valid was specified.");
  return static_cast<std::size_t>(read->at("next").num());
}

std::string write_offset(std::size_t offset) {
  return base::to_base64(base::to_json(Value::Map{{"next", static_cast<std::int64_t>(offset)}}));
}

}  // namespace

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartQuery.html
base::Result<Out> StartQuery(Call& call, In in) {
  // LIMIT: results are not delivered to S3, and there are no dashboards whose queries have aliases.
  if (in.has("DeliveryS3Uri"))
    return error("UnsupportedOperationException", "Query results are not delivered to S3 here.");
  if (!in.has("QueryStatement")) return error("InvalidParameterException", "You must specify a query statement.");
  RewrittenSql sql = TRY(rewrite_sql(in.str("QueryStatement")));
  for (const std::string& id : sql.store_ids) TRY_VOID(find_active_store(call, id));
  TRY_VOID(check_sql(sql, call.now_ms()));
  std::int64_t open = 0;
  call.tx.scan(kQueries, "", [&](std::string_view, Query& other) { open += is_open(other); });
  if (open >= kConcurrentMax)
    return error("MaxConcurrentQueriesException",
                 "You are already running the maximum number of concurrent queries. Wait a minute for some queries to "
                 "finish, and then run the query again.");
  Query query{.id = call.uuid(),
              .store_id = sql.store_ids.front(),
              .statement = in.str("QueryStatement"),
              .status = "QUEUED",
              .created_ms = call.now_ms()};
  call.tx.put(kQueries, query.id, query);
  call.arm(kRunQuery, call.now, query.id);
  return Out{{"QueryId", query.id}};
}

base::Result<void> run_query(kernel::Call& call, std::string_view id) {
  auto query = call.tx.get(kQueries, id);
  if (!query || query->status != "QUEUED") return {};
  auto result = [&]() -> base::Result<SqlResult> {
    RewrittenSql sql = TRY(rewrite_sql(query->statement));
    return run_sql(sql, call.now_ms(), [&](const std::string& store_id, const AddEvent& add) {
      auto store = call.tx.get(kStores, store_id);
      if (store) each_event(call.tx, store_id, call.now_ms() - store->retention_days * kDayMs, add);
    });
  }();
  if (!result) {
    query->status = result.error().code == "TimedOut" ? "TIMED_OUT" : "FAILED";
    query->message = result.error().message;
  } else {
    Value::List rows;
    for (const auto& row : result->rows) {
      Value::List columns;
      for (const auto& [name, value] : row) columns.push_back(Value::Map{{name, value}});
      rows.push_back(std::move(columns));
    }
    query->status = "FINISHED";
    query->scanned = result->scanned;
    query->bytes = result->bytes;
    query->matched = static_cast<std::int64_t>(rows.size());
    query->rows = base::to_json(Value(std::move(rows)));
  }
  call.tx.put(kQueries, id, *query);
  call.arm(kForgetQuery, kernel::from_ms(query->created_ms + kQueryDays * kDayMs + 1), id);
  return {};
}

base::Result<void> forget_query(kernel::Call& call, std::string_view id) {
  call.tx.erase(kQueries, id);
  return {};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeQuery.html
base::Result<Out> DescribeQuery(Call& call, In in) {
  if (!in.has("QueryId")) return error("InvalidParameterException", "You must specify a query ID.");
  Query query = TRY(find_query(call, in.str("EventDataStore"), in.str("QueryId")));
  Out out{{"QueryId", query.id},
          {"QueryString", query.statement},
          {"QueryStatus", query.status},
          {"QueryStatistics", Out{{"EventsMatched", query.matched},
                                  {"EventsScanned", query.scanned},
                                  {"BytesScanned", query.bytes},
                                  {"ExecutionTimeInMillis", query.took_ms},
                                  {"CreationTime", query.created_ms}}}};
  if (!query.message.empty()) out.set("ErrorMessage", query.message);
  return out;
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetQueryResults.html
base::Result<Out> GetQueryResults(Call& call, In in) {
  Query query = TRY(find_query(call, in.str("EventDataStore"), in.str("QueryId")));
  Value rows = read_rows(query);
  std::size_t offset = TRY(read_offset(in.str("NextToken"))), size = rows.list().size();
  std::size_t end = std::min(size, offset + std::size_t(in.num("MaxQueryResults", kResultsMax)));
  Value::List page;
  for (std::size_t i = offset; i < end; ++i) page.push_back(rows.list()[i]);
  Out out{{"QueryStatus", query.status},
          {"QueryStatistics", Out{{"ResultsCount", static_cast<std::int64_t>(page.size())},
                                  {"TotalResultsCount", static_cast<std::int64_t>(size)},
                                  {"BytesScanned", query.bytes}}},
          {"QueryResultRows", std::move(page)}};
  if (end < size) out.set("NextToken", write_offset(end));
  if (!query.message.empty()) out.set("ErrorMessage", query.message);
  return out;
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListQueries.html
base::Result<Out> ListQueries(Call& call, In in) {
  EventDataStore store = TRY(find_active_store(call, in.str("EventDataStore")));
  if (in.has("StartTime") && in.has("EndTime") && in.num("StartTime") > in.num("EndTime"))
    return error("InvalidDateRangeException", "The start time must be before the end time.");
  std::vector<Query> queries;
  call.tx.scan(kQueries, "", [&](std::string_view, Query& query) {
    bool fits = query.store_id == store.id && call.now_ms() <= query.created_ms + kQueryDays * kDayMs &&
                (!in.has("QueryStatus") || query.status == in.str("QueryStatus")) &&
                (!in.has("StartTime") || query.created_ms >= in.num("StartTime")) &&
                (!in.has("EndTime") || query.created_ms <= in.num("EndTime"));
    if (fits) queries.push_back(std::move(query));
  });
  std::ranges::sort(queries, [](const Query& left, const Query& right) {
    return std::tie(right.created_ms, left.id) < std::tie(left.created_ms, right.id);
  });
  std::size_t offset = TRY(read_offset(in.str("NextToken")));
  std::size_t end = std::min(queries.size(), offset + std::size_t(in.num("MaxResults", kResultsMax)));
  Value::List page;
  for (std::size_t i = offset; i < end; ++i)
    page.push_back(
        Out{{"QueryId", queries[i].id}, {"QueryStatus", queries[i].status}, {"CreationTime", queries[i].created_ms}});
  Out out{{"Queries", std::move(page)}};
  if (end < queries.size()) out.set("NextToken", write_offset(end));
  return out;
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CancelQuery.html
base::Result<Out> CancelQuery(Call& call, In in) {
  Query query = TRY(find_query(call, in.str("EventDataStore"), in.str("QueryId")));
  if (!is_open(query))
    return error("InactiveQueryException",
                 "The specified query cannot be canceled because it is in the FINISHED, "
                 "FAILED, TIMED_OUT, or CANCELLED state.");
  query.status = "CANCELLED";
  call.tx.put(kQueries, query.id, query);
  call.disarm(kRunQuery, query.id);
  return Out{{"QueryId", query.id}, {"QueryStatus", query.status}};
}

}  // namespace cloudtrail
