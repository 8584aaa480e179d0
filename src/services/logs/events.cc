// How events become chunks: packing, sealing, and joining small batches.
#include "services/logs/events.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/envelope.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/seal.h"
#include "base/strings.h"
#include "kernel/cloud.h"

namespace logs {

namespace {

void append_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>(number | 0x80));
  out.push_back(static_cast<char>(number));
}

std::uint64_t zigzag(std::int64_t number) {
  return (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
}

std::int64_t unzigzag(std::uint64_t number) { return static_cast<std::int64_t>((number >> 1) ^ (~(number & 1) + 1)); }

// In UTF-8 no text has this byte.
constexpr char kTransformedMark = '\xff';

std::int64_t hour_of(std::int64_t time_ms) { return time_ms / kHourMs; }

std::int64_t stored_bytes_of(std::string_view message) { return std::ssize(message) + kEventOverheadBytes; }

// What a chunk is sealed for: it cannot be put in the place of another stream's.
std::string purpose_of(std::uint64_t group_id, std::uint64_t stream_id) {
  return "logs.chunk" + store::key(group_id, stream_id);
}

// Packs the events of a chunk and those that join it, in order. Of events of the same time the earlier ones come first.
std::string join(std::string_view packed, const std::vector<LogEvent>& joining) {
  EventPacker packer;
  EventReader reader(packed);
  auto next = joining.begin();
  for (LogEvent event; reader.next(event);) {
    for (; next != joining.end() && next->timestamp_ms < event.timestamp_ms; ++next) packer.add(*next);
    packer.add(event);
  }
  for (; next != joining.end(); ++next) packer.add(*next);
  return packer.take();
}

// Writes the chunks of one batch.
class Appender {
 public:
  Appender(Call& call, OpenGroup& group, Stream& stream, std::string data_key)
      : call_(call), group_(group), stream_(stream), data_key_(std::move(data_key)) {}

  // Events of one hour.
  Result<void> add(const std::vector<LogEvent>& events) {
    std::int64_t bytes = 0;
    for (const LogEvent& event : events) bytes += stored_bytes_of(event.message);
    group_.tx.add(kStoredBytes, store::key(group_.row.id), bytes);
    Chunk chunk{.last_ms = events.back().timestamp_ms,
                .events = events.size(),
                .stored_bytes = bytes,
                .data_key = group_.row.data_key,
                .stream = stream_.name};
    if (bytes < kOpenChunkBytes && TRY(join_open_chunk(events, chunk))) return {};
    const std::string packed = join("", events);
    const std::int64_t first_ms = events.front().timestamp_ms;
    const std::uint64_t sequence = call_.next_sequence();
    put(first_ms, sequence, chunk, packed);
    // What comes late is on its own: what comes next is of this hour again.
    const OpenChunk& open = stream_.open_chunk;
    if (bytes < kOpenChunkBytes && (open.sequence == 0 || hour_of(first_ms) >= hour_of(open.first_ms)))
      stream_.open_chunk = {first_ms, sequence, bytes};
    return {};
  }

 private:
  // False: there is none that the events may join.
  Result<bool> join_open_chunk(const std::vector<LogEvent>& events, Chunk& chunk) {
    OpenChunk& open = stream_.open_chunk;
    const std::int64_t first_ms = events.front().timestamp_ms;
    if (open.sequence == 0 || open.stored_bytes >= kOpenChunkBytes || hour_of(open.first_ms) != hour_of(first_ms))
      return false;
    const auto kept = group_.tx.get_viewed(kChunks, key_of(open.first_ms, open.sequence));
    if (!kept || kept->row.data_key != group_.row.data_key) return false;
    std::string opened;
    std::string_view packed = kept->row.packed;
    if (kept->row.data_key != 0) {
      auto text = base::unseal(data_key_, packed, purpose_of(group_.row.id, stream_.id));
      if (!text) return error("ServiceUnavailableException", "A chunk of the log stream cannot be read.");
      packed = opened = *std::move(text);
    }
    const std::string joined = join(packed, events);
    chunk.last_ms = std::max(chunk.last_ms, kept->row.last_ms);
    chunk.events += kept->row.events;
    chunk.stored_bytes += kept->row.stored_bytes;
    if (first_ms < open.first_ms) {
      erase(open.first_ms, open.sequence);
      open.first_ms = first_ms;
    }
    open.stored_bytes = chunk.stored_bytes;
    put(open.first_ms, open.sequence, chunk, joined);
    return true;
  }

  std::string key_of(std::int64_t first_ms, std::uint64_t sequence) const {
    return store::key(group_.row.id, first_ms, stream_.id, sequence);
  }

  void put(std::int64_t first_ms, std::uint64_t sequence, Chunk& chunk, const std::string& packed) {
    std::string sealed;
    if (chunk.data_key != 0) {
      sealed = base::seal(data_key_, base::random_bytes(call_.cloud().dice(), base::kSealNonceBytes), packed,
                          purpose_of(group_.row.id, stream_.id));
    }
    chunk.packed = chunk.data_key != 0 ? sealed : packed;
    const std::string key = key_of(first_ms, sequence);
    group_.tx.put(kChunks, key, chunk);
    group_.tx.put(kGroupChunks, key, {chunk.last_ms});
    group_.tx.put(kStreamChunks, store::key(stream_.id, first_ms, sequence), {chunk.last_ms});
  }

  void erase(std::int64_t first_ms, std::uint64_t sequence) {
    const std::string key = key_of(first_ms, sequence);
    group_.tx.erase(kChunks, key);
    group_.tx.erase(kGroupChunks, key);
    group_.tx.erase(kStreamChunks, store::key(stream_.id, first_ms, sequence));
  }

  Call& call_;
  OpenGroup& group_;
  Stream& stream_;
  std::string data_key_;
};

void note_in_stream(Stream& stream, const std::vector<NewEvent>& events, std::int64_t now_ms) {
  const std::int64_t first_ms = events.front().timestamp_ms, last_ms = events.back().timestamp_ms;
  const bool is_first = stream.next_ordinal == 0;
  stream.first_event_ms = is_first ? first_ms : std::min(stream.first_event_ms, first_ms);
  stream.last_event_ms = is_first ? last_ms : std::max(stream.last_event_ms, last_ms);
  stream.last_ingestion_ms = now_ms;
  stream.next_ordinal += events.size();
}

}  // namespace

void EventPacker::add(const LogEvent& event) {
  append_varint(bytes_, zigzag(event.timestamp_ms - last_.timestamp_ms));
  append_varint(bytes_, zigzag(event.ingested_ms - last_.ingested_ms));
  append_varint(bytes_, zigzag(static_cast<std::int64_t>(event.ordinal - last_.ordinal) - 1));
  last_ = event;
  if (event.transformed.empty() && !event.message.starts_with(kTransformedMark)) {
    append_varint(bytes_, event.message.size());
    bytes_ += event.message;
    return;
  }
  std::string head(1, kTransformedMark);
  append_varint(head, event.message.size());
  append_varint(bytes_, head.size() + event.message.size() + event.transformed.size());
  bytes_.append(head).append(event.message).append(event.transformed);
}

std::uint64_t EventReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !rest_.empty() && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) break;
  }
  return value;
}

bool EventReader::next(LogEvent& event) {
  if (rest_.empty()) return false;
  last_.timestamp_ms += unzigzag(number());
  last_.ingested_ms += unzigzag(number());
  last_.ordinal += static_cast<std::uint64_t>(unzigzag(number()) + 1);
  last_.message = rest_.substr(0, 0);
  const std::uint64_t size = number();
  last_.message = rest_.substr(0, size);
  last_.transformed = {};
  rest_.remove_prefix(last_.message.size());
  if (last_.message.starts_with(kTransformedMark)) {
    const std::string_view after = std::exchange(rest_, last_.message.substr(1));
    const std::uint64_t message_bytes = number();
    last_.message = rest_.substr(0, message_bytes);
    last_.transformed = rest_.substr(last_.message.size());
    rest_ = after;
  }
  event = last_;
  return true;
}

std::string OpenGroup::arn() const {
  return fmt::format("arn:aws:logs:{}:{}:log-group:{}", tx.place().region, tx.place().account, row.name);
}

std::int64_t OpenGroup::visible_from_ms(std::int64_t now_ms) const {
  return row.retention_days == 0 ? 0 : now_ms - row.retention_days * 24 * kHourMs;
}

DataKeys open_data_keys(Call& call, const OpenGroup& group) {
  DataKeys keys;
  std::map<std::uint64_t, SealedDataKey> sealed;
  group.tx.scan(kDataKeys, store::key(group.row.id), [&](std::string_view key, const SealedDataKey& row) {
    store::KeyReader parts(key);
    parts.unsigned_number();
    sealed[parts.unsigned_number()] = row;
  });
  for (const auto& [number, row] : sealed) {
    const kernel::Client kms =
        call.as_service(fmt::format("logs.{}.amazonaws.com", group.tx.place().region), group.arn())
            .in(group.tx.place());
    auto opened = aws::open_data_key(kms, row.sealed, {{"aws:logs:arn", group.arn()}});
    if (!opened) {
      opened = error(
          "AccessDeniedException",
          fmt::format("The specified KMS key does not exist or is not allowed to be used with Arn '{}'", group.arn()));
    }
    keys.emplace(number, std::move(opened));
  }
  return keys;
}

Result<void> append_events(Call& call, OpenGroup& group, Stream& stream, const std::vector<NewEvent>& events) {
  std::string data_key;
  if (group.row.data_key != 0) {
    DataKeys keys = open_data_keys(call, group);
    data_key = TRY(std::move(keys.at(group.row.data_key)));
  }
  Appender appender(call, group, stream, std::move(data_key));
  std::vector<LogEvent> piece;
  std::uint64_t ordinal = stream.next_ordinal;
  for (const NewEvent& event : events) {
    if (!piece.empty() && hour_of(piece.front().timestamp_ms) != hour_of(event.timestamp_ms)) {
      TRY_VOID(appender.add(piece));
      piece.clear();
    }
    piece.push_back({event.timestamp_ms, call.now_ms(), ordinal++, event.message, event.transformed});
  }
  if (!piece.empty()) TRY_VOID(appender.add(piece));
  if (!events.empty()) note_in_stream(stream, events, call.now_ms());
  group.tx.put(kStreams, store::key(group.row.id, stream.name), stream);
  return {};
}

std::string event_id(std::uint64_t stream_id, std::int64_t timestamp_ms, std::uint64_t ordinal) {
  return fmt::format("{:020}{:016}{:020}", timestamp_ms, stream_id, ordinal);
}

std::string event_pointer(const OpenGroup& group, std::uint64_t stream_id, std::int64_t timestamp_ms,
                          std::uint64_t ordinal) {
  return event_pointer(group.tx.place().account, group.row.name, stream_id, timestamp_ms, ordinal);
}

std::string event_pointer(std::string_view account, std::string_view group, std::uint64_t stream_id,
                          std::int64_t timestamp_ms, std::uint64_t ordinal) {
  return base::to_base64(store::key(account, group, stream_id, timestamp_ms, ordinal));
}

std::optional<Pointer> read_pointer(std::string_view text) {
  const auto bytes = base::from_base64(text);
  if (!bytes) return std::nullopt;
  store::KeyReader parts(*bytes);
  Pointer pointer;
  pointer.account = parts.text();
  pointer.group = parts.text();
  pointer.stream_id = parts.unsigned_number();
  pointer.timestamp_ms = parts.number();
  pointer.ordinal = parts.unsigned_number();
  if (!parts.ok() || !parts.at_end()) return std::nullopt;
  return pointer;
}

}  // namespace logs
