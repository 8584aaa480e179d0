// Access Analyzer: its table of contents. Each operation is a function of its AWS name, declared in
// api/accessanalyzer.h.
#include "services/accessanalyzer/state.h"

namespace accessanalyzer {

kernel::Service service() {
  return kernel::make_service<Model>({
      // An operation is listed as OPERATION(ListAnalyzers), once it is written. What the model has and is not listed
      // answers NotImplemented and is counted by the coverage table.
  });
}

}  // namespace accessanalyzer
