#pragma once

#include "api/iam.h"

namespace iam {

// Add their operations, hooks, timers and limits to the service.
void list_entity_operations(kernel::Service& service);
void list_evidence_operations(kernel::Service& service);

}  // namespace iam
