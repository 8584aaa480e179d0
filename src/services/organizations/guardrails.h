#pragma once

#include "services/organizations/state.h"

namespace organizations {

// The hook of kernel::AccessHooks.
kernel::Guardrails guardrails_of(Call& call, std::string_view account_id);

// The ARN of what an operation acts on.
std::string resource_of(Call& call, std::string_view operation, const Value& input);

}  // namespace organizations
