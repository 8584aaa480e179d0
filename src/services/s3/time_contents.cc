#include "services/s3/contents.h"
#include "services/s3/over_time.h"

namespace s3 {

void add_times(kernel::Service& service) {
  std::vector<kernel::Operation> operations{
      // notification_configuration.cc
      OPERATION(GetBucketNotificationConfiguration),
      OPERATION(PutBucketNotificationConfiguration),
      // restore.cc
      OPERATION(RestoreObject),
      // select.cc
      OPERATION(SelectObjectContent),
  };
  service.operations.insert(service.operations.end(), operations.begin(), operations.end());
  for (const kernel::Timer* timer : {&kLifecycleStep, &kRestoreStep, &kInventoryDue, &kLogsDue})
    service.timers.push_back(timer);
  service.listeners.push_back({"s3", "s3.notifications", deliver_notifications});
  service.listeners.push_back({"s3", "s3.replicated_changes", replicate_change});
  service.listeners.push_back({kReplicationSource, "s3.replication", replicate});
  service.make_recorder = make_access_log;
}

}  // namespace s3
