// Lines of mappings of streams: looking for changes, and gathering them.
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
#include "services/lambda/sources_stream.h"

#include "base/arn.h"
#include "kernel/authorization.h"

namespace lambda {

namespace {

using aws::dynamodb::kChangeShards;

constexpr std::int64_t kHourMs = 3'600'000;

// The key in kStreams that a stream's ARN means; labels hold colons.
std::optional<std::string> stream_key(const std::string& arn) {
  constexpr std::string_view kTable = "table/", kStream = "/stream/";
  const base::Arn parsed = base::Arn::parse(arn);
  const std::size_t at = parsed.resource.find(kStream);
  if (parsed.service != "dynamodb" || !parsed.resource.starts_with(kTable) || at == parsed.resource.npos)
    return std::nullopt;
  return store::key(parsed.resource.substr(kTable.size(), at - kTable.size()),
                    parsed.resource.substr(at + kStream.size()));
}

std::string position_key(const Mapping& mapping, std::uint64_t shard, std::uint64_t lane) {
  return store::key(std::string_view(mapping.uuid), shard * kParallelizationMax + lane);
}

// Lines after a change of the parallelization begin where the slowest of those before stood, so that nothing is missed.
std::uint64_t settled_in_shard(Call& call, const Mapping& mapping, std::uint64_t shard) {
  std::optional<std::uint64_t> done;
  for (std::uint64_t lane = 0; lane < kParallelizationMax; ++lane)
    if (auto position = call.tx.get(kPositions, position_key(mapping, shard, lane)))
      done = std::min(done.value_or(position->done), position->done);
  return done.value_or(0);
}

bool has_lanes_as_wanted(Call& call, const Mapping& mapping, std::uint64_t shard) {
  const auto lanes = static_cast<std::uint64_t>(mapping.parallelization);
  for (std::uint64_t lane = 0; lane < kParallelizationMax; ++lane)
    if (call.tx.has(kPositions, position_key(mapping, shard, lane)) != (lane < lanes)) return false;
  return true;
}

// Whether the batch is to wait for more, and until when.
std::optional<std::int64_t> gather_until_ms(const Mapping& mapping, const StreamRecords& found) {
  if (found.is_full || found.records.empty() || mapping.window_seconds == 0) return std::nullopt;
  return found.records.front().at_ms + mapping.window_seconds * 1'000;
}

Result<void> begin_run(Call& call, const Line& line, Position position, std::uint64_t end) {
  position.end = end;
  call.tx.put(kPositions, line.key(), position);
  emit_step(call, line, "run");
  return {};
}

}  // namespace

Result<StreamShare> open_stream(Call& call, const Mapping& mapping, const Line& line) {
  StreamShare share{.tx = call.tx.at(source_place(mapping)), .stream = {}};
  const auto key = stream_key(mapping.source_arn);
  auto row = key ? share.tx.get(aws::dynamodb::kStreams, *key) : std::nullopt;
  if (!row || row->is_gone(call.now_ms()))
    return refuse("ResourceNotFoundException", "Stream not found: " + mapping.source_arn);
  share.stream = *std::move(row);
  share.shard = line.number / kParallelizationMax;
  share.lane = line.number % kParallelizationMax;
  share.lanes = static_cast<std::uint64_t>(mapping.parallelization);
  return share;
}

Result<void> check_reading(Call& call, const Mapping& mapping, const SourceRole& role) {
  for (std::string_view action : {"dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords"})
    TRY_VOID(kernel::authorize_subject(call, kernel::subject_of(role.session), action, mapping.source_arn, {}));
  return {};
}

std::uint64_t StreamShare::last() const {
  return stream.closed_ms == 0 ? aws::dynamodb::latest_change(tx, stream.table_id, shard) : stream.last[shard];
}

std::uint64_t StreamShare::trimmed(std::int64_t now_ms) const {
  return std::max(stream.first[shard], aws::dynamodb::last_change_by(tx, stream.table_id, shard,
                                                                     now_ms - aws::dynamodb::kStreamRetentionMs));
}

std::string StreamShare::shard_id(std::int64_t at_ms) const {
  return aws::dynamodb::shard_id(stream, shard,
                                 std::max<std::int64_t>(at_ms - stream.created_ms, 0) / aws::dynamodb::kShardMs);
}

Result<void> choose_positions(Call& call, const Mapping& mapping) {
  for (std::uint64_t shard = 0; shard < kChangeShards; ++shard) {
    const StreamShare share = TRY(open_stream(call, mapping, {mapping.uuid, shard * kParallelizationMax, 0}));
    const std::uint64_t done = mapping.starting_position == "LATEST" ? share.last() : share.trimmed(call.now_ms());
    for (std::int64_t lane = 0; lane < mapping.parallelization; ++lane)
      call.tx.put(kPositions, position_key(mapping, shard, static_cast<std::uint64_t>(lane)),
                  {.done = done, .end = done});
  }
  return {};
}

void start_stream_lines(Call& call, const Mapping& mapping) {
  for (std::uint64_t shard = 0; shard < kChangeShards; ++shard) {
    if (!has_lanes_as_wanted(call, mapping, shard)) {
      const std::uint64_t done = settled_in_shard(call, mapping, shard);
      for (std::uint64_t lane = 0; lane < kParallelizationMax; ++lane) {
        const std::string key = position_key(mapping, shard, lane);
        call.tx.erase(kPositions, key);
        if (lane < static_cast<std::uint64_t>(mapping.parallelization))
          call.tx.put(kPositions, key, {.done = done, .end = done});
      }
    }
    for (std::int64_t lane = 0; lane < mapping.parallelization; ++lane)
      start_line(call, mapping, shard * kParallelizationMax + static_cast<std::uint64_t>(lane));
  }
}

void forget_lines(Call& call, const Mapping& mapping) {
  const std::string prefix = store::key(std::string_view(mapping.uuid));
  call.tx.erase_all(kPositions, prefix);
  call.tx.erase_all(kBatchParts, prefix);
  call.tx.erase_all(kBatches, prefix);
  call.tx.erase(kLines, mapping.uuid);
}

Result<void> poll_stream(Call& call, const Line& line, const Mapping& mapping) {
  Position position = call.tx.get(kPositions, line.key()).value_or(Position{});
  if (position.has_batch() || position.is_final) {
    emit_step(call, line, "run");
    return {};
  }
  const SourceRole role = TRY(source_role(call, mapping));
  const StreamShare share = TRY(open_stream(call, mapping, line));
  TRY_VOID(check_reading(call, mapping, role));
  const Filters filters = TRY(open_filters(call, mapping));
  // Records of the last day only: what was not read by then is lost, as on AWS.
  position.done = std::max(position.done, share.trimmed(call.now_ms()));
  while (!position.later_ends.empty()) {
    const std::uint64_t end = position.later_ends.back();
    position.later_ends.pop_back();
    if (end > position.done) return begin_run(call, line, std::move(position), end);
  }

  const bool is_tumbling = mapping.tumbling_seconds > 0, has_window = position.window_begin_ms >= 0;
  const std::int64_t window_end_ms = position.window_begin_ms + mapping.tumbling_seconds * 1'000;
  StreamLimits limits{.after = position.done, .until = share.last(), .count = mapping.batch_size};
  if (is_tumbling && has_window) limits.until_ms = window_end_ms;
  StreamRecords found = read_records(call, mapping, share, filters, limits);
  // The first record of a window opens it, and a batch has records of one window only.
  if (is_tumbling && !has_window && !found.records.empty()) {
    position.window_begin_ms = window_begin(mapping, found.records.front().at_ms);
    limits.until_ms = position.window_begin_ms + mapping.tumbling_seconds * 1'000;
    found = read_records(call, mapping, share, filters, limits);
  }
  if (!found.records.empty()) {
    const auto until_ms = gather_until_ms(mapping, found);
    if (until_ms && call.now_ms() < *until_ms)
      return call.park_until(kernel::from_ms(*until_ms),
                             aws::dynamodb::changes_topic(share.tx.place(), share.stream.table_id));
    return begin_run(call, line, std::move(position), found.seen);
  }
  if (found.seen > position.done) {
    position.done = position.end = found.seen;
    call.tx.put(kPositions, line.key(), position);
    emit_step(call, line, "poll");
    return {};
  }
  if (has_window && (call.now_ms() >= window_end_ms || limits.until > position.done || !is_tumbling)) {
    position.is_final = true;
    call.tx.put(kPositions, line.key(), position);
    emit_step(call, line, "run");
    return {};
  }
  const std::int64_t until_ms = has_window ? window_end_ms : call.now_ms() + kHourMs;
  return call.park_until(kernel::from_ms(until_ms),
                         aws::dynamodb::changes_topic(share.tx.place(), share.stream.table_id));
}

}  // namespace lambda
