// AWS Lambda. Operations are listed here and written in the files named beside them; README.md tells how it all works.
#include "services/lambda/code.h"

namespace lambda {

kernel::Service service() {
  auto service = kernel::make_service<Model>({});
  service.listeners = {{.source = "lambda", .name = "lambda.code", .deliver = bury_code}};
  service.needs_blob = needs_blob;
  return service;
}

}  // namespace lambda
