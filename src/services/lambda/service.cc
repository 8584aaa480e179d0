// AWS Lambda. Operations are listed here and written in the files named beside them; README.md tells how it all works.
#include "services/lambda/async.h"
#include "services/lambda/code.h"
#include "services/lambda/url_requests.h"

namespace lambda {

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // invoke.cc
      OPERATION(Invoke),
      OPERATION(InvokeAsync),
      // invoke_stream.cc
      OPERATION(InvokeWithResponseStream),
      // url_requests.cc
      OPERATION(InvokeFunctionUrl),
  });
  service.listeners = {{.source = "lambda", .name = "lambda.code", .deliver = bury_code},
                       {.source = kEventsSource, .name = "lambda.events", .deliver = deliver_event},
                       {.source = kLogsSource, .name = "lambda.logs", .deliver = deliver_logs}};
  service.timers = {&kRetryEvent};
  service.needs_of = url_needs;
  service.access.find_key = find_url_key;
  service.needs_blob = needs_blob;
  return service;
}

}  // namespace lambda
