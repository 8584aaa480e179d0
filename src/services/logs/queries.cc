// Queries: asked, read, stopped and listed. What runs them is in queries_run.cc.
#include "services/logs/queries.h"

#include "base/arn.h"
#include "base/strings.h"
#include "services/logs/masking.h"

namespace logs {

namespace {

constexpr std::int64_t kQueryGroupsMax = 50;
constexpr std::int64_t kOpenQueriesMax = 100;  // "You are limited to 100 concurrent … queries per account"
constexpr std::int64_t kQueryKeptDays = 7;
constexpr std::int64_t kResultsAtOnceMax = 10'000;
constexpr std::int64_t kQueriesPageMax = 1'000;

std::unexpected<base::Error> malformed_query(const aws::LogQueryError& why) {
  return error(
      "MalformedQueryException", why.message,
      Value::Map{{"queryCompileError",
                  Value::Map{{"location", Value::Map{{"startCharOffset", why.begin}, {"endCharOffset", why.end}}},
                             {"message", why.message}}}});
}

Result<void> check_language(In in) {
  if (!in.has("queryLanguage") || in.str("queryLanguage") == "CWLI") return {};
  return base::fail("NotImplemented", fmt::format("Queries in {} are not implemented.", in.str("queryLanguage")));
}

// Seconds, as its documentation says; milliseconds are taken, too.
std::int64_t read_query_time(std::int64_t time) { return time < 100'000'000'000 ? time * 1'000 : time; }

// The groups a query is asked of, by their names or ARNs.
Result<std::vector<OpenGroup>> named_groups(Call& call, In in) {
  std::vector<std::string> names;
  if (in.has("logGroupName")) names.push_back(in.str("logGroupName"));
  for (const Value& name : in.list("logGroupNames")) names.push_back(name.str());
  for (const Value& name : in.list("logGroupIdentifiers")) names.push_back(name.str());
  int given = in.has("logGroupName") + !in.list("logGroupNames").empty() + !in.list("logGroupIdentifiers").empty();
  if (given > 1)
    return error("InvalidParameterException",
                 "A StartQuery operation must include exactly one of the following parameters: logGroupName, "
                 "logGroupNames, or logGroupIdentifiers.");
  if (std::ssize(names) > kQueryGroupsMax)
    return error("InvalidParameterException", "A query can include at most 50 log groups.");
  std::vector<OpenGroup> groups;
  for (const std::string& name : names) groups.push_back(TRY(find_group_named(call, name)));
  return groups;
}

// Dispatch has looked at the first group only; a reader must be allowed each, and to see what is masked where that is
// asked for.
Result<void> authorize_groups(Call& call, const std::vector<OpenGroup>& groups, const aws::LogQuery& query) {
  for (const OpenGroup& group : groups) {
    TRY_VOID(call.authorize("logs:StartQuery", group.arn() + ":log-stream:"));
    if (query.unmasks()) TRY(masker_for(call, group, Unmask::kYes));
  }
  return {};
}

Result<Query> find_query(Call& call, const std::string& id) {
  auto query = call.tx.get(kQueries, id);
  if (!query) return error("ResourceNotFoundException", "The specified query does not exist.");
  return *std::move(query);
}

Value show_statistics(const Query& query) {
  auto number = [](std::int64_t count) { return Value(static_cast<double>(count)); };
  return Value::Map{{"recordsMatched", number(query.matched)},
                    {"recordsScanned", number(query.scanned)},
                    {"estimatedRecordsSkipped", 0.0},
                    {"bytesScanned", number(query.scanned_bytes)},
                    {"estimatedBytesSkipped", 0.0},
                    {"logGroupsScanned", number(std::ssize(query.groups))}};
}

Value show_result_row(const std::vector<std::string>& row) {
  Value::List fields;
  for (std::size_t i = 0; i + 1 < row.size(); i += 2)
    fields.push_back(Value::Map{{"field", row[i]}, {"value", row[i + 1]}});
  return fields;
}

// A token is the number of rows that were shown before.
Result<std::int64_t> rows_before(const Value& input, const Query& query) {
  auto token = TRY(read_token(input));
  if (!token) return 0;
  auto number = base::parse_number(*token);
  if (!number || *number < 0 || *number > query.result_count)
    return error("InvalidParameterException", "The specified nextToken is invalid.");
  return *number;
}

}  // namespace

Result<std::vector<OpenGroup>> source_groups(Call& call, const aws::LogQuerySource& source) {
  std::vector<OpenGroup> groups;
  for (const std::string& name : source.names) groups.push_back(TRY(find_group_named(call, name)));
  if (!source.names.empty()) return groups;
  auto is_among = [](const std::vector<std::string>& list, auto&& fits) {
    return list.empty() || std::ranges::any_of(list, fits);
  };
  if (!is_among(source.accounts, [&](const std::string& account) { return account == call.place.account; }))
    return groups;
  call.tx.scan(kGroups, store::Scan{}, [&](std::string_view name, const Group& row) {
    bool is_of_class = source.classes.empty()
                           ? row.group_class == "STANDARD"
                           : std::ranges::find(source.classes, row.group_class) != source.classes.end();
    if (is_of_class && is_among(source.prefixes, [&](const std::string& prefix) { return name.starts_with(prefix); }))
      groups.push_back({call.tx, row});
  });
  return groups;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
base::Result<Out> StartQuery(Call& call, In in) {
  TRY_VOID(check_language(in));
  auto query = aws::LogQuery::read(in.str("queryString"));
  if (!query) return malformed_query(query.error());
  TRY(open_lookup_tables(call, **query));
  Query row{.text = in.str("queryString"),
            .names_source = (*query)->source().is_given,
            .from_ms = read_query_time(in.num("startTime")),
            .limit = in.num("limit", kResultsAtOnceMax),
            .status = "Scheduled",
            .user_arn = std::string(call.caller.arn),
            .created_ms = call.now_ms()};
  // "The range is inclusive."
  const std::int64_t end = in.num("endTime");
  row.to_ms = read_query_time(end) + (read_query_time(end) == end ? 1 : 1'000);
  if (row.to_ms <= row.from_ms) return error("InvalidParameterException", "The startTime must be before the endTime.");
  std::vector<OpenGroup> groups = TRY(named_groups(call, in));
  if (groups.empty() == !row.names_source)
    return error("InvalidParameterException",
                 "A StartQuery operation must include exactly one of the following parameters: logGroupName, "
                 "logGroupNames, or logGroupIdentifiers.");
  if (row.names_source) groups = TRY(source_groups(call, (*query)->source()));
  TRY_VOID(authorize_groups(call, groups, **query));
  for (const auto& subquery : (*query)->subqueries()) {
    const std::vector<OpenGroup> others = TRY(source_groups(call, subquery->source()));
    TRY_VOID(authorize_groups(call, others, *subquery));
  }
  std::int64_t open =
      static_cast<std::int64_t>(call.tx.scan_keys(kOpenQueries, store::Scan{}, [](std::string_view) {}));
  if (open >= kOpenQueriesMax)
    return error("LimitExceededException", "Account maximum query concurrency limit of [100] reached.");
  for (const OpenGroup& group : groups) row.groups.push_back(group.row.name);
  row.id = call.uuid();
  call.tx.put(kQueries, row.id, row);
  call.tx.put(kOpenQueries, row.id, {});
  emit_query(call, row.id, "Begin");
  call.arm(kForgetQuery, call.now + kernel::Millis{kQueryKeptDays * 24 * kHourMs}, row.id);
  return Out{{"queryId", row.id}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
base::Result<Out> GetQueryResults(Call& call, In in) {
  const Query query = TRY(find_query(call, in.str("queryId")));
  std::int64_t at = TRY(rows_before(in.value(), query));
  std::int64_t end =
      std::min(query.result_count, at + std::max<std::int64_t>(in.num("maxItems", kResultsAtOnceMax), 1));
  Out answer{{"queryLanguage", "CWLI"}, {"statistics", show_statistics(query)}, {"status", query.status}};
  if (end < query.result_count) answer.set("nextToken", write_token(std::to_string(end)));
  Value::List shown;
  while (at < end) {
    auto page = call.tx.get(kResultPages,
                            store::key(std::string_view(query.id), static_cast<std::uint64_t>(at / kResultPageRows)));
    if (!page) break;  // a query's pages go with its row
    for (auto place = static_cast<std::size_t>(at % kResultPageRows); place < page->rows.size() && at < end; ++place) {
      shown.push_back(show_result_row(page->rows[place]));
      ++at;
    }
  }
  answer.set("results", std::move(shown));
  return answer;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StopQuery.html
base::Result<Out> StopQuery(Call& call, In in) {
  Query query = TRY(find_query(call, in.str("queryId")));
  // "If the query has already ended, the operation returns an error indicating that the specified query is not
  // running."
  if (!query.is_open()) return error("InvalidParameterException", "The specified query is not running.");
  query.status = "Cancelled";
  query.ended_ms = call.now_ms();
  call.tx.put(kQueries, query.id, query);
  call.tx.erase(kOpenQueries, query.id);
  return Out{{"success", true}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueries.html
base::Result<Out> DescribeQueries(Call& call, In in) {
  const auto after = TRY(read_token(in.value()));
  const bool wants_language = !in.has("queryLanguage") || in.str("queryLanguage") == "CWLI";
  // The newest first; a query's place is its time and id.
  std::vector<std::pair<std::string, Query>> found;
  call.tx.scan(kQueries, store::Scan{}, [&](std::string_view id, Query& row) {
    const std::string& group = in.str("logGroupName");
    if (!wants_language || (in.has("status") && row.status != in.str("status"))) return;
    if (!group.empty() && std::ranges::find(row.groups, group) == row.groups.end()) return;
    std::string place = store::key(static_cast<std::uint64_t>(row.created_ms), id);
    if (!after || place < *after) found.emplace_back(std::move(place), std::move(row));
  });
  std::ranges::sort(found, std::ranges::greater(), [](const auto& each) -> const std::string& { return each.first; });
  Out answer;
  Value::List shown;
  for (const auto& [place, row] : found) {
    if (std::ssize(shown) == in.num("maxResults", kQueriesPageMax)) {
      answer.set("nextToken", write_token(found[shown.size() - 1].first));
      break;
    }
    Value query = Value::Map{{"queryLanguage", "CWLI"},
                             {"queryId", row.id},
                             {"queryString", row.text},
                             {"status", row.status},
                             {"createTime", row.created_ms},
                             {"queryDuration", (row.is_open() ? call.now_ms() : row.ended_ms) - row.created_ms},
                             {"bytesScanned", static_cast<double>(row.scanned_bytes)},
                             {"userIdentity", row.user_arn}};
    if (!row.groups.empty()) query.set("logGroupName", row.groups.front());
    shown.push_back(std::move(query));
  }
  answer.set("queries", std::move(shown));
  return answer;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogGroupsForQuery.html
base::Result<Out> ListLogGroupsForQuery(Call& call, In in) {
  const Query query = TRY(find_query(call, in.str("queryId")));
  const auto after = TRY(read_token(in.value()));
  Out answer;
  Value::List shown;
  for (const std::string& name : query.groups) {
    // Names are shown in the order in which the query has them.
    if (after && shown.empty() && std::ranges::find(query.groups, *after) >= std::ranges::find(query.groups, name))
      continue;
    if (std::ssize(shown) == in.num("maxResults", 500)) {
      answer.set("nextToken", write_token(group_name_of(shown.back().str())));
      break;
    }
    shown.push_back(call.arn("logs", "log-group:" + name));
  }
  answer.set("logGroupIdentifiers", std::move(shown));
  return answer;
}

}  // namespace logs
