// Event source mappings as answers show them.
#include "services/lambda/sources.h"

namespace lambda {

namespace {

void show_filters(Call& call, const Mapping& mapping, Out& shown) {
  if (!mapping.kms_key.empty()) shown.set("KMSKeyArn", mapping.kms_key);
  auto filters = read_filters(call, mapping, call.as_caller("lambda.amazonaws.com"));
  if (!filters) {
    shown.set("FilterCriteriaError",
              Value::Map{{"ErrorCode", "KMSAccessDeniedException"},
                         {"Message", "Lambda was unable to decrypt the filter criteria: " + filters.error().message}});
    return;
  }
  if (filters->empty()) return;
  Value::List list;
  for (const std::string& filter : *filters) list.push_back(Value::Map{{"Pattern", filter}});
  shown.set("FilterCriteria", Value::Map{{"Filters", std::move(list)}});
}

void show_stream_settings(const Mapping& mapping, Out& shown) {
  shown.set("StartingPosition", mapping.starting_position);
  shown.set("ParallelizationFactor", mapping.parallelization);
  shown.set("MaximumRecordAgeInSeconds", mapping.record_age_seconds_max);
  shown.set("BisectBatchOnFunctionError", mapping.is_bisected);
  shown.set("MaximumRetryAttempts", mapping.retries_max);
  shown.set("TumblingWindowInSeconds", mapping.tumbling_seconds);
  shown.set("LastProcessingResult", mapping.last_result);
  Value on_failure(Value::Map{});
  if (!mapping.on_failure.empty()) on_failure.set("Destination", mapping.on_failure);
  shown.set("DestinationConfig", Value::Map{{"OnFailure", std::move(on_failure)}});
}

void show_queue_settings(const Mapping& mapping, Out& shown) {
  if (mapping.concurrency_max) shown.set("ScalingConfig", Value::Map{{"MaximumConcurrency", *mapping.concurrency_max}});
  if (!mapping.pollers_min && !mapping.pollers_max) return;
  Value pollers(Value::Map{});
  if (mapping.pollers_min) pollers.set("MinimumPollers", *mapping.pollers_min);
  if (mapping.pollers_max) pollers.set("MaximumPollers", *mapping.pollers_max);
  shown.set("ProvisionedPollerConfig", std::move(pollers));
}

}  // namespace

std::string mapping_arn(const Call& call, std::string_view uuid) {
  return call.arn("lambda", fmt::format("event-source-mapping:{}", uuid));
}

Out show_mapping(Call& call, const Mapping& mapping) {
  Out shown{{"UUID", mapping.uuid},
            {"BatchSize", mapping.batch_size},
            {"MaximumBatchingWindowInSeconds", mapping.window_seconds},
            {"EventSourceArn", mapping.source_arn},
            {"EventSourceMappingArn", mapping_arn(call, mapping.uuid)},
            {"FunctionArn", mapping.function_arn},
            {"LastModified", mapping.modified_ms},
            {"State", mapping.state},
            {"StateTransitionReason", mapping.is_stream() ? "User action" : "USER_INITIATED"}};
  mapping.is_stream() ? show_stream_settings(mapping, shown) : show_queue_settings(mapping, shown);
  show_filters(call, mapping, shown);
  Value::List types;
  if (mapping.reports_failures) types.push_back("ReportBatchItemFailures");
  shown.set("FunctionResponseTypes", std::move(types));
  if (!mapping.metrics.empty()) {
    Value::List metrics;
    for (const std::string& metric : mapping.metrics) metrics.push_back(metric);
    shown.set("MetricsConfig", Value::Map{{"Metrics", std::move(metrics)}});
  }
  return shown;
}

}  // namespace lambda
