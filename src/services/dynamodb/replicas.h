#pragma once

#include <string>
#include <string_view>

#include "services/dynamodb/items.h"

// Global tables, version 2019.11.21: tables of one name in several regions that hold the same items.
namespace dynamodb {

// A global table, found by one of its replicas.
struct OpenGroup {
  store::Transaction tx;
  GlobalTable row;

  Replica* find(std::string_view region);
  void put() const;
};
std::optional<OpenGroup> get_group(const OpenTable& table);
// The table in another region of the group; nothing when it is gone.
std::optional<OpenTable> get_replica(Call& call, const OpenTable& table, std::string_view region);

// ---- replicas.cc: which regions take part.
bool asks_for_replicas(const Value& input);  // of UpdateTable
// UpdateTable's ReplicaUpdates, GlobalTableWitnessUpdates and MultiRegionConsistency.
base::Result<void> update_replicas(Call& call, const Value& input, OpenTable& table, TableDetails& details);
// Makes the table in another region, and fills it. `key` is its KMSMasterKeyId there; empty: none was named.
base::Result<void> add_replica(Call& call, OpenTable& table, TableDetails& details, Replica replica,
                               const std::string& key);
// What UpdateTable has changed, at the other replicas. "The following settings are always synchronized …"
void synchronise_replicas(Call& call, const OpenTable& table, const TableDetails& details);
// Errors: ValidationException when the table is a replica that cannot go now.
base::Result<void> check_replica_deletion(Call& call, const OpenTable& table);
// The table is about to go, and leaves its group.
void leave_group(Call& call, OpenTable& table);
// Adds Replicas and what goes with them.
void show_replicas(const OpenTable& table, Moment moment, Value& shown);
// The table tag virga:replication-lag, in milliseconds.
std::int64_t replication_lag_of(const std::map<std::string, std::string>& tags, const Table& table);

// ---- replication.cc: items on their way.
// Notes which write of the item is the last one, and sends it on. Answers what the record of the change is to say.
std::int64_t replicate_write(Call& call, const OpenTable& table, const std::string& key, const ItemChange& change);
// Copies what the table holds to the replica in the region, which is new.
void begin_filling_replica(Call& call, const OpenTable& table, std::string_view region);
// Changes of the table go to the region, too: those that have not come yet to the one that it is filled from.
void begin_sending(Call& call, const OpenTable& table, std::string_view region, std::string_view filled_from);
void begin_forgetting_versions(Call& call, const OpenTable& table);
base::Result<void> replicate_step(Call& call, std::string_view key);
base::Result<void> fill_replica_step(Call& call, std::string_view key);
base::Result<void> forget_versions_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kReplicate{"dynamodb.replicate", replicate_step};
inline constexpr kernel::Timer kFillReplica{"dynamodb.fill_replica", fill_replica_step};
inline constexpr kernel::Timer kForgetVersions{"dynamodb.forget_versions", forget_versions_step};

}  // namespace dynamodb
