// Amazon DynamoDB. Operations are listed here and written in the files named beside them; README.md tells how it all
// works.
#include "services/dynamodb/backups.h"
#include "services/dynamodb/replicas.h"
#include "services/dynamodb/transact.h"

namespace dynamodb {

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // tables.cc
      OPERATION(CreateTable),
      OPERATION(DeleteTable),
      OPERATION(DescribeEndpoints),
      OPERATION(DescribeLimits),
      OPERATION(DescribeTable),
      OPERATION(ListTables),
      // global_tables.cc
      OPERATION(CreateGlobalTable),
      OPERATION(DescribeGlobalTable),
      OPERATION(DescribeGlobalTableSettings),
      OPERATION(DescribeTableReplicaAutoScaling),
      OPERATION(ListGlobalTables),
      OPERATION(UpdateGlobalTable),
      OPERATION(UpdateGlobalTableSettings),
      // update_table.cc
      OPERATION(UpdateTable),
      // kinesis.cc
      OPERATION(DescribeKinesisStreamingDestination),
      OPERATION(DisableKinesisStreamingDestination),
      OPERATION(EnableKinesisStreamingDestination),
      OPERATION(UpdateKinesisStreamingDestination),
      // insights.cc
      OPERATION(DescribeContributorInsights),
      OPERATION(ListContributorInsights),
      OPERATION(UpdateContributorInsights),
      // items.cc
      OPERATION(DeleteItem),
      OPERATION(GetItem),
      OPERATION(PutItem),
      OPERATION(UpdateItem),
      // query.cc
      OPERATION(Query),
      OPERATION(Scan),
      // batch.cc
      OPERATION(BatchGetItem),
      OPERATION(BatchWriteItem),
      // transact.cc
      OPERATION(TransactGetItems),
      OPERATION(TransactWriteItems),
      // partiql.cc
      OPERATION(BatchExecuteStatement),
      OPERATION(ExecuteStatement),
      OPERATION(ExecuteTransaction),
      // tags.cc
      OPERATION(DeleteResourcePolicy),
      OPERATION(GetResourcePolicy),
      OPERATION(ListTagsOfResource),
      OPERATION(PutResourcePolicy),
      OPERATION(TagResource),
      OPERATION(UntagResource),
      // ttl.cc
      OPERATION(DescribeTimeToLive),
      OPERATION(UpdateTimeToLive),
      // backups.cc
      OPERATION(CreateBackup),
      OPERATION(DeleteBackup),
      OPERATION(DescribeBackup),
      OPERATION(ListBackups),
      // recovery.cc
      OPERATION(DescribeContinuousBackups),
      OPERATION(UpdateContinuousBackups),
      // restore.cc
      OPERATION(RestoreTableFromBackup),
      OPERATION(RestoreTableToPointInTime),
  });
  service.resource_of = resource_of;
  service.access = {
      .policy_of = policy_of, .each_policy = each_policy, .tags_of = tags_of, .find_key = find_condition_key};
  service.timers = {&kBackfill,     &kClear,          &kCopy,      &kExpire,  &kFillExpiries, &kFillReplica,
                    &kForgetTokens, &kForgetVersions, &kReplicate, &kRestore, &kTrim};
  service.limits = {kTablesMax};
  return service;
}

}  // namespace dynamodb
