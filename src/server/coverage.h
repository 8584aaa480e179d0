#pragma once

namespace server {

// Prints every modelled service and operation and whether it is implemented, for people or as JSON.
enum class CoverageForm { kText, kJson };
void print_coverage(CoverageForm form);

}  // namespace server
