#pragma once

#include <string>
#include <string_view>

#include "kernel/call.h"
#include "model/authorization.h"

namespace kernel {

// The ARN a request acts on, for services that do not say it themselves: the action's ARN templates, filled from the
// input's members of the same names. "*" where the action has no resource, or the input does not name it.
std::string resource_in(const Call& call, const model::Authorization::Part& part, const Value& input);

}  // namespace kernel
