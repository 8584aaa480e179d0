#include "services/s3/contents.h"
#include "services/s3/pieces.h"

namespace s3 {

void add_bodies(kernel::Service& service) {
  service.make_intake = make_body_intake;
  service.needs_blob = needs_blob;
  service.timers.push_back(&kBuryBlobs);
}

}  // namespace s3
