// What begins or ends in time when a bucket is configured.
#include "services/s3/access_log.h"
#include "services/s3/over_time.h"

namespace s3 {

namespace {

void arm_or_disarm(Call& call, const kernel::Timer& timer, bool is_on, const std::string& key) {
  if (!is_on) return call.disarm(timer, key);
  // In the bucket's own account and region, whoever has configured it.
  call.arm(timer, kernel::from_ms(midnight_after(call.now_ms() + 1)), key);
}

}  // namespace

void configuration_changed(Call& call, const Bucket& bucket, Configuration kind, std::string_view id) {
  switch (kind) {
    case Configuration::kLifecycle:
      return arm_or_disarm(call, kLifecycleStep, bucket.has(Configuration::kLifecycle), bucket.name);
    case Configuration::kInventory:
      return arm_or_disarm(call, kInventoryDue,
                           get_configuration(call.tx, bucket, Configuration::kInventory, id).has_value(),
                           store::key(bucket.name, id));
    case Configuration::kLogging: return note_logging(call, bucket);
    default: return;
  }
}

}  // namespace s3
