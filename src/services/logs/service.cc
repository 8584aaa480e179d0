// Amazon CloudWatch Logs. Operations are listed here and written in the files named beside them; README.md tells how it
// all works.
#include "services/logs/queries.h"

namespace logs {

namespace {

kernel::Service operations() {
  return kernel::make_service<Model>({
      // groups.cc
      OPERATION(AssociateKmsKey),
      OPERATION(CreateLogGroup),
      OPERATION(DeleteLogGroup),
      OPERATION(DeleteRetentionPolicy),
      OPERATION(DescribeLogGroups),
      OPERATION(DisassociateKmsKey),
      OPERATION(ListLogGroups),
      OPERATION(PutLogGroupDeletionProtection),
      OPERATION(PutRetentionPolicy),
      // streams.cc
      OPERATION(CreateLogStream),
      OPERATION(DeleteLogStream),
      OPERATION(DescribeLogStreams),
      // put_events.cc, get_events.cc, filter_events.cc, live_tail.cc
      OPERATION(FilterLogEvents),
      OPERATION(GetLogEvents),
      OPERATION(GetLogGroupFields),
      OPERATION(GetLogRecord),
      OPERATION(PutLogEvents),
      OPERATION(StartLiveTail),
      // metric_filters.cc
      OPERATION(DeleteMetricFilter),
      OPERATION(DescribeMetricFilters),
      OPERATION(PutMetricFilter),
      OPERATION(TestMetricFilter),
      // subscriptions.cc, destinations.cc
      OPERATION(DeleteDestination),
      OPERATION(DeleteSubscriptionFilter),
      OPERATION(DescribeDestinations),
      OPERATION(DescribeSubscriptionFilters),
      OPERATION(PutDestination),
      OPERATION(PutDestinationPolicy),
      OPERATION(PutSubscriptionFilter),
      // exports.cc, data_protection.cc, policies.cc, account_policies.cc
      OPERATION(CancelExportTask),
      OPERATION(CreateExportTask),
      OPERATION(DescribeExportTasks),
      OPERATION(DeleteAccountPolicy),
      OPERATION(DeleteDataProtectionPolicy),
      OPERATION(DeleteResourcePolicy),
      OPERATION(DescribeAccountPolicies),
      OPERATION(DescribeResourcePolicies),
      OPERATION(GetDataProtectionPolicy),
      OPERATION(PutAccountPolicy),
      OPERATION(PutDataProtectionPolicy),
      OPERATION(PutResourcePolicy),
      // transformers.cc
      OPERATION(DeleteTransformer),
      OPERATION(GetTransformer),
      OPERATION(PutTransformer),
      OPERATION(TestTransformer),
      // tags.cc
      OPERATION(ListTagsForResource),
      OPERATION(ListTagsLogGroup),
      OPERATION(TagLogGroup),
      OPERATION(TagResource),
      OPERATION(UntagLogGroup),
      OPERATION(UntagResource),
  });
}

kernel::Service delivery_operations() {
  return kernel::make_service<Model>({
      // deliveries.cc
      OPERATION(CreateDelivery),
      OPERATION(DeleteDelivery),
      OPERATION(DeleteDeliveryDestination),
      OPERATION(DeleteDeliveryDestinationPolicy),
      OPERATION(DeleteDeliverySource),
      OPERATION(DescribeDeliveries),
      OPERATION(DescribeDeliveryDestinations),
      OPERATION(DescribeDeliverySources),
      OPERATION(GetDelivery),
      OPERATION(GetDeliveryDestination),
      OPERATION(GetDeliveryDestinationPolicy),
      OPERATION(GetDeliverySource),
      OPERATION(PutDeliveryDestination),
      OPERATION(PutDeliveryDestinationPolicy),
      OPERATION(PutDeliverySource),
      OPERATION(UpdateDeliveryConfiguration),
  });
}

kernel::Service query_operations() {
  return kernel::make_service<Model>({
      // lookup_tables.cc
      OPERATION(CreateLookupTable),
      OPERATION(DeleteLookupTable),
      OPERATION(DescribeLookupTables),
      OPERATION(GetLookupTable),
      OPERATION(UpdateLookupTable),
      // queries.cc, queries_definitions.cc, queries_indexes.cc
      OPERATION(DeleteIndexPolicy),
      OPERATION(DeleteQueryDefinition),
      OPERATION(DescribeFieldIndexes),
      OPERATION(DescribeIndexPolicies),
      OPERATION(DescribeQueries),
      OPERATION(DescribeQueryDefinitions),
      OPERATION(GetQueryResults),
      OPERATION(ListLogGroupsForQuery),
      OPERATION(PutIndexPolicy),
      OPERATION(PutQueryDefinition),
      OPERATION(StartQuery),
      OPERATION(StopQuery),
  });
}

}  // namespace

kernel::Service service() {
  kernel::Service service = operations();
  for (const kernel::Service& more : {delivery_operations(), query_operations()})
    service.operations.insert(service.operations.end(), more.operations.begin(), more.operations.end());
  service.resource_of = resource_of;
  service.access = {.policy_of = policy_for, .each_policy = each_policy, .tags_of = tags_of};
  service.listeners = {{"logs.subscriptions", "logs.subscriptions", deliver_to_subscriber},
                       {"logs.queries", "logs.queries", run_query}};
  service.timers = {&kClean, &kExport, &kForgetQuery, &kRetention, &kTail};
  return service;
}

}  // namespace logs
