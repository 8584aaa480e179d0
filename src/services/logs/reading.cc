// Reading events: chunks hour by hour, merged by time.
#include <algorithm>

#include "base/seal.h"
#include "services/logs/events.h"

namespace logs {

namespace {

using store::Direction;

struct ChunkPlace {
  std::int64_t first_ms = 0, last_ms = 0;
  std::uint64_t stream_id = 0, sequence = 0;

  std::string key(std::uint64_t group_id) const { return store::key(group_id, first_ms, stream_id, sequence); }
};

std::int64_t start_of_hour(std::int64_t time_ms) { return time_ms - time_ms % kHourMs; }

// The events of a chunk, with what they look into.
struct OpenedChunk {
  store::Transaction::Viewed<Chunk> kept;
  std::string unsealed;

  std::string_view packed() const { return kept.row.data_key == 0 ? kept.row.packed : std::string_view(unsealed); }
};

std::string sealed_for(std::uint64_t group_id, std::uint64_t stream_id) {
  return "logs.chunk" + store::key(group_id, stream_id);
}

Result<std::string> unseal_chunk(const DataKeys& keys, const Chunk& chunk, std::uint64_t group_id,
                                 std::uint64_t stream_id) {
  auto key = keys.find(chunk.data_key);
  if (key == keys.end()) return error("ServiceUnavailableException", "A chunk of the log group has no data key.");
  const std::string& opened = TRY(key->second);
  auto text = base::unseal(opened, chunk.packed, sealed_for(group_id, stream_id));
  if (!text) return error("ServiceUnavailableException", "A chunk of the log group cannot be read.");
  return *std::move(text);
}

// Nothing: there is no such chunk any more.
Result<std::optional<OpenedChunk>> open_chunk(const store::Transaction& tx, const DataKeys& keys,
                                              std::uint64_t group_id, const ChunkPlace& place) {
  auto kept = tx.get_viewed(kChunks, place.key(group_id));
  if (!kept) return std::nullopt;
  OpenedChunk chunk{*std::move(kept), ""};
  if (chunk.kept.row.data_key != 0) chunk.unsealed = TRY(unseal_chunk(keys, chunk.kept.row, group_id, place.stream_id));
  return chunk;
}

// One chunk under way.
struct Cursor {
  std::uint64_t stream_id = 0;
  std::unique_ptr<OpenedChunk> chunk;
  std::vector<LogEvent> events;
  std::size_t taken = 0;

  const LogEvent& event(Direction direction) const {
    return direction == Direction::kForward ? events[taken] : events[events.size() - 1 - taken];
  }
  Position position(Direction direction) const {
    const LogEvent& now = event(direction);
    return {now.timestamp_ms, now.ordinal, stream_id};
  }
};

class Merge {
 public:
  Merge(const OpenGroup& group, const DataKeys& keys, const ReadRange& range, Direction direction)
      : tx_(group.tx.unrecorded()), group_id_(group.row.id), keys_(keys), range_(range), direction_(direction) {}

  Result<void> run(const VisitEvent& visit) {
    std::int64_t from_ms = range_.from_ms, to_ms = range_.to_ms;
    if (range_.begin && direction_ == Direction::kForward) from_ms = std::max(from_ms, range_.begin->timestamp_ms);
    if (range_.begin && direction_ == Direction::kReverse) to_ms = std::min(to_ms, range_.begin->timestamp_ms + 1);
    if (from_ms >= to_ms) return {};
    const std::int64_t first_hour = start_of_hour(from_ms);
    std::int64_t edge = direction_ == Direction::kForward ? first_hour : start_of_hour(to_ms - 1) + kHourMs;
    while (auto hour = next_hour(edge)) {
      if (direction_ == Direction::kForward ? *hour >= to_ms : *hour < first_hour) break;
      if (!TRY(merge_hour(*hour, from_ms, to_ms, visit))) break;
      edge = direction_ == Direction::kForward ? *hour + kHourMs : *hour;
    }
    return {};
  }

 private:
  // The hour of the first chunk that begins at `edge` or later; of the last one that begins before it.
  std::optional<std::int64_t> next_hour(std::int64_t edge) const {
    std::optional<std::int64_t> found;
    auto look = [&](const store::Table<ChunkSpan>& table, std::uint64_t id) {
      store::Scan scan{.prefix = store::key(id), .from = store::key(id, edge), .direction = direction_, .limit = 1};
      tx_.scan_keys(table, scan, [&](std::string_view key) {
        store::KeyReader parts(key);
        parts.unsigned_number();
        const std::int64_t time_ms = parts.number();
        if (!found || (direction_ == Direction::kForward ? time_ms < *found : time_ms > *found)) found = time_ms;
      });
    };
    if (range_.streams.empty()) look(kGroupChunks, group_id_);
    for (std::uint64_t stream : range_.streams) look(kStreamChunks, stream);
    if (found) found = start_of_hour(*found);
    return found;
  }

  // Those of the hour that may hold something wanted, in the order in which they come into play.
  std::vector<ChunkPlace> chunks_of(std::int64_t hour, std::int64_t from_ms, std::int64_t to_ms) const {
    std::vector<ChunkPlace> chunks;
    auto look = [&](const store::Table<ChunkSpan>& table, std::uint64_t id, std::uint64_t stream) {
      store::Scan scan{.prefix = store::key(id), .from = store::key(id, hour), .until = store::key(id, hour + kHourMs)};
      tx_.scan(table, scan, [&](std::string_view key, const ChunkSpan& span) {
        store::KeyReader parts(key);
        parts.unsigned_number();
        ChunkPlace place{.first_ms = parts.number(), .last_ms = span.last_ms, .stream_id = stream};
        if (stream == 0) place.stream_id = parts.unsigned_number();
        place.sequence = parts.unsigned_number();
        if (place.last_ms >= from_ms && place.first_ms < to_ms) chunks.push_back(place);
      });
    };
    if (range_.streams.empty()) look(kGroupChunks, group_id_, 0);
    for (std::uint64_t stream : range_.streams) look(kStreamChunks, stream, stream);
    std::ranges::sort(chunks, [this](const ChunkPlace& left, const ChunkPlace& right) {
      return direction_ == Direction::kForward ? left.first_ms < right.first_ms : left.last_ms > right.last_ms;
    });
    return chunks;
  }

  // False: there is nothing more to visit.
  Result<bool> merge_hour(std::int64_t hour, std::int64_t from_ms, std::int64_t to_ms, const VisitEvent& visit) {
    const std::vector<ChunkPlace> chunks = chunks_of(hour, from_ms, to_ms);
    std::vector<Cursor> heap;
    auto comes_later = [this](const Cursor& left, const Cursor& right) {
      const Position one = left.position(direction_), other = right.position(direction_);
      return direction_ == Direction::kForward ? one > other : one < other;
    };
    auto next = chunks.begin();
    while (true) {
      for (; next != chunks.end() && (heap.empty() || is_in_play(*next, heap.front())); ++next) {
        if (auto cursor = TRY(open(*next))) {
          heap.push_back(*std::move(cursor));
          std::ranges::push_heap(heap, comes_later);
        }
      }
      if (heap.empty()) return true;
      std::ranges::pop_heap(heap, comes_later);
      Cursor& cursor = heap.back();
      if (!take(cursor, from_ms, to_ms, visit)) return false;
      if (++cursor.taken < cursor.events.size()) {
        std::ranges::push_heap(heap, comes_later);
      } else {
        heap.pop_back();
      }
    }
  }

  bool is_in_play(const ChunkPlace& place, const Cursor& first) const {
    const std::int64_t time_ms = first.event(direction_).timestamp_ms;
    return direction_ == Direction::kForward ? place.first_ms <= time_ms : place.last_ms >= time_ms;
  }

  Result<std::optional<Cursor>> open(const ChunkPlace& place) const {
    auto chunk = TRY(open_chunk(tx_, keys_, group_id_, place));
    if (!chunk) return std::nullopt;
    Cursor cursor{.stream_id = place.stream_id, .chunk = std::make_unique<OpenedChunk>(*std::move(chunk))};
    EventReader reader(cursor.chunk->packed());
    cursor.events.reserve(cursor.chunk->kept.row.events);
    for (LogEvent event; reader.next(event);) cursor.events.push_back(event);
    if (cursor.events.empty()) return std::nullopt;
    return cursor;
  }

  bool take(const Cursor& cursor, std::int64_t from_ms, std::int64_t to_ms, const VisitEvent& visit) const {
    const LogEvent& event = cursor.event(direction_);
    const bool is_forward = direction_ == Direction::kForward;
    if (is_forward ? event.timestamp_ms >= to_ms : event.timestamp_ms < from_ms) return false;
    if (is_forward ? event.timestamp_ms < from_ms : event.timestamp_ms >= to_ms) return true;
    if (range_.begin) {
      const Position position = cursor.position(direction_);
      if (is_forward ? position < *range_.begin : position >= *range_.begin) return true;
    }
    ReadEvent read{.stream_id = cursor.stream_id,
                   .stream = std::string(cursor.chunk->kept.row.stream),
                   .timestamp_ms = event.timestamp_ms,
                   .ingested_ms = event.ingested_ms,
                   .ordinal = event.ordinal,
                   .message = std::string(event.message)};
    return visit(read);
  }

  const store::Transaction tx_;
  const std::uint64_t group_id_;
  const DataKeys& keys_;
  const ReadRange& range_;
  const Direction direction_;
};

}  // namespace

Result<void> read_forward(const OpenGroup& group, const DataKeys& keys, const ReadRange& range,
                          const VisitEvent& visit) {
  return Merge(group, keys, range, Direction::kForward).run(visit);
}

Result<void> read_backward(const OpenGroup& group, const DataKeys& keys, const ReadRange& range,
                           const VisitEvent& visit) {
  return Merge(group, keys, range, Direction::kReverse).run(visit);
}

Result<void> for_each_chunk(const store::Transaction& tx, const DataKeys& keys, std::uint64_t group_id,
                            std::int64_t from_ms, std::int64_t to_ms,
                            const std::function<bool(const ChunkView& chunk)>& visit) {
  const store::Transaction reads = tx.unrecorded();
  Result<void> outcome;
  store::Scan scan{.prefix = store::key(group_id),
                   .from = store::key(group_id, start_of_hour(std::max<std::int64_t>(from_ms, 0))),
                   .until = store::key(group_id, to_ms)};
  reads.scan(kGroupChunks, scan, [&](std::string_view key, const ChunkSpan& span) {
    if (span.last_ms < from_ms) return true;
    store::KeyReader parts(key);
    parts.unsigned_number();
    ChunkPlace place{.first_ms = parts.number(), .last_ms = span.last_ms};
    place.stream_id = parts.unsigned_number();
    place.sequence = parts.unsigned_number();
    auto chunk = open_chunk(reads, keys, group_id, place);
    if (!chunk) {
      outcome = std::unexpected(std::move(chunk).error());
      return false;
    }
    if (!*chunk) return true;
    return visit({place.stream_id, (*chunk)->kept.row.stream, place.first_ms, place.last_ms, (*chunk)->kept.row.events,
                  (*chunk)->packed()});
  });
  return outcome;
}

bool drop_chunks_before(const OpenGroup& group, std::int64_t before_ms, std::size_t limit) {
  std::vector<ChunkPlace> old;
  std::size_t seen = 0;
  store::Scan scan{.prefix = store::key(group.row.id), .until = store::key(group.row.id, before_ms), .limit = limit};
  group.tx.scan(kGroupChunks, scan, [&](std::string_view key, const ChunkSpan& span) {
    ++seen;
    store::KeyReader parts(key);
    parts.unsigned_number();
    ChunkPlace place{.first_ms = parts.number(), .last_ms = span.last_ms};
    place.stream_id = parts.unsigned_number();
    place.sequence = parts.unsigned_number();
    if (place.last_ms < before_ms) old.push_back(place);
  });
  std::int64_t bytes = 0;
  for (const ChunkPlace& place : old) {
    const std::string key = place.key(group.row.id);
    if (const auto chunk = group.tx.get_viewed(kChunks, key)) bytes += chunk->row.stored_bytes;
    group.tx.erase(kChunks, key);
    group.tx.erase(kGroupChunks, key);
    group.tx.erase(kStreamChunks, store::key(place.stream_id, place.first_ms, place.sequence));
  }
  if (bytes != 0) group.tx.add(kStoredBytes, store::key(group.row.id), -bytes);
  return seen == limit && !old.empty();
}

std::optional<std::int64_t> first_chunk_ms(const OpenGroup& group) {
  std::optional<std::int64_t> first;
  group.tx.scan_keys(kGroupChunks, {.prefix = store::key(group.row.id), .limit = 1}, [&](std::string_view key) {
    store::KeyReader parts(key);
    parts.unsigned_number();
    first = parts.number();
  });
  return first;
}

}  // namespace logs
