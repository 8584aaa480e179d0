#include "services/iam/iam.h"
#include "services/iam/lists.h"

namespace iam {

void list_evidence_operations(kernel::Service&) {}

std::optional<std::string> evidence_conflict(Call&, const User&) { return std::nullopt; }

}  // namespace iam
