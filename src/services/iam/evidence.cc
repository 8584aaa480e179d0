#include "services/iam/iam.h"
#include "services/iam/lists.h"

namespace iam {

void list_evidence_operations(kernel::Service&) {}

std::optional<std::string> evidence_conflict(Call&, const User&) { return std::nullopt; }

std::optional<std::string> evidence_target(Call&, std::string_view, const Value&) { return std::nullopt; }

Tags evidence_tags(Call&, std::string_view) { return {}; }

}  // namespace iam
