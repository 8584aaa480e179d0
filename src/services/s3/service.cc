// Amazon S3. Operations are listed in the *_contents.cc beside this; README.md tells how it all works.
#include "services/s3/access.h"
#include "services/s3/contents.h"

namespace s3 {

kernel::Service service() {
  auto service = kernel::make_service<Model>({});
  service.resource_of = resource_of;
  service.needs_of = needs_of;
  service.access = access_hooks();
  add_buckets(service);
  add_configurations(service);
  add_bodies(service);
  add_objects(service);
  add_times(service);
  return service;
}

}  // namespace s3
