#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/logs/state.h"

// How events are kept and read.
//
// Events come in batches and are kept so: a batch is one row, a chunk, that packs its events in order of time. A row an
// event would cost more in keys, versions and log records than most events have bytes; packed, writing an event is an
// append, and counting ten million of them walks some thousand rows. Chunks stand in order of group and time, so a
// reader of a time range touches only its chunks, and many streams are read as one.
//
// A chunk never crosses an hour of event time (a batch may span 24 hours, so it makes a chunk for each hour it touches,
// mostly one). Chunks of different hours thereby never overlap: readers go hour by hour in either direction, and within
// one merge chunks as they begin.
//
// Small batches (functions send a line at a time) would become as many tiny rows, and a page of events as many reads.
// So a batch joins the newest chunk of its stream while that holds less than kOpenChunkBytes and lies in the same hour.
// The chunk is written again each time, which bounds what a line costs by that size, and what reading costs to a row
// for each 16 KiB. Batches as large as that are written once.
namespace logs {

using kernel::Call;

inline constexpr std::int64_t kHourMs = 3'600'000;
inline constexpr std::int64_t kOpenChunkBytes = 16'384;
// "This size is calculated as the sum of all event messages in UTF-8, plus 26 bytes for each log event."
inline constexpr std::int64_t kEventOverheadBytes = 26;

// An event as it is kept. Its place in its stream is (timestamp_ms, ordinal), which never changes.
struct LogEvent {
  std::int64_t timestamp_ms = 0;
  std::int64_t ingested_ms = 0;
  std::uint64_t ordinal = 0;
  std::string_view message;
  std::string_view transformed = {};  // what the group's transformer has made of it, as JSON; empty: nothing
};

// Events in the form they have in chunks, by (timestamp, ordinal): for each the differences of timestamp, ingestion
// time and ordinal to the one before it, and the length of the message, as varints; then the message. One that has been
// transformed is kept as a byte that no text begins with, the length of the message, the message, and the other text.
class EventPacker {
 public:
  void add(const LogEvent& event);
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  LogEvent last_;
};
// Takes them off again. The views are of the packed bytes.
class EventReader {
 public:
  explicit EventReader(std::string_view packed) : rest_(packed) {}
  // False: that was all.
  bool next(LogEvent& event);

 private:
  std::uint64_t number();

  std::string_view rest_;
  LogEvent last_;
};

// ---- rows

struct Chunk {
  std::int64_t last_ms = 0;  // of its newest event; that of the oldest stands in the key
  std::uint64_t events = 0;
  std::int64_t stored_bytes = 0;  // messages and kEventOverheadBytes each
  std::uint64_t data_key = 0;     // 0: `packed` is not sealed
  std::string_view stream;        // its name
  std::string_view packed;

  static void fields(auto& self, auto& field) {
    field("last_ms", self.last_ms);
    field("events", self.events);
    field("stored_bytes", self.stored_bytes);
    field("data_key", self.data_key);
    field("stream", self.stream);
    field("packed", self.packed);
  }
};

struct ChunkSpan {
  std::int64_t last_ms = 0;

  static void fields(auto& self, auto& field) { field("last_ms", self.last_ms); }
};

// Key: group id, time of the first event, stream id, number.
inline constexpr store::Table<Chunk> kChunks{"logs.chunks"};
// Which chunks there are, to find them without reading them. Key: as kChunks.
inline constexpr store::Table<ChunkSpan> kGroupChunks{"logs.group_chunks"};
// Key: stream id, time of the first event, number.
inline constexpr store::Table<ChunkSpan> kStreamChunks{"logs.stream_chunks"};

// ---- a group at work

struct OpenGroup {
  store::Transaction tx;  // stands where the group does, which need not be the caller's account
  Group row;

  std::string arn() const;  // without the ":*" at its end
  // Events before this time are gone, by its retention.
  std::int64_t visible_from_ms(std::int64_t now_ms) const;
};

// The data keys of a group, opened as far as KMS allows. Reading a chunk whose key is not open fails with the error
// that KMS gave.
using DataKeys = std::map<std::uint64_t, Result<std::string>>;
// Calls KMS as CloudWatch Logs; no calls where the group never had a KMS key. Once in an operation, and before any work
// that leaves the lane.
DataKeys open_data_keys(Call& call, const OpenGroup& group);

// ---- writing

struct NewEvent {
  std::int64_t timestamp_ms = 0;
  std::string_view message;
  std::string_view transformed = {};
};
// Appends a batch, which is in order of time, and notes it in the stream and in kStoredBytes. Writes the stream's row.
// Errors: those of KMS, as AWS words them.
Result<void> append_events(Call& call, OpenGroup& group, Stream& stream, const std::vector<NewEvent>& events);

// ---- reading

// A gap between events: before the one with this place, and after all smaller ones.
struct Position {
  std::int64_t timestamp_ms = 0;
  std::uint64_t ordinal = 0;
  std::uint64_t stream = 0;  // decides between streams, where several are read

  auto operator<=>(const Position&) const = default;
};

struct ReadEvent {
  std::uint64_t stream_id = 0;
  std::string stream;
  std::int64_t timestamp_ms = 0;
  std::int64_t ingested_ms = 0;
  std::uint64_t ordinal = 0;
  std::string message;

  Position position() const { return {timestamp_ms, ordinal, stream_id}; }
};

// What to read of a group, and where to begin.
struct ReadRange {
  std::vector<std::uint64_t> streams = {};       // their ids; none: all of the group
  std::int64_t from_ms = 0;                      // first time
  std::int64_t to_ms = 0;                        // first time that is not wanted any more
  std::optional<Position> begin = std::nullopt;  // forward: events from here on; backward: those before it
};

// Visits the events of a range in order, oldest or newest first, until `visit` answers false. The event's texts may be
// taken. Errors: "no key" as in DataKeys.
using VisitEvent = std::function<bool(ReadEvent& event)>;
Result<void> read_forward(const OpenGroup& group, const DataKeys& keys, const ReadRange& range,
                          const VisitEvent& visit);
Result<void> read_backward(const OpenGroup& group, const DataKeys& keys, const ReadRange& range,
                           const VisitEvent& visit);

// A chunk as walkers see it: events by EventReader(packed). Some may lie outside of the range that was asked for.
struct ChunkView {
  std::uint64_t stream_id = 0;
  std::string_view stream;
  std::int64_t first_ms = 0, last_ms = 0;
  std::uint64_t events = 0;
  std::string_view packed;
};
// Visits all chunks of a group that have events from `from_ms` until before `to_ms`, in order of their first event.
// Does not record what it reads, and needs no lane: `tx` may be any transaction that stands where the group does, such
// as a snapshot on another thread (begun by Store::begin), with keys opened before. False from `visit` ends it.
Result<void> for_each_chunk(const store::Transaction& tx, const DataKeys& keys, std::uint64_t group_id,
                            std::int64_t from_ms, std::int64_t to_ms,
                            const std::function<bool(const ChunkView& chunk)>& visit);

// ---- names of events

// The eventId of FilterLogEvents: 56 digits, in the order of time, stream and arrival.
std::string event_id(std::uint64_t stream_id, std::int64_t timestamp_ms, std::uint64_t ordinal);

// @ptr of Insights, taken by GetLogRecord: text that names one event of a group of the account.
std::string event_pointer(const OpenGroup& group, std::uint64_t stream_id, std::int64_t timestamp_ms,
                          std::uint64_t ordinal);
std::string event_pointer(std::string_view account, std::string_view group, std::uint64_t stream_id,
                          std::int64_t timestamp_ms, std::uint64_t ordinal);
struct Pointer {
  std::string account, group;
  std::uint64_t stream_id = 0;
  std::int64_t timestamp_ms = 0;
  std::uint64_t ordinal = 0;
};
std::optional<Pointer> read_pointer(std::string_view text);

// ---- forgetting

// Removes chunks of a group that end before `before_ms`, `limit` at most. Answers whether there may be more.
bool drop_chunks_before(const OpenGroup& group, std::int64_t before_ms, std::size_t limit);
// When the first chunk that there is begins; nothing where there is none.
std::optional<std::int64_t> first_chunk_ms(const OpenGroup& group);

}  // namespace logs
