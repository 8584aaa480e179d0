// AWS Lambda. Operations are listed here and written in the files named beside them; README.md tells how it all works.
#include "services/lambda/async.h"
#include "services/lambda/code.h"
#include "services/lambda/concurrency.h"
#include "services/lambda/sources.h"
#include "services/lambda/statements.h"
#include "services/lambda/url_requests.h"

namespace lambda {

namespace {

std::vector<kernel::Operation> function_operations() {
  return {
      // functions.cc
      OPERATION(CreateFunction),
      OPERATION(UpdateFunctionCode),
      OPERATION(UpdateFunctionConfiguration),
      OPERATION(GetFunction),
      OPERATION(GetFunctionConfiguration),
      OPERATION(ListFunctions),
      OPERATION(DeleteFunction),
      // versions.cc
      OPERATION(PublishVersion),
      OPERATION(ListVersionsByFunction),
      // aliases.cc
      OPERATION(CreateAlias),
      OPERATION(UpdateAlias),
      OPERATION(GetAlias),
      OPERATION(DeleteAlias),
      OPERATION(ListAliases),
      // layers.cc
      OPERATION(PublishLayerVersion),
      OPERATION(GetLayerVersion),
      OPERATION(GetLayerVersionByArn),
      OPERATION(DeleteLayerVersion),
      OPERATION(ListLayerVersions),
      OPERATION(ListLayers),
      OPERATION(AddLayerVersionPermission),
      OPERATION(RemoveLayerVersionPermission),
      OPERATION(GetLayerVersionPolicy),
  };
}

std::vector<kernel::Operation> setting_operations() {
  return {
      // permissions.cc
      OPERATION(AddPermission),
      OPERATION(RemovePermission),
      OPERATION(GetPolicy),
      OPERATION(PutResourcePolicy),
      OPERATION(GetResourcePolicy),
      OPERATION(DeleteResourcePolicy),
      // urls.cc
      OPERATION(CreateFunctionUrlConfig),
      OPERATION(GetFunctionUrlConfig),
      OPERATION(UpdateFunctionUrlConfig),
      OPERATION(DeleteFunctionUrlConfig),
      OPERATION(ListFunctionUrlConfigs),
      // concurrency.cc
      OPERATION(PutFunctionConcurrency),
      OPERATION(GetFunctionConcurrency),
      OPERATION(DeleteFunctionConcurrency),
      OPERATION(GetAccountSettings),
      // provisioned.cc
      OPERATION(PutProvisionedConcurrencyConfig),
      OPERATION(GetProvisionedConcurrencyConfig),
      OPERATION(DeleteProvisionedConcurrencyConfig),
      OPERATION(ListProvisionedConcurrencyConfigs),
      // event_invoke_configs.cc
      OPERATION(PutFunctionEventInvokeConfig),
      OPERATION(UpdateFunctionEventInvokeConfig),
      OPERATION(GetFunctionEventInvokeConfig),
      OPERATION(DeleteFunctionEventInvokeConfig),
      OPERATION(ListFunctionEventInvokeConfigs),
      // code_signing.cc
      OPERATION(CreateCodeSigningConfig),
      OPERATION(GetCodeSigningConfig),
      OPERATION(UpdateCodeSigningConfig),
      OPERATION(DeleteCodeSigningConfig),
      OPERATION(ListCodeSigningConfigs),
      OPERATION(ListFunctionsByCodeSigningConfig),
      OPERATION(PutFunctionCodeSigningConfig),
      OPERATION(GetFunctionCodeSigningConfig),
      OPERATION(DeleteFunctionCodeSigningConfig),
      // tags.cc
      OPERATION(TagResource),
      OPERATION(UntagResource),
      OPERATION(ListTags),
      // management.cc
      OPERATION(PutRuntimeManagementConfig),
      OPERATION(GetRuntimeManagementConfig),
      OPERATION(PutFunctionRecursionConfig),
      OPERATION(GetFunctionRecursionConfig),
  };
}

std::vector<kernel::Operation> invocation_operations() {
  return {
      // invoke.cc
      OPERATION(Invoke),
      OPERATION(InvokeAsync),
      // invoke_stream.cc
      OPERATION(InvokeWithResponseStream),
      // url_requests.cc
      OPERATION(InvokeFunctionUrl),
      // sources.cc
      OPERATION(CreateEventSourceMapping),
      OPERATION(DeleteEventSourceMapping),
      OPERATION(GetEventSourceMapping),
      OPERATION(ListEventSourceMappings),
      OPERATION(UpdateEventSourceMapping),
  };
}

}  // namespace

kernel::Service service() {
  auto service = kernel::make_service<Model>({});
  for (auto operations : {function_operations, setting_operations, invocation_operations})
    for (const kernel::Operation& each : operations()) service.operations.push_back(each);
  service.resource_of = resource_of;
  service.access = {.policy_of = policy_for, .each_policy = each_policy, .tags_of = tags_of, .find_key = find_key};
  service.listeners = {{.source = "lambda", .name = "lambda.code", .deliver = bury_code},
                       {.source = "lambda", .name = "lambda.states", .deliver = settle},
                       {.source = kProvisionSource, .name = "lambda.provision", .deliver = provision},
                       {.source = kEventsSource, .name = "lambda.events", .deliver = deliver_event},
                       {.source = kLogsSource, .name = "lambda.logs", .deliver = deliver_logs},
                       {.source = kSourcesSource, .name = "lambda.sources", .deliver = step_source}};
  service.timers = {&kRetryEvent, &kProvisionAgain};
  service.needs_of = url_needs;
  service.limits = {kConcurrencyMax};
  service.needs_blob = needs_blob;
  return service;
}

}  // namespace lambda
