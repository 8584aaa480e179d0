// Streams of tables: opening and closing them. What is in them, the service dynamodbstreams tells.
#include "base/time_text.h"
#include "services/dynamodb/table.h"

namespace dynamodb {

namespace {

using aws::dynamodb::kChangeHeads;
using aws::dynamodb::kChanges;
using aws::dynamodb::kChangeShards;
using aws::dynamodb::kStreams;

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

constexpr std::int64_t kTrimEveryMs = 3'600'000;
constexpr std::int64_t kDayOfChangesMs = 86'400'000;
constexpr std::size_t kTrimmedPerStep = 500;

struct Trimmed {
  std::size_t erased = 0;
  bool is_empty = true;  // nothing is left
};

Trimmed trim_changes(const store::Transaction& tx, std::uint64_t table_id, std::int64_t until_ms) {
  Trimmed trimmed;
  for (std::uint64_t shard = 0; shard < kChangeShards; ++shard) {
    tx.scan(kChanges, store::key(table_id, shard), [&](std::string_view key, const Change& change) {
      const bool is_kept = change.at_ms > until_ms;
      if (is_kept || trimmed.erased == kTrimmedPerStep) {
        trimmed.is_empty = false;
        return false;
      }
      ++trimmed.erased;
      tx.erase(kChanges, key);
      return true;
    });
  }
  return trimmed;
}

// Answers whether there are streams left.
bool trim_streams(const store::Transaction& tx, const TimedTable& timed, std::int64_t now_ms) {
  bool has_more = false;
  tx.scan(kStreams, store::key(std::string_view(timed.name)),
          [&](std::string_view key, const aws::dynamodb::Stream& stream) {
            if (stream.table_id != timed.id) return;
            if (stream.is_gone(now_ms)) {
              tx.erase(kStreams, key);
            } else {
              has_more = true;
            }
          });
  return has_more;
}

}  // namespace

std::vector<std::uint64_t> change_numbers(const OpenTable& table) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t shard = 0; shard < kChangeShards; ++shard)
    numbers.push_back(aws::dynamodb::latest_change(table.tx, table.row.id, shard));
  return numbers;
}

void begin_trimming(Call& call, const OpenTable& table) {
  call.arm(kTrim, call.now + kernel::Millis(kTrimEveryMs), table_key(table));
}

base::Result<void> trim_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const TimedTable timed = read_table_key(call, parts);
  std::int64_t kept_ms = aws::dynamodb::kStreamRetentionMs;
  if (timed.table && (timed.table->row.followers & kRecoveryFollows) != 0)
    // A restore to the earliest moment that has just begun still needs what was changed since.
    kept_ms = std::max(kept_ms, get_details(*timed.table).recovery_days * kDayOfChangesMs + kTrimEveryMs);
  const Trimmed trimmed = trim_changes(timed.tx, timed.id, call.now_ms() - kept_ms);
  const bool has_streams = trim_streams(timed.tx, timed, call.now_ms());
  if (trimmed.erased == kTrimmedPerStep) {
    call.arm(kTrim, call.now, key);
  } else if (has_streams || !trimmed.is_empty || (timed.table && timed.table->is_followed())) {
    call.arm(kTrim, call.now + kernel::Millis(kTrimEveryMs), key);
  } else if (!timed.table) {
    timed.tx.erase_all(kChangeHeads, store::key(timed.id));
  }
  return {};
}

bool is_stream_arn(std::string_view arn) { return arn.find("/stream/") != std::string_view::npos; }

std::optional<StreamRow> get_stream(Call& call, std::string_view arn) {
  const std::size_t at = arn.find("/stream/");
  if (at == std::string_view::npos) return std::nullopt;
  const TableName table = parse_table_name(call, arn);
  StreamRow found{.tx = call.tx.at(table.place),
                  .key = store::key(std::string_view(table.name), arn.substr(at + std::string_view("/stream/").size())),
                  .stream = {}};
  auto stream = found.tx.get(kStreams, found.key);
  if (!stream || stream->is_gone(call.now_ms())) return std::nullopt;
  found.stream = *std::move(stream);
  return found;
}

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
  begin_trimming(call, table);
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
