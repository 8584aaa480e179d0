// The operations on global tables of version 2017.11.29, which can be made no more, and what is told of the auto
// scaling of replicas.
#include "services/dynamodb/replicas.h"

namespace dynamodb {

namespace {

std::unexpected<base::Error> no_legacy_table(const std::string& name, std::string_view before) {
  return error("GlobalTableNotFoundException",
               fmt::format("{}Global table with name: '{}' does not exist.", before, name));
}

// "DynamoDB global tables version 2017.11.29 is not supported."
std::unexpected<base::Error> legacy_version() {
  return invalid_parameter(
      "DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global tables version "
      "2019.11.21, instead of version 2017.11.29 (Legacy).");
}

}  // namespace

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateGlobalTable.html
base::Result<Out> CreateGlobalTable(Call&, In) { return legacy_version(); }

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateGlobalTable.html
base::Result<Out> UpdateGlobalTable(Call&, In in) {
  if (in.list("ReplicaUpdates").empty()) return validation_error("One or more parameter values were invalid");
  for (const Value& update : in.list("ReplicaUpdates"))
    if (update.has("Create")) return legacy_version();
  return no_legacy_table(in.str("GlobalTableName"), "");
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeGlobalTable.html
base::Result<Out> DescribeGlobalTable(Call&, In in) {
  return no_legacy_table(in.str("GlobalTableName"), "Global table not found: ");
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeGlobalTableSettings.html
base::Result<Out> DescribeGlobalTableSettings(Call&, In in) { return no_legacy_table(in.str("GlobalTableName"), ""); }

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateGlobalTableSettings.html
base::Result<Out> UpdateGlobalTableSettings(Call&, In in) { return no_legacy_table(in.str("GlobalTableName"), ""); }

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListGlobalTables.html
base::Result<Out> ListGlobalTables(Call&, In) { return Out{{"GlobalTables", Value::List{}}}; }

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTableReplicaAutoScaling.html
base::Result<Out> DescribeTableReplicaAutoScaling(Call& call, In in) {
  const OpenTable table = TRY(find_table_by_name(call, in.str("TableName")));
  const auto group = get_group(table);
  if (!group)
    return error("ResourceNotFoundException",
                 fmt::format("Global table with name: {} does not exist.", table.row.name));
  const Value off(Value::Map{{"AutoScalingDisabled", true}, {"ScalingPolicies", Value::List{}}});
  std::vector<Replica> members = group->row.replicas;
  std::ranges::sort(members, {}, &Replica::region);
  Value::List replicas;
  for (const Replica& member : members) {
    Value::List indexes;
    for (const Index& index : table.row.indexes)
      if (!index.is_local)
        indexes.push_back(Value::Map{{"IndexName", index.name},
                                     {"IndexStatus", "ACTIVE"},
                                     {"ProvisionedReadCapacityAutoScalingSettings", off},
                                     {"ProvisionedWriteCapacityAutoScalingSettings", off}});
    replicas.push_back(Value::Map{{"RegionName", member.region},
                                  {"ReplicaStatus", member.status == ReplicaStatus::kActive ? "ACTIVE" : "CREATING"},
                                  {"ReplicaProvisionedReadCapacityAutoScalingSettings", off},
                                  {"ReplicaProvisionedWriteCapacityAutoScalingSettings", off},
                                  {"GlobalSecondaryIndexes", std::move(indexes)}});
  }
  return Out{{"TableAutoScalingDescription",
              Value::Map{{"TableName", table.row.name}, {"TableStatus", "ACTIVE"}, {"Replicas", std::move(replicas)}}}};
}

}  // namespace dynamodb
