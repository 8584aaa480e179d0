#pragma once

#include "services/accessanalyzer/analyzer.h"

namespace accessanalyzer {

// Errors: ConflictException, ServiceQuotaExceededException, ValidationException.
Result<void> put_new_rule(Call& call, const Analyzer& analyzer, const std::string& name, const Value& filter);

}  // namespace accessanalyzer
