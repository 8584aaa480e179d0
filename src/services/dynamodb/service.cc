// Amazon DynamoDB. Operations are listed here and written in the files named beside them; README.md tells how it all
// works.
#include "services/dynamodb/backups.h"
#include "services/dynamodb/dax.h"
#include "services/dynamodb/imports.h"
#include "services/dynamodb/replicas.h"
#include "services/dynamodb/transact.h"

namespace dynamodb {

namespace {

kernel::Service operations_on_tables() {
  return kernel::make_service<Model>({
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
      // exports.cc
      OPERATION(DescribeExport),
      OPERATION(ExportTableToPointInTime),
      OPERATION(ListExports),
      // imports.cc
      OPERATION(DescribeImport),
      OPERATION(ImportTable),
      OPERATION(ListImports),
      // recovery.cc
      OPERATION(DescribeContinuousBackups),
      OPERATION(UpdateContinuousBackups),
      // restore.cc
      OPERATION(RestoreTableFromBackup),
      OPERATION(RestoreTableToPointInTime),
  });
}

// At the endpoints of DAX's clusters, dax.cc stands before those that it has an answer for.
kernel::Service operations_on_items() {
  return kernel::make_service<Model>({
      // items.cc
      kernel::make_operation<Model, &delete_item_through>("DeleteItem"),
      kernel::make_operation<Model, &get_item_by_cache>("GetItem"),
      kernel::make_operation<Model, &put_item_through>("PutItem"),
      kernel::make_operation<Model, &update_item_through>("UpdateItem"),
      // query.cc
      kernel::make_operation<Model, &query_by_cache>("Query"),
      kernel::make_operation<Model, &scan_by_cache>("Scan"),
      // batch.cc
      kernel::make_operation<Model, &batch_get_by_cache>("BatchGetItem"),
      kernel::make_operation<Model, &batch_write_through>("BatchWriteItem"),
      // transact.cc
      OPERATION(TransactGetItems),
      kernel::make_operation<Model, &transact_write_through>("TransactWriteItems"),
      // partiql.cc
      OPERATION(BatchExecuteStatement),
      OPERATION(ExecuteStatement),
      OPERATION(ExecuteTransaction),
  });
}

}  // namespace

kernel::Service service() {
  kernel::Service service = operations_on_tables();
  for (kernel::Operation& operation : operations_on_items().operations) service.operations.push_back(operation);
  service.resource_of = resource_of;
  service.access = {
      .policy_of = policy_of, .each_policy = each_policy, .tags_of = tags_of, .find_key = find_condition_key};
  service.timers = {&kBackfill,      &kClear,   &kCopy,         &kExpire,      &kExpireBackup, &kExport,
                    &kExportChanges, &kImport,  &kFillExpiries, &kFillReplica, &kForgetTokens, &kForgetVersions,
                    &kReplicate,     &kRestore, &kSeal,         &kTrim,        &kTrimCache};
  service.limits = {kTablesMax, kExportsMax, kImportsMax};
  return service;
}

}  // namespace dynamodb
