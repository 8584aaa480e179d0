// How items come to the other replicas of a global table. With eventual consistency the record of a table's changes is
// read on after a while, and of two writes of an item the later one stays, in all regions alike; with strong
// consistency a write is done in all regions at once.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
#include "services/dynamodb/replicas.h"

namespace dynamodb {

namespace {

using aws::dynamodb::kChanges;
using aws::dynamodb::kChangeShards;

constexpr std::size_t kReplicatedPerStep = 200;
constexpr std::size_t kFilledItemsPerStep = 200;
constexpr std::size_t kVersionsPerStep = 500;
constexpr std::int64_t kThrottledMs = 1'000;  // until a refused write is tried again

std::string replication_key(const OpenTable& table, std::string_view region) {
  return store::key(table.row.id, region);
}

std::string replication_timer(const OpenTable& table, std::string_view region) {
  return table_key(table) + store::key(region);
}

// "DynamoDB global tables use a last writer wins reconciliation between concurrent updates."
bool is_later(const ItemVersion& one, const ItemVersion& other) {
  return std::pair(one.at_ms, std::string_view(one.region)) > std::pair(other.at_ms, std::string_view(other.region));
}

// The version of a write here and now: later than any that has been seen of the item.
ItemVersion next_version(Call& call, const OpenTable& table, const std::string& key) {
  ItemVersion version{call.now_ms(), table.tx.place().region};
  const auto before = table.tx.get(kVersions, key);
  if (before && is_later(*before, version)) version.at_ms = before->at_ms + 1;
  return version;
}

void arm_replication(Call& call, const OpenTable& table, std::string_view region, std::int64_t at_ms) {
  table.tx.put(kNextReplications, replication_key(table, region), {at_ms});
  call.arm(kReplicate, kernel::from_ms(at_ms), replication_timer(table, region));
}

// What a write of another region comes to here, and what it costs.
Consumption apply_write(Call& call, const OpenTable& table, const Item& keys, std::string_view image,
                        const ItemVersion& version) {
  const std::string key = item_key(table.row, keys);
  const auto known = table.tx.get(kVersions, key);
  if (known && is_later(*known, version)) return {};
  table.tx.put(kVersions, key, version);
  const std::optional<Stored> before = get_item(table, key);
  std::optional<Stored> after;
  if (!image.empty()) after = Stored(std::string(image));
  if (before && after && before->bytes() == after->bytes()) return {};
  return write_item(
      call, table, key,
      {.before = before ? &*before : nullptr, .after = after ? &*after : nullptr, .origin_region = version.region});
}

Item keys_of(const OpenTable& table, const ItemChange& change) {
  return key_of(table.row, nullptr, (change.after ? change.after : change.before)->item());
}

// A group's replicas but the one in this region.
std::vector<std::string> other_regions(const OpenTable& table) {
  std::vector<std::string> regions;
  const auto group = get_group(table);
  if (!group) return regions;
  for (const Replica& replica : group->row.replicas)
    if (replica.region != table.tx.place().region) regions.push_back(replica.region);
  return regions;
}

// Sends the changes of a shard on that are old enough. Answers when the next one will be, 0 when there is none.
struct Sending {
  Call& call;
  const OpenTable& from;
  const OpenTable& to;
  std::size_t left = kReplicatedPerStep;
  std::int64_t next_ms = 0;  // when there is more to send; 0: nothing

  void send_shard(std::uint64_t shard, std::uint64_t& done) {
    const std::string prefix = store::key(from.row.id, shard);
    std::vector<std::pair<std::uint64_t, Change>> due;
    auto wait_until = [&](std::int64_t at_ms) { next_ms = next_ms == 0 ? at_ms : std::min(next_ms, at_ms); };
    from.tx.scan(kChanges, store::Scan{.prefix = prefix, .from = store::key(from.row.id, shard, done + 1)},
                 [&](std::string_view key, Change& change) {
                   const std::int64_t due_ms = change.at_ms + from.row.replication_lag_ms;
                   if (due_ms > call.now_ms() || left == 0) {
                     wait_until(std::max(due_ms, call.now_ms()));
                     return false;
                   }
                   --left;
                   store::KeyReader parts(key.substr(prefix.size()));
                   due.emplace_back(parts.unsigned_number(), std::move(change));
                   return true;
                 });
    for (const auto& [number, change] : due) {
      if (change.origin_region.empty() && !send(change)) return wait_until(call.now_ms() + kThrottledMs);
      done = number;
    }
  }

  // "Replicated writes … consume" units of the replica; what exceeds these comes later.
  bool send(const Change& change) {
    const store::Savepoint before = to.tx.savepoint();
    const Consumption used = apply_write(call, to, decode(change.keys), open_row(from, {change.new_image}).bytes(),
                                         {change.version_ms, from.tx.place().region});
    if (take_capacity(call, to, used)) return true;
    to.tx.rollback_to(before);
    return false;
  }
};

}  // namespace

std::int64_t replicate_write(Call& call, const OpenTable& table, const std::string& key, const ItemChange& change) {
  const ItemVersion version = next_version(call, table, key);
  table.tx.put(kVersions, key, version);
  for (const std::string& region : other_regions(table)) {
    if (table.row.is_strong) {
      if (auto replica = get_replica(call, table, region))
        apply_write(call, *replica, keys_of(table, change), change.after ? change.after->bytes() : "", version);
    } else if (!table.tx.has(kNextReplications, replication_key(table, region))) {
      arm_replication(call, table, region, call.now_ms() + table.row.replication_lag_ms);
    }
  }
  return version.at_ms;
}

base::Result<void> check_write_conflict(const Call& call, const OpenTable& table, const std::string& key) {
  const auto version = table.tx.get(kVersions, key);
  if (!version || version->region == table.tx.place().region ||
      version->at_ms + table.row.replication_lag_ms <= call.now_ms())
    return {};
  return error("ReplicatedWriteConflictException",
               "One or more items in this request are being modified in a request in another Region.");
}

// Key: as table_key, then the region to send to.
base::Result<void> replicate_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const TimedTable timed = read_table_key(call, parts);
  const std::string region = parts.text();
  if (!timed.table) return {};
  const OpenTable& table = *timed.table;
  const auto replica = get_replica(call, table, region);
  table.tx.erase(kNextReplications, replication_key(table, region));
  if (!replica || !get_group(table)) return {};
  Replication replication = table.tx.get(kReplications, replication_key(table, region)).value_or(Replication{});
  replication.done.resize(kChangeShards);
  Sending sending{.call = call, .from = table, .to = *replica};
  for (std::uint64_t shard = 0; shard < kChangeShards; ++shard) sending.send_shard(shard, replication.done[shard]);
  table.tx.put(kReplications, replication_key(table, region), replication);
  if (sending.next_ms != 0) arm_replication(call, table, region, sending.next_ms);
  return {};
}

void begin_filling_replica(Call& call, const OpenTable& table, std::string_view region) {
  table.tx.put(kReplications, replication_key(table, region), {change_numbers(table)});
  call.arm(kFillReplica, call.now, replication_timer(table, region) + store::key(std::string_view()));
}

void begin_sending(Call& call, const OpenTable& table, std::string_view region, std::string_view filled_from) {
  const auto sent = table.tx.get(kReplications, replication_key(table, filled_from));
  table.tx.put(kReplications, replication_key(table, region), sent.value_or(Replication{}));
  arm_replication(call, table, region, call.now_ms());
}

// Key: as table_key, the region of the new replica, the item to go on after.
base::Result<void> fill_replica_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const TimedTable timed = read_table_key(call, parts);
  const std::string region = parts.text(), after = parts.text();
  auto group = timed.table ? get_group(*timed.table) : std::nullopt;
  auto replica = group ? get_replica(call, *timed.table, region) : std::nullopt;
  if (!replica || !group->find(region)) return {};
  const OpenTable& table = *timed.table;
  store::Scan scan{.prefix = store::key(table.row.id), .limit = kFilledItemsPerStep};
  if (!after.empty()) scan.after = after;
  std::vector<std::pair<std::string, Stored>> items;
  const std::size_t visited = table.tx.scan(kItems, scan, [&](std::string_view item, ItemRow& row) {
    items.emplace_back(item, open_row(table, std::move(row)));
  });
  for (const auto& [item, stored] : items)
    apply_write(call, *replica, key_of(table.row, nullptr, stored.item()), stored.bytes(),
                table.tx.get(kVersions, item).value_or(ItemVersion{0, table.tx.place().region}));
  if (visited == kFilledItemsPerStep) {
    call.arm(kFillReplica, call.now,
             replication_timer(table, region) + store::key(std::string_view(items.back().first)));
    return {};
  }
  replica->row.is_restoring = false;
  put_table(*replica);
  group->find(region)->status = ReplicaStatus::kActive;
  group->put();
  return {};
}

void begin_forgetting_versions(Call& call, const OpenTable& table) {
  call.arm(kForgetVersions, call.now, table_key(table));
}

// Key: as table_key.
base::Result<void> forget_versions_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const TimedTable timed = read_table_key(call, parts);
  if (timed.table && timed.table->row.global_id != 0) return {};
  timed.tx.erase_all(kReplications, store::key(timed.id));
  timed.tx.erase_all(kNextReplications, store::key(timed.id));
  if (timed.tx.erase_all(kVersions, store::key(timed.id), kVersionsPerStep) == kVersionsPerStep)
    call.arm(kForgetVersions, call.now, key);
  return {};
}

}  // namespace dynamodb
