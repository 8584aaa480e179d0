// Streams of tables: opening and closing them. What is in them, the service dynamodbstreams tells.
#include "base/time_text.h"
#include "services/dynamodb/table.h"

namespace dynamodb {

namespace {

using aws::dynamodb::kChangeHeads;
using aws::dynamodb::kChangeShards;
using aws::dynamodb::kStreams;

std::vector<std::uint64_t> change_numbers(const OpenTable& table) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t shard = 0; shard < kChangeShards; ++shard)
    numbers.push_back(
        table.tx.get(kChangeHeads, store::key(table.row.id, shard)).value_or(aws::dynamodb::ChangeHead{}).number);
  return numbers;
}

std::string stream_key(const OpenTable& table, std::string_view label) {
  return store::key(std::string_view(table.row.name), label);
}

// "2026-01-01T00:00:00.000": always with milliseconds, without a zone.
std::string make_label(std::int64_t time_ms) {
  std::string label = base::format_iso8601(time_ms);
  label.pop_back();
  if (label.find('.') == std::string::npos) label += ".000";
  return label;
}

}  // namespace

std::string stream_arn(const OpenTable& table, std::string_view label) {
  return fmt::format("{}/stream/{}", table.arn(), label);
}

void open_stream(Call& call, OpenTable& table, TableDetails& details, StreamView view) {
  aws::dynamodb::Stream stream{.table = table.row.name,
                               .table_id = table.row.id,
                               .view = view,
                               .created_ms = call.now_ms(),
                               .first = change_numbers(table),
                               .hash_name = table.row.hash.name,
                               .hash_type = table.row.hash.type};
  if (table.row.range) {
    stream.range_name = table.row.range->name;
    stream.range_type = table.row.range->type;
  }
  // A label is a time, and never given twice.
  std::int64_t time_ms = call.now_ms();
  while (table.tx.has(kStreams, stream_key(table, make_label(time_ms)))) ++time_ms;
  stream.label = make_label(time_ms);
  table.tx.put(kStreams, stream_key(table, stream.label), stream);
  table.row.followers |= kStreamFollows;
  details.stream_label = stream.label;
  details.stream_view = view;
}

void close_stream(Call& call, OpenTable& table, TableDetails& details) {
  if (details.stream_view == StreamView::kNone) return;
  const std::string key = stream_key(table, details.stream_label);
  if (auto stream = table.tx.get(kStreams, key)) {
    stream->closed_ms = call.now_ms();
    stream->last = change_numbers(table);
    table.tx.put(kStreams, key, *stream);
  }
  table.row.followers &= ~kStreamFollows;
  details.stream_view = StreamView::kNone;
  call.wake(aws::dynamodb::changes_topic(table.tx.place(), table.row.id), std::numeric_limits<int>::max());
}

}  // namespace dynamodb
