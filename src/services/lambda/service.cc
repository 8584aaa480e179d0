// AWS Lambda. Operations are listed here and written in the files named beside them; README.md tells how it all works.
#include "services/lambda/async.h"
#include "services/lambda/code.h"
#include "services/lambda/sources.h"

namespace lambda {

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // invoke.cc
      OPERATION(Invoke),
      OPERATION(InvokeAsync),
      // invoke_stream.cc
      OPERATION(InvokeWithResponseStream),
      // sources.cc
      OPERATION(CreateEventSourceMapping),
      OPERATION(DeleteEventSourceMapping),
      OPERATION(GetEventSourceMapping),
      OPERATION(ListEventSourceMappings),
      OPERATION(UpdateEventSourceMapping),
  });
  service.listeners = {{.source = "lambda", .name = "lambda.code", .deliver = bury_code},
                       {.source = kEventsSource, .name = "lambda.events", .deliver = deliver_event},
                       {.source = kLogsSource, .name = "lambda.logs", .deliver = deliver_logs},
                       {.source = kSourcesSource, .name = "lambda.sources", .deliver = step_source}};
  service.timers = {&kRetryEvent};
  service.needs_blob = needs_blob;
  return service;
}

}  // namespace lambda
