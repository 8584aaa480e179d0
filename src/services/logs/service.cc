// Amazon CloudWatch Logs: its table of contents. Each operation is a function of its AWS name, declared in
// api/logs.h.
#include "services/logs/state.h"

namespace logs {

kernel::Service service() {
  return kernel::make_service<Model>({
      // An operation is listed as OPERATION(ListAnomalies), once it is written. What the model has and is not listed
      // answers NotImplemented and is counted by the coverage table.
  });
}

}  // namespace logs
