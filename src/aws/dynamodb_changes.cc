#include "aws/dynamodb_changes.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace aws::dynamodb {

std::uint64_t last_change_by(const store::Transaction& tx, std::uint64_t table_id, std::uint64_t shard,
                             std::int64_t time_ms) {
  const std::string prefix = store::key(table_id, shard);
  std::uint64_t after = latest_change(tx, table_id, shard) + 1;
  std::uint64_t oldest = after;
  tx.scan_keys(kChanges, {.prefix = prefix, .limit = 1}, [&](std::string_view key) {
    store::KeyReader parts(key.substr(prefix.size()));
    oldest = parts.unsigned_number();
  });
  // Numbers have no gaps: the change looked for is `by`, all from `after` on are later.
  std::uint64_t by = oldest - 1;
  while (after - by > 1) {
    const std::uint64_t middle = by + (after - by) / 2;
    auto change = tx.get(kChanges, store::key(table_id, shard, middle));
    (change && change->at_ms > time_ms ? after : by) = middle;
  }
  return by;
}

std::string_view event_name(Event event) {
  if (event == Event::kInsert) return "INSERT";
  return event == Event::kModify ? "MODIFY" : "REMOVE";
}

std::string_view view_name(StreamView view) {
  static constexpr std::array<std::string_view, 5> kNames{"", "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE",
                                                          "NEW_AND_OLD_IMAGES"};
  return kNames[static_cast<std::size_t>(view)];
}

std::string event_id(std::uint64_t table_id, std::uint64_t shard, std::uint64_t number) {
  return base::to_hex(base::md5(store::key(table_id, shard, number)));
}

std::string sequence_number(std::uint64_t shard, std::uint64_t number) {
  return fmt::format("1{:020d}", number * kChangeShards + shard);
}

std::string shard_id(const Stream& stream, std::uint64_t chain, std::int64_t epoch) {
  const auto tail = static_cast<std::uint32_t>(stream.table_id * kChangeShards + chain);
  return fmt::format("shardId-{:020d}-{:08x}", stream.created_ms + epoch * kShardMs, tail);
}

}  // namespace aws::dynamodb
