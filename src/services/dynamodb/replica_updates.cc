// UpdateTable's part that makes a table a global one, adds regions and takes them away, checked in AWS's words.
#include "services/dynamodb/replicas.h"

namespace dynamodb {

namespace {

// Where global tables can be. https://docs.aws.amazon.com/general/latest/gr/ddb.html
constexpr std::array<std::string_view, 34> kRegions{
    "af-south-1",     "ap-east-1",      "ap-east-2",      "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
    "ap-south-1",     "ap-south-2",     "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",
    "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1",   "ca-west-1",      "eu-central-1",
    "eu-central-2",   "eu-north-1",     "eu-south-1",     "eu-south-2",     "eu-west-1",      "eu-west-2",
    "eu-west-3",      "il-central-1",   "me-central-1",   "me-south-1",     "mx-central-1",   "sa-east-1",
    "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2"};
// "MRSC is available in the following Region sets" of three or four.
constexpr std::array<std::string_view, 10> kStrongRegions{
    "us-east-1", "us-east-2",    "us-west-2",      "eu-west-1",      "eu-west-2",
    "eu-west-3", "eu-central-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"};
constexpr std::size_t kStrongRegionCount = 3;

struct Wished {
  std::string kind;  // "Create", "Update", "Delete"
  std::string region;
  Value parameters;
};

struct WishedReplicas {
  std::vector<Wished> actions;
  std::string witness_created, witness_deleted;  // regions
  bool is_strong = false;
  bool names_consistency = false;
};

base::Result<std::vector<Wished>> read_actions(const Value::List& updates) {
  std::vector<Wished> actions;
  for (const Value& update : updates) {
    std::size_t kinds = 0;
    Wished wished;
    for (const char* kind : {"Create", "Update", "Delete"}) {
      if (!update.has(kind)) continue;
      ++kinds;
      wished = {kind, update.at(kind).at("RegionName").str(), update.at(kind)};
    }
    if (update.has("Disassociate"))
      return error("NotImplemented",
                   "Disassociate of ReplicaUpdates is not implemented: it is for replicas of other "
                   "accounts.");
    if (kinds == 0)
      return validation_error("There are no actions specified in the Replica Update Action of the request.");
    if (kinds > 1 || (!actions.empty() && actions.front().kind != wished.kind))
      return validation_error("Update table operation with more than one type of replica actions not allowed.");
    const bool is_repeated = std::ranges::any_of(actions, [&](const Wished& known) {
      return known.region == wished.region && known.parameters == wished.parameters;
    });
    if (!is_repeated) actions.push_back(std::move(wished));
  }
  return actions;
}

base::Result<WishedReplicas> read_wished(const Value& input) {
  WishedReplicas wished{.actions = TRY(read_actions(input.at("ReplicaUpdates").list()))};
  wished.names_consistency = input.has("MultiRegionConsistency");
  wished.is_strong = input.at("MultiRegionConsistency").str() == "STRONG";
  for (const Value& update : input.at("GlobalTableWitnessUpdates").list()) {
    if (update.has("Create")) wished.witness_created = update.at("Create").at("RegionName").str();
    if (update.has("Delete")) wished.witness_deleted = update.at("Delete").at("RegionName").str();
  }
  return wished;
}

base::Result<void> check_alone(const Value& input) {
  for (const auto& [name, value] : input.map()) {
    if (name == "TableName" || name == "ReplicaUpdates" || name == "MultiRegionConsistency" ||
        name == "GlobalTableWitnessUpdates" || value.is_null())
      continue;
    const bool is_strong = input.has("MultiRegionConsistency") || input.has("GlobalTableWitnessUpdates");
    return invalid_parameter(is_strong ? "Requests that modify replicas or witnesses must not also modify other fields"
                                       : "Replica modification must be the only operation in the request");
  }
  return {};
}

base::Result<void> check_region(const OpenTable& table, const Wished& wished) {
  if (wished.region == table.tx.place().region)
    return validation_error(
        "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as "
        "required.");
  if (std::ranges::find(kRegions, wished.region) == kRegions.end())
    return validation_error(
        fmt::format("Region {} is not supported. The latest version of global tables are only supported in the "
                    "following regions: [{}]",
                    wished.region, fmt::join(kRegions, ", ")));
  return {};
}

std::unexpected<base::Error> no_member(std::string_view region) {
  return validation_error(
      fmt::format("Update global table operation failed because one or more replicas were not part of the global "
                  "table. Please retry the request without these replicas: [{}].",
                  region));
}

base::Result<void> check_new_replica(Call& call, const OpenTable& table, const Wished& wished) {
  if (get_table(call, {{table.tx.place().account, wished.region}, table.row.name}))
    return validation_error(
        fmt::format("Failed to create a the new replica of table with name: ‘{}’ because one or more replicas already "
                    "existed as tables.",
                    table.row.name));
  if (table.row.billing != Billing::kOnDemand)
    return validation_error("Table write capacity should either be Pay-Per-Request or AutoScaled.");
  return call.authorize("dynamodb:CreateTableReplica",
                        table_arn({{table.tx.place().account, wished.region}, table.row.name}));
}

// What a region may have of its own.
void read_overrides(const Value& parameters, Replica& replica) {
  const Value& provisioned = parameters.at("ProvisionedThroughputOverride");
  const Value& on_demand = parameters.at("OnDemandThroughputOverride");
  if (provisioned.has("ReadCapacityUnits")) replica.read_units = provisioned.at("ReadCapacityUnits").num();
  if (on_demand.has("MaxReadRequestUnits")) replica.read_units_max = on_demand.at("MaxReadRequestUnits").num();
  if (parameters.has("TableClassOverride")) replica.table_class = parameters.at("TableClassOverride").str();
}

base::Result<void> create_replica(Call& call, OpenTable& table, TableDetails& details, const Wished& wished) {
  TRY_VOID(check_new_replica(call, table, wished));
  Replica replica{.region = wished.region};
  read_overrides(wished.parameters, replica);
  return add_replica(call, table, details, std::move(replica), wished.parameters.at("KMSMasterKeyId").str());
}

base::Result<void> update_replica(Call& call, const OpenTable& table, const Wished& wished) {
  auto group = get_group(table);
  Replica* replica = group ? group->find(wished.region) : nullptr;
  if (!replica) return no_member(wished.region);
  auto other = get_replica(call, table, wished.region);
  const Value& parameters = wished.parameters;
  const bool has_action = parameters.map().size() > 1;
  if (!has_action || !other)
    return validation_error("There are no actions specified in the Replica Update Action of the request.");
  if (parameters.has("KMSMasterKeyId"))
    return invalid_parameter("KMSMasterKeyId of a replica can only be changed by UpdateTable in its own region");
  if (parameters.has("ProvisionedThroughputOverride"))
    return validation_error(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
  read_overrides(parameters, *replica);
  group->put();
  if (replica->read_units_max >= 0) other->row.throughput.read_units_max = replica->read_units_max;
  put_table(*other);
  if (parameters.has("TableClassOverride")) {
    TableDetails own = get_details(*other);
    own.table_class = replica->table_class;
    own.class_changed_ms = call.now_ms();
    put_details(*other, own);
  }
  return {};
}

base::Result<OpenTable> find_replica_to_delete(Call& call, const OpenTable& table, const std::string& region) {
  auto group = get_group(table);
  auto replica = group && group->find(region) ? get_replica(call, table, region) : std::nullopt;
  if (!replica) return no_member(region);
  TRY_VOID(call.authorize("dynamodb:DeleteTableReplica", replica->arn()));
  if (get_details(*replica).is_protected)
    return validation_error(
        fmt::format("Cannot delete table {} in region {} because it has deletion protection enabled. Disable deletion "
                    "protection first.",
                    table.row.name, region));
  return *std::move(replica);
}

base::Result<void> delete_replica(Call& call, OpenTable& table, const std::string& region) {
  OpenTable replica = TRY(find_replica_to_delete(call, table, region));
  TRY_VOID(check_replica_deletion(call, replica));
  erase_table(call, replica);
  if (auto changed = get_table(call, {table.tx.place(), table.row.name})) table.row = std::move(changed->row);
  return {};
}

// ---- strong consistency: a group is born whole, and goes as a whole.

base::Result<void> check_strong_group(const OpenTable& table, const WishedReplicas& wished) {
  const std::string& home = table.tx.place().region;
  std::vector<std::string> regions{home}, wrong;
  for (const Wished& action : wished.actions) {
    if (action.kind != "Create")
      return validation_error(
          "Only Replica Create actions are supported when MultiRegionConsistency parameter is provided.");
    regions.push_back(action.region);
  }
  if (wished.witness_created == home)
    return validation_error(
        "Cannot add a witness in the same region as an existing replica when creating a global table with "
        "MultiRegionConsistency set to STRONG.");
  if (!wished.witness_created.empty()) {
    if (std::ranges::find(regions, wished.witness_created) != regions.end())
      return validation_error("Cannot target multiple regions with the same action");
    regions.push_back(wished.witness_created);
  }
  for (const std::string& region : regions)
    if (std::ranges::find(kStrongRegions, region) == kStrongRegions.end()) wrong.push_back(region);
  if (!wrong.empty())
    return validation_error(fmt::format(
        "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to STRONG: [{}].",
        fmt::join(wrong, ", ")));
  if (regions.size() != kStrongRegionCount || table.row.global_id != 0)
    return validation_error("Unsupported replica count for global tables with MultiRegionConsistency set to STRONG.");
  if (table.tx.count(kCounts, store::key(table.row.id)) != 0)
    return validation_error(
        "Table must be empty to be added to a global table with MultiRegionConsistency set to STRONG.");
  if (std::ranges::any_of(table.row.indexes, &Index::is_local) || !table.row.ttl_attribute.empty())
    return validation_error(
        "Local secondary indexes and time to live are not supported on global tables with MultiRegionConsistency set "
        "to STRONG.");
  return {};
}

base::Result<void> create_strong_group(Call& call, OpenTable& table, TableDetails& details,
                                       const WishedReplicas& wished) {
  TRY_VOID(check_strong_group(table, wished));
  for (const Wished& action : wished.actions) TRY_VOID(check_new_replica(call, table, action));
  table.row.is_strong = true;
  table.row.replication_lag_ms = replication_lag_of(details.tags, table.row);
  for (const Wished& action : wished.actions) TRY_VOID(create_replica(call, table, details, action));
  OpenGroup group = *get_group(table);
  group.row.witness_region = wished.witness_created;
  group.put();
  return {};
}

base::Result<void> delete_strong_group(Call& call, OpenTable& table, const WishedReplicas& wished) {
  OpenGroup group = *get_group(table);
  if (!wished.witness_deleted.empty() && wished.witness_deleted != group.row.witness_region)
    return validation_error(
        fmt::format("Update global table operation failed because one or more witnesses were not part of the global "
                    "table. Please retry the request without these witnesses: [{}].",
                    wished.witness_deleted));
  std::vector<OpenTable> going;
  for (const Wished& action : wished.actions) going.push_back(TRY(find_replica_to_delete(call, table, action.region)));
  if (going.size() + 1 < group.row.replicas.size())
    return validation_error(
        "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency set to "
        "STRONG.");
  if (wished.witness_deleted.empty() && !group.row.witness_region.empty())
    return validation_error("Update table delete operation does not include all witnesses.");
  for (OpenTable& replica : going) erase_table(call, replica);
  if (auto changed = get_table(call, {table.tx.place(), table.row.name})) table.row = std::move(changed->row);
  return {};
}

base::Result<void> check_wished(const OpenTable& table, const WishedReplicas& wished) {
  const bool has_witness = !wished.witness_created.empty() || !wished.witness_deleted.empty();
  const auto group = get_group(table);
  const bool is_deletion = !wished.actions.empty() && wished.actions.front().kind == "Delete";
  if (has_witness && !wished.is_strong && !(group && group->row.is_strong && is_deletion))
    return validation_error(
        "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present.");
  if (group && wished.names_consistency && group->row.is_strong && !wished.is_strong)
    return validation_error("MultiRegionConsistency parameter is unsupported on existing global table");
  if (group && group->row.is_strong && !wished.is_strong && !is_deletion)
    return validation_error("Cannot add replicas to a global table with strong MultiRegionConsistency");
  const bool may_be_several = wished.is_strong || (group && group->row.is_strong);
  if (wished.actions.size() > 1 && wished.actions.front().kind != "Update" && !may_be_several)
    return validation_error("Update table operation with more than one create or delete replica actions not allowed");
  if (group)
    for (const Replica& replica : group->row.replicas)
      if (replica.status == ReplicaStatus::kCreating)
        return error("ResourceInUseException",
                     "Attempt to change a resource which is still in use: Table is being updated: " + table.row.name);
  return {};
}

}  // namespace

bool asks_for_replicas(const Value& input) { return !input.at("ReplicaUpdates").list().empty(); }

base::Result<void> update_replicas(Call& call, const Value& input, OpenTable& table, TableDetails& details) {
  TRY_VOID(check_alone(input));
  const WishedReplicas wished = TRY(read_wished(input));
  for (const Wished& action : wished.actions) TRY_VOID(check_region(table, action));
  TRY_VOID(check_wished(table, wished));
  if (wished.is_strong) return create_strong_group(call, table, details, wished);
  if (table.row.is_strong) return delete_strong_group(call, table, wished);
  for (const Wished& action : wished.actions) {
    if (action.kind == "Create") TRY_VOID(create_replica(call, table, details, action));
    if (action.kind == "Update") TRY_VOID(update_replica(call, table, action));
    if (action.kind == "Delete") TRY_VOID(delete_replica(call, table, action.region));
  }
  return {};
}

}  // namespace dynamodb
