#pragma once

#include "services/lambda/lookup.h"

namespace lambda {

// Seals environment variables for a function, under a KMS key or, where that is empty, Lambda's own. Errors: KMS's own.
Result<SealedVariables> seal_variables(Call& call, const OpenFunction& function, const Variables& variables,
                                       const std::string& kms_key);

std::string log_group_of(std::string_view function, const Version& version);

}  // namespace lambda
