// What runs queries. A query is an event of the outbox: its work is done beside the lane, and begins anew where a crash
// cut it off.
#include "kernel/cloud.h"
#include "kernel/compute.h"
#include "services/logs/masking.h"
#include "services/logs/queries.h"

namespace logs {

namespace {

constexpr std::int64_t kQueryMs = kHourMs;  // "Queries time out after 60 minutes of runtime."
constexpr std::uint64_t kChunksBetweenChecks = 64;

// A group to be read, with all that only a call can know.
struct QueriedGroup {
  std::uint64_t id = 0;
  std::int64_t visible_from_ms = 0;
  DataKeys keys;
  aws::LogQueryGroup view;
  std::vector<std::string> indexed;
};

struct QueryPart {
  std::shared_ptr<const aws::LogQuery> query;
  std::vector<std::shared_ptr<const QueriedGroup>> groups;
};

struct QueryOutcome {
  std::string status = "Complete";
  aws::LogQueryResult result;
};

// What a worker is handed.
struct QueryWork {
  kernel::Cloud* cloud;
  store::Place place;
  Query row;
  QueryPart part;
  std::vector<QueryPart> subqueries;
  std::int64_t now_ms = 0;
  std::optional<LookupTables> tables = std::nullopt;  // nothing: one is not there any more
};

std::shared_ptr<const QueriedGroup> open_queried_group(Call& call, const OpenGroup& group) {
  auto opened = std::make_shared<QueriedGroup>();
  opened->id = group.row.id;
  opened->visible_from_ms = group.visible_from_ms(call.now_ms());
  opened->keys = open_data_keys(call, group);
  opened->indexed = indexed_fields(call, group);
  aws::LogQueryGroup& view = opened->view;
  view.log = fmt::format("{}:{}", group.tx.place().account, group.row.name);
  view.is_lambda = group.row.name.starts_with("/aws/lambda/");
  view.pointer_of = [account = group.tx.place().account, name = group.row.name](
                        std::uint64_t stream_id, std::int64_t timestamp_ms, std::uint64_t ordinal) {
    return event_pointer(account, name, stream_id, timestamp_ms, ordinal);
  };
  if (Masker masker = masker_of(call, group); masker.hides_something())
    view.mask = [masker = std::move(masker)](std::string_view message) { return masker.mask(std::string(message)); };
  return opened;
}

QueryPart make_part(Call& call, std::shared_ptr<const aws::LogQuery> query, const std::vector<OpenGroup>& groups) {
  QueryPart part{.query = std::move(query)};
  const std::vector<std::string> wanted = part.query->index_fields();
  for (const OpenGroup& group : groups) {
    auto opened = open_queried_group(call, group);
    // filterIndex reads only groups that have an index of its fields.
    bool is_indexed = std::ranges::all_of(wanted, [&](const std::string& field) {
      return std::ranges::find(opened->indexed, field) != opened->indexed.end();
    });
    if (is_indexed) part.groups.push_back(std::move(opened));
  }
  return part;
}

// Why it should end before it is done; empty: it should not.
std::string reason_to_end(const QueryWork& work) {
  store::Transaction tx = work.cloud->store().begin(work.place);
  auto row = tx.get(kQueries, work.row.id);
  if (!row || !row->is_open()) return "Cancelled";
  return kernel::to_ms(work.cloud->clock().now()) > work.row.created_ms + kQueryMs ? "Timeout" : "";
}

// Feeds a run with the events of a span. Answers why it ended early; empty: it did not.
Result<std::string> read_span(const QueryWork& work, const QueryPart& part, aws::LogQuery::Span span, bool is_earlier,
                              aws::LogQueryRun& run) {
  std::string reason;
  std::uint64_t chunks = 0;
  bool wants_more = true;
  for (const auto& group : part.groups) {
    const std::int64_t from_ms = std::max(span.from_ms, group->visible_from_ms);
    if (!wants_more || from_ms >= span.to_ms) continue;
    auto contents = work.cloud->hold_contents();
    store::Transaction tx = work.cloud->store().begin(work.place);
    auto visit = [&](const ChunkView& chunk) {
      if (++chunks % kChunksBetweenChecks == 0 && !(reason = reason_to_end(work)).empty()) return wants_more = false;
      EventReader reader(chunk.packed);
      for (LogEvent event; wants_more && reader.next(event);) {
        if (event.timestamp_ms < from_ms || event.timestamp_ms >= span.to_ms) continue;
        wants_more = run.add({.group = &group->view,
                              .timestamp_ms = event.timestamp_ms,
                              .ingestion_ms = event.ingested_ms,
                              .stream_id = chunk.stream_id,
                              .ordinal = event.ordinal,
                              .stream = chunk.stream,
                              .message = event.message,
                              .transformed = event.transformed,
                              .is_earlier = is_earlier});
      }
      return wants_more;
    };
    TRY_VOID(for_each_chunk(tx, group->keys, group->id, from_ms, span.to_ms, visit));
  }
  return reason;
}

QueryOutcome run_part(const QueryWork& work, const QueryPart& part, std::int64_t limit,
                      std::vector<aws::LogQueryResult> subqueries) {
  aws::LogQueryRun run(part.query, {.now_ms = work.now_ms, .limit = limit, .tables = *work.tables},
                       std::move(subqueries));
  const aws::LogQuery::Span span{work.row.from_ms, work.row.to_ms};
  Result<std::string> reason = std::string();
  if (part.query->has_diff()) reason = read_span(work, part, part.query->earlier(span), true, run);
  if (reason && reason->empty()) reason = read_span(work, part, span, false, run);
  // What cannot be read, for want of its key, fails the query.
  if (!reason) return {.status = "Failed"};
  if (!reason->empty()) return {.status = *reason};
  return {.result = run.finish()};
}

QueryOutcome work_on(const QueryWork& work) {
  // "Queries that reference a deleted table will return an error."
  if (!work.tables) return {.status = "Failed"};
  std::vector<aws::LogQueryResult> results;
  constexpr std::int64_t kSubqueryRowsMax = 100'000;
  for (const QueryPart& part : work.subqueries) {
    QueryOutcome outcome = run_part(work, part, kSubqueryRowsMax, {});
    if (outcome.status != "Complete") return outcome;
    results.push_back(std::move(outcome.result));
  }
  return run_part(work, work.part, work.row.limit, std::move(results));
}

Result<std::shared_ptr<const QueryWork>> gather_work(Call& call, const Query& row) {
  auto query = aws::LogQuery::read(row.text);
  if (!query) return base::fail("MalformedQueryException", query.error().message);
  auto work = std::make_shared<QueryWork>();
  work->cloud = &call.cloud();
  work->place = call.place;
  work->row = row;
  work->now_ms = row.created_ms;
  if (auto tables = open_lookup_tables(call, **query)) work->tables = *std::move(tables);
  std::vector<OpenGroup> groups;
  for (const std::string& name : row.groups)
    if (auto group = get_group(call.tx, name)) groups.push_back(*std::move(group));  // those deleted since are empty
  work->part = make_part(call, *query, groups);
  for (const auto& subquery : (*query)->subqueries()) {
    auto chosen = source_groups(call, subquery->source());
    work->subqueries.push_back(make_part(call, subquery, chosen ? *chosen : std::vector<OpenGroup>()));
  }
  return work;
}

void write_results(Call& call, Query& row, const aws::LogQueryResult& result) {
  row.scanned = result.scanned;
  row.matched = result.matched;
  row.scanned_bytes = result.scanned_bytes;
  row.result_count = std::ssize(result.rows);
  ResultPage page;
  auto flush = [&](std::size_t rows) {
    std::uint64_t number = (rows - 1) / kResultPageRows;
    call.tx.put(kResultPages, store::key(std::string_view(row.id), number), page);
    page.rows.clear();
  };
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    auto& fields = page.rows.emplace_back();
    for (const auto& [name, value] : result.rows[i]) {
      fields.push_back(name);
      fields.push_back(value);
    }
    if ((i + 1) % kResultPageRows == 0 || i + 1 == result.rows.size()) flush(i + 1);
  }
}

}  // namespace

void emit_query(Call& call, const std::string& id, std::string_view type) {
  call.emit({.source = "logs.queries", .type = std::string(type), .key = id, .detail = Value(id)});
}

// Twice: first the query is said to run, as what an attempt writes before it waits is dropped.
Result<void> run_query(Call& call, const kernel::Event& event) {
  auto row = call.tx.get(kQueries, event.detail.str());
  if (!row || !row->is_open()) return {};
  if (event.type == "Begin") {
    row->status = "Running";
    call.tx.put(kQueries, row->id, *row);
    emit_query(call, row->id, "Run");
    return {};
  }
  auto work = TRY(gather_work(call, *row));
  QueryOutcome outcome =
      TRY(kernel::compute<QueryOutcome>(call, "logs.query/" + row->id, [work] { return work_on(*work); }));
  if (call.now_ms() > row->created_ms + kQueryMs) outcome.status = "Timeout";
  row->status = outcome.status;
  row->ended_ms = call.now_ms();
  if (outcome.status == "Complete") write_results(call, *row, outcome.result);
  call.tx.put(kQueries, row->id, *row);
  call.tx.erase(kOpenQueries, row->id);
  return {};
}

Result<void> forget_query(Call& call, std::string_view id) {
  call.tx.erase_all(kResultPages, store::key(id));
  call.tx.erase(kOpenQueries, id);
  call.tx.erase(kQueries, id);
  return {};
}

}  // namespace logs
