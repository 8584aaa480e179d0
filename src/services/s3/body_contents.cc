#include "services/s3/contents.h"

namespace s3 {

void add_bodies(kernel::Service&) {}

}  // namespace s3
