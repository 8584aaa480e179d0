// What CloudWatch Logs does in its own time: throwing away what nobody can see any more.
#include "services/logs/group.h"

namespace logs {

namespace {

constexpr std::size_t kChunksPerStep = 64;
constexpr std::size_t kRowsPerStep = 1'000;

std::string remains_key(std::uint64_t group_id, std::uint64_t stream_id) { return store::key(group_id, stream_id); }

// Chunks of a stream, `kChunksPerStep` at most. True: that was all.
bool drop_stream_chunks(const store::Transaction& tx, std::uint64_t group_id, std::uint64_t stream_id) {
  std::vector<std::pair<std::int64_t, std::uint64_t>> chunks;
  tx.scan_keys(kStreamChunks, {.prefix = store::key(stream_id), .limit = kChunksPerStep}, [&](std::string_view key) {
    store::KeyReader parts(key);
    parts.unsigned_number();
    const std::int64_t first_ms = parts.number();
    chunks.emplace_back(first_ms, parts.unsigned_number());
  });
  std::int64_t bytes = 0;
  for (const auto& [first_ms, sequence] : chunks) {
    const std::string key = store::key(group_id, first_ms, stream_id, sequence);
    if (const auto chunk = tx.get_viewed(kChunks, key)) bytes += chunk->row.stored_bytes;
    tx.erase(kChunks, key);
    tx.erase(kGroupChunks, key);
    tx.erase(kStreamChunks, store::key(stream_id, first_ms, sequence));
  }
  if (bytes != 0) tx.add(kStoredBytes, store::key(group_id), -bytes);
  return chunks.size() < kChunksPerStep;
}

// All that a group has left. True: that was all.
bool drop_group(const store::Transaction& tx, std::uint64_t group_id) {
  OpenGroup group{tx, {.id = group_id}};
  const std::string prefix = store::key(group_id);
  if (drop_chunks_before(group, std::numeric_limits<std::int64_t>::max(), kChunksPerStep)) return false;
  if (tx.erase_all(kStreams, prefix, kRowsPerStep) == kRowsPerStep) return false;
  tx.erase_all(kMetricFilters, prefix);
  tx.erase_all(kTransformers, prefix);
  tx.erase_all(kSubscriptionFilters, prefix);
  tx.erase_all(kDataKeys, prefix);
  tx.erase(kStoredBytes, prefix);
  return true;
}

}  // namespace

void begin_cleaning(Call& call, std::uint64_t group_id, std::uint64_t stream_id) {
  call.arm(kClean, call.now, remains_key(group_id, stream_id));
}

Result<void> clean_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const std::uint64_t group_id = parts.unsigned_number(), stream_id = parts.unsigned_number();
  const bool is_clean =
      stream_id == 0 ? drop_group(call.tx, group_id) : drop_stream_chunks(call.tx, group_id, stream_id);
  if (!is_clean) call.arm(kClean, call.now, key);
  return {};
}

void begin_retention(Call& call, const OpenGroup& group) { call.arm(kRetention, call.now, group.row.name); }

Result<void> retention_step(Call& call, std::string_view key) {
  const auto group = get_group(call.tx, key);
  if (!group || group->row.retention_days == 0) return {};
  const bool has_more = drop_chunks_before(*group, group->visible_from_ms(call.now_ms()), kChunksPerStep);
  call.arm(kRetention, has_more ? call.now : call.now + kernel::Millis(24 * kHourMs), key);
  return {};
}

}  // namespace logs
