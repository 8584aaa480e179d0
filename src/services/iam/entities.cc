#include "services/iam/lists.h"

namespace iam {

void list_entity_operations(kernel::Service&) {}

}  // namespace iam
