// Amazon CloudWatch Logs. Operations are listed here and written in the files named beside them; README.md tells how it
// all works.
#include "services/logs/group.h"

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
      // put_events.cc, get_events.cc, filter_events.cc
      OPERATION(FilterLogEvents),
      OPERATION(GetLogEvents),
      OPERATION(GetLogGroupFields),
      OPERATION(GetLogRecord),
      OPERATION(PutLogEvents),
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
      // exports.cc
      OPERATION(CancelExportTask),
      OPERATION(CreateExportTask),
      OPERATION(DescribeExportTasks),
      // data_protection.cc, policies.cc, account_policies.cc
      OPERATION(DeleteAccountPolicy),
      OPERATION(DeleteDataProtectionPolicy),
      OPERATION(DeleteResourcePolicy),
      OPERATION(DescribeAccountPolicies),
      OPERATION(DescribeResourcePolicies),
      OPERATION(GetDataProtectionPolicy),
      OPERATION(PutAccountPolicy),
      OPERATION(PutDataProtectionPolicy),
      OPERATION(PutResourcePolicy),
      // tags.cc
      OPERATION(ListTagsForResource),
      OPERATION(ListTagsLogGroup),
      OPERATION(TagLogGroup),
      OPERATION(TagResource),
      OPERATION(UntagLogGroup),
      OPERATION(UntagResource),
  });
}

}  // namespace

kernel::Service service() {
  kernel::Service service = operations();
  service.resource_of = resource_of;
  service.access = {.policy_of = policy_for, .each_policy = each_policy, .tags_of = tags_of};
  service.listeners = {{"logs.subscriptions", "logs.subscriptions", deliver_to_subscriber}};
  service.timers = {&kClean, &kExport, &kRetention};
  return service;
}

}  // namespace logs
