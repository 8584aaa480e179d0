#include "services/iam/lists.h"

namespace iam {

void list_evidence_operations(kernel::Service&) {}

}  // namespace iam
