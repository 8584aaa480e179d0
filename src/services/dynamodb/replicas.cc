// Which regions take part in a global table, and what their tables have in common.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
#include "services/dynamodb/replicas.h"

#include <charconv>

namespace dynamodb {

namespace {

constexpr std::int64_t kEventualLagMs = 1'000;  // "typically within a second or less"
constexpr std::int64_t kLagMsMax = 3'600'000;
// Items expire in the region that was first; the others would do it if that did not.
constexpr std::int64_t kExpiryDelayMs = 60'000;

std::string group_key(const GlobalTable& group) { return store::key(std::string_view(group.name), group.id); }

// The table in a region that has just joined, without its items.
base::Result<void> make_replica(Call& call, const OpenTable& table, const TableDetails& details, const Replica& replica,
                                const std::string& key) {
  const store::Place place{table.tx.place().account, replica.region};
  OpenTable made{.tx = call.tx.at(place), .row = table.row};
  made.row.id = call.next_sequence();
  made.row.followers = kReplicasFollow;
  made.row.is_restoring = true;
  made.row.expiry_delay_ms = kExpiryDelayMs;
  made.row.throttling = Throttling::kByBilling;
  made.row.replication_lag_ms = replication_lag_of({}, made.row);
  if (replica.read_units_max >= 0) made.row.throughput.read_units_max = replica.read_units_max;
  for (Index& index : made.row.indexes) {
    index.id = call.next_sequence();
    index.status = IndexStatus::kActive;
  }
  TableDetails own{.table_id = call.uuid(),
                   .created_ms = call.now_ms(),
                   .definitions = details.definitions,
                   .table_class = replica.table_class.empty() ? details.table_class : replica.table_class,
                   .on_demand_since_ms = call.now_ms()};
  made.row.seal_id = 0;
  if (details.has_own_key) {
    Value specification(Value::Map{{"Enabled", true}});
    if (!key.empty()) specification.set("KMSMasterKeyId", key);
    TRY_VOID(set_encryption(call, specification, made, own));
  }
  if (details.stream_view != StreamView::kNone) open_stream(call, made, own, details.stream_view);
  begin_trimming(call, made);
  if (!made.row.ttl_attribute.empty()) own.ttl_changed_ms = call.now_ms();
  put_table(made);
  put_details(made, own);
  return {};
}

// The table becomes a replica of a group, if it is none yet.
OpenGroup ensure_group(Call& call, OpenTable& table) {
  if (auto group = get_group(table)) return *std::move(group);
  OpenGroup group{.tx = table.tx, .row = {.name = table.row.name, .id = call.next_sequence()}};
  group.row.replicas.push_back(
      {.region = table.tx.place().region, .status = ReplicaStatus::kActive, .created_ms = call.now_ms()});
  table.row.global_id = group.row.id;
  table.row.followers |= kReplicasFollow;
  begin_trimming(call, table);
  return group;
}

// Items come to the new replica from all others: what these have changed is sent, what they hold is copied from here.
void fill_replica(Call& call, const OpenTable& table, const OpenGroup& group, const Replica& added) {
  for (const Replica& other : group.row.replicas) {
    if (other.region == added.region || other.region == table.tx.place().region) continue;
    if (auto from = get_replica(call, table, other.region))
      begin_sending(call, *from, added.region, table.tx.place().region);
  }
  begin_filling_replica(call, table, added.region);
}

// A table that is no replica any more is like any other.
void become_regional(Call& call, OpenTable& table) {
  table.row.global_id = 0;
  table.row.is_strong = false;
  table.row.followers &= ~kReplicasFollow;
  table.row.expiry_delay_ms = 0;
  put_table(table);
  begin_forgetting_versions(call, table);
}

void copy_indexes(Call& call, const OpenTable& table, OpenTable& replica) {
  std::erase_if(replica.row.indexes, [&](const Index& index) {
    if (table.find_index(index.name)) return false;
    begin_clearing(call, replica, index.id);
    return true;
  });
  for (const Index& index : table.row.indexes) {
    auto known = std::ranges::find(replica.row.indexes, index.name, &Index::name);
    if (known != replica.row.indexes.end()) {
      known->throughput = index.throughput;
      continue;
    }
    Index added = index;
    added.id = call.next_sequence();
    added.status = IndexStatus::kBackfilling;
    begin_backfill(call, replica, added);
    replica.row.indexes.push_back(std::move(added));
  }
}

Value show_replica(const Replica& replica, const Throughput& throughput) {
  Value shown(Value::Map{
      {"RegionName", replica.region},
      {"ReplicaStatus", replica.status == ReplicaStatus::kActive ? "ACTIVE" : "CREATING"},
      {"GlobalTableSettingsReplicationMode", "ENABLED_WITH_OVERRIDES"},
      {"WarmThroughput", Value::Map{{"ReadUnitsPerSecond", std::max(throughput.warm_read_units, kWarmReads)},
                                    {"WriteUnitsPerSecond", std::max(throughput.warm_write_units, kWarmWrites)},
                                    {"Status", "ACTIVE"}}}});
  if (replica.read_units >= 0)
    shown.set("ProvisionedThroughputOverride", Value::Map{{"ReadCapacityUnits", replica.read_units}});
  if (replica.read_units_max >= 0)
    shown.set("OnDemandThroughputOverride", Value::Map{{"MaxReadRequestUnits", replica.read_units_max}});
  if (!replica.table_class.empty())
    shown.set("ReplicaTableClassSummary", Value::Map{{"TableClass", replica.table_class}});
  return shown;
}

}  // namespace

Replica* OpenGroup::find(std::string_view region) {
  auto found = std::ranges::find(row.replicas, region, &Replica::region);
  return found == row.replicas.end() ? nullptr : &*found;
}

void OpenGroup::put() const { tx.put(kGlobalTables, group_key(row), row); }

std::optional<OpenGroup> get_group(const OpenTable& table) {
  if (table.row.global_id == 0) return std::nullopt;
  OpenGroup group{.tx = table.tx, .row = {.name = table.row.name, .id = table.row.global_id}};
  auto row = table.tx.get(kGlobalTables, group_key(group.row));
  if (!row) return std::nullopt;
  group.row = *std::move(row);
  return group;
}

std::optional<OpenTable> get_replica(Call& call, const OpenTable& table, std::string_view region) {
  auto replica = get_table(call, {{table.tx.place().account, std::string(region)}, table.row.name});
  if (!replica || replica->row.global_id != table.row.global_id) return std::nullopt;
  return replica;
}

std::int64_t replication_lag_of(const std::map<std::string, std::string>& tags, const Table& table) {
  const std::int64_t otherwise_ms = table.is_strong ? 0 : kEventualLagMs;
  auto tag = tags.find("virga:replication-lag");
  if (tag == tags.end()) return otherwise_ms;
  std::int64_t lag_ms = 0;
  const std::string& text = tag->second;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), lag_ms);
  const bool is_number = failure == std::errc() && rest == text.data() + text.size();
  return is_number && lag_ms >= 0 && lag_ms <= kLagMsMax ? lag_ms : otherwise_ms;
}

base::Result<void> add_replica(Call& call, OpenTable& table, TableDetails& details, Replica replica,
                               const std::string& key) {
  const bool is_managed = details.has_own_key && details.has_managed_key;
  if (details.has_own_key && !is_managed && key.empty())
    return invalid_parameter("KMSMasterKeyId must be specified for each replica.");
  if (is_managed && !key.empty())
    return invalid_parameter("All replica keys must either be Customer Managed CMK or AWS Managed CMK.");
  OpenGroup group = ensure_group(call, table);
  if (details.stream_view == StreamView::kNone && !table.row.is_strong)
    open_stream(call, table, details, StreamView::kBothImages);
  group.row.is_strong = table.row.is_strong;
  replica.created_ms = call.now_ms();
  replica.source_region = table.tx.place().region;
  TRY_VOID(make_replica(call, table, details, replica, key));
  group.row.replicas.push_back(replica);
  group.put();
  fill_replica(call, table, group, replica);
  put_table(table);
  return {};
}

void leave_group(Call& call, OpenTable& table) {
  auto group = get_group(table);
  if (!group) return;
  std::erase_if(group->row.replicas, [&](const Replica& replica) { return replica.region == table.tx.place().region; });
  begin_forgetting_versions(call, table);
  if (group->row.replicas.size() > 1) {
    group->put();
    return;
  }
  group->tx.erase(kGlobalTables, group_key(group->row));
  for (const Replica& last : group->row.replicas)
    if (auto replica = get_replica(call, table, last.region)) become_regional(call, *replica);
}

base::Result<void> check_replica_deletion(Call& call, const OpenTable& table) {
  constexpr std::int64_t kSourceMs = 24 * 3'600'000;
  const auto group = get_group(table);
  if (!group) return {};
  if (group->row.is_strong)
    return validation_error(
        "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency set to "
        "STRONG.");
  for (const Replica& replica : group->row.replicas)
    if (replica.source_region == table.tx.place().region && call.now_ms() < replica.created_ms + kSourceMs)
      return validation_error(
          "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the "
          "table in the last 24 hours.");
  return {};
}

void synchronise_replicas(Call& call, const OpenTable& table, const TableDetails& details) {
  auto group = get_group(table);
  if (!group) return;
  const Replica& home = *group->find(table.tx.place().region);
  for (const Replica& member : group->row.replicas) {
    auto replica = get_replica(call, table, member.region);
    if (!replica || member.region == table.tx.place().region) continue;
    copy_indexes(call, table, *replica);
    replica->row.billing = table.row.billing;
    const std::int64_t own_read_units_max = replica->row.throughput.read_units_max;
    replica->row.throughput = table.row.throughput;
    if (member.read_units_max >= 0 || home.read_units_max >= 0)
      replica->row.throughput.read_units_max = own_read_units_max;
    TableDetails own = get_details(*replica);
    own.definitions = details.definitions;
    if (member.table_class.empty() && home.table_class.empty()) own.table_class = details.table_class;
    put_table(*replica);
    put_details(*replica, own);
  }
}

void show_replicas(const OpenTable& table, Moment moment, Value& shown) {
  const auto group = get_group(table);
  if (!group || moment == Moment::kCreating) return;
  Value::List replicas;
  for (const Replica& replica : group->row.replicas) {
    // One that is being made is not yet in the answer that begins it.
    const bool is_hidden = moment == Moment::kUpdating && replica.status == ReplicaStatus::kCreating;
    if (replica.region != table.tx.place().region && !is_hidden)
      replicas.push_back(show_replica(replica, table.row.throughput));
  }
  shown.set("GlobalTableVersion", "2019.11.21");
  shown.set("GlobalTableSettingsReplicationMode", "ENABLED_WITH_OVERRIDES");
  shown.set("Replicas", std::move(replicas));
  if (!group->row.is_strong) return;
  shown.set("MultiRegionConsistency", "STRONG");
  if (!group->row.witness_region.empty())
    shown.set("GlobalTableWitnesses",
              Value::List{Value::Map{{"RegionName", group->row.witness_region}, {"WitnessStatus", "ACTIVE"}}});
}

}  // namespace dynamodb
