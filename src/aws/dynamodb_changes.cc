#include "aws/dynamodb_changes.h"

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

}  // namespace aws::dynamodb
