// AWS Identity and Access Management: its table of contents, in two halves: who there is and what they may do
// (entities.cc lists it), and what they prove themselves with (evidence.cc). Each operation is a function of its AWS
// name, declared in api/iam.h.
#include "services/iam/lists.h"

namespace iam {

kernel::Service service() {
  kernel::Service service = kernel::make_service<Model>({});
  list_entity_operations(service);
  list_evidence_operations(service);
  return service;
}

}  // namespace iam
