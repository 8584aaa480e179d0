// What event source mappings may be set to.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
#include "base/arn.h"
#include "services/lambda/sources.h"

namespace lambda {

namespace {

constexpr std::int64_t kQueueBatchWithoutWindowMax = 10;
constexpr std::int64_t kFifoBatchMax = 10;
constexpr std::int64_t kBatchMax = 10'000;
constexpr std::int64_t kRecordAgeSecondsMin = 60;
constexpr std::size_t kFiltersMax = 5;  // "Five", by default
constexpr std::int64_t kQueuePollersMin = 2, kQueuePollersMinMax = 200, kQueuePollersMax = 2'000;

std::unexpected<base::Error> refuse_value(std::string message) {
  return refuse("InvalidParameterValueException", std::move(message));
}

std::unexpected<base::Error> refuse_member(std::string_view name) {
  return refuse_value(fmt::format("Unsupported {} parameter for given event source mapping type.", name));
}

Result<void> apply_batching(In in, Mapping& mapping) {
  if (in.has("BatchSize")) mapping.batch_size = in.num("BatchSize");
  if (in.has("MaximumBatchingWindowInSeconds")) mapping.window_seconds = in.num("MaximumBatchingWindowInSeconds");
  const std::int64_t most = mapping.kind == Mapping::Kind::kFifoQueue ? kFifoBatchMax : kBatchMax;
  if (mapping.batch_size > most)
    return refuse_value(
        fmt::format("1 validation error detected: Value '{}' at 'batchSize' failed to satisfy "
                    "constraint: Member must have value less than or equal to {}",
                    mapping.batch_size, most));
  if (mapping.kind == Mapping::Kind::kFifoQueue && mapping.window_seconds > 0)
    return refuse_value("Batching window is not supported for FIFO queues");
  if (!mapping.is_stream() && mapping.batch_size > kQueueBatchWithoutWindowMax && mapping.window_seconds == 0)
    return refuse_value(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  return {};
}

// What only streams have.
Result<void> apply_stream_settings(In in, Mapping& mapping) {
  constexpr std::string_view kNames[]{"BisectBatchOnFunctionError", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
                                      "ParallelizationFactor",      "TumblingWindowInSeconds",   "DestinationConfig"};
  if (!mapping.is_stream()) {
    for (std::string_view name : kNames)
      if (in.value().has(name)) return refuse_member(name);
    return {};
  }
  if (in.has("BisectBatchOnFunctionError")) mapping.is_bisected = in.flag("BisectBatchOnFunctionError");
  mapping.record_age_seconds_max = in.num("MaximumRecordAgeInSeconds", mapping.record_age_seconds_max);
  mapping.retries_max = in.num("MaximumRetryAttempts", mapping.retries_max);
  mapping.parallelization = in.num("ParallelizationFactor", mapping.parallelization);
  mapping.tumbling_seconds = in.num("TumblingWindowInSeconds", mapping.tumbling_seconds);
  // "The value of -1 or of 60 and more."
  if (mapping.record_age_seconds_max != -1 && mapping.record_age_seconds_max < kRecordAgeSecondsMin)
    return refuse_value(
        fmt::format("1 validation error detected: Value '{}' at 'maximumRecordAgeInSeconds' failed to "
                    "satisfy constraint: Member must have value greater than or equal to {}",
                    mapping.record_age_seconds_max, kRecordAgeSecondsMin));
  if (mapping.tumbling_seconds > 0 && mapping.parallelization > 1)
    return refuse_value("Tumbling windows are not supported with a ParallelizationFactor greater than 1.");
  return {};
}

Result<void> apply_destination(In in, Mapping& mapping) {
  if (!in.has("DestinationConfig")) return {};
  const Value& config = in["DestinationConfig"];
  if (config.has("OnSuccess") && !config.at("OnSuccess").at("Destination").str().empty())
    return refuse_member("DestinationConfig");
  const std::string& destination = config.at("OnFailure").at("Destination").str();
  const base::Arn arn = base::Arn::parse(destination);
  if (!destination.empty() && arn.service != "sqs" && arn.service != "sns" && arn.service != "s3")
    return refuse_value(
        "The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure("
        "destination=" +
        destination + ")) is invalid.");
  if (arn.service == "sqs" && arn.resource.ends_with(".fifo"))
    return refuse_value(
        "The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure("
        "destination=" +
        destination + ")) is invalid: FIFO queues are not supported.");
  mapping.on_failure = destination;
  return {};
}

Result<void> apply_filters(Call& call, In in, Mapping& mapping) {
  if (!in.has("FilterCriteria") && !in.has("KMSKeyArn")) return {};
  if (in.has("FilterCriteria")) {
    mapping.filters.clear();
    for (const Value& filter : in["FilterCriteria"].at("Filters").list()) {
      const std::string& pattern = filter.at("Pattern").str();
      if (!aws::EventPattern::parse(pattern)) return refuse_value("Invalid filter pattern definition.");
      mapping.filters.push_back(pattern);
    }
    if (mapping.filters.size() > kFiltersMax)
      return refuse_value(
          fmt::format("1 validation error detected: Value at 'filterCriteria.filters' failed to "
                      "satisfy constraint: Member must have length less than or equal to {}",
                      kFiltersMax));
  } else {
    mapping.filters = TRY(read_filters(call, mapping, call.as_caller("lambda.amazonaws.com")));
  }
  const std::string key = in.has("KMSKeyArn") ? in.str("KMSKeyArn") : mapping.kms_key;
  mapping.kms_key.clear();
  mapping.sealed_key.clear();
  mapping.sealed_filters.clear();
  if (key.empty()) return {};
  mapping.kms_key = key;
  return mapping.filters.empty() ? Result<void>() : seal_filters(call, key, mapping);
}

// What only queues have, and what all do.
Result<void> apply_scaling(In in, Mapping& mapping) {
  for (std::string_view name : {"ScalingConfig", "ProvisionedPollerConfig"})
    if (in.value().has(name) && mapping.is_stream()) return refuse_member(name);
  if (in.has("ScalingConfig")) {
    mapping.concurrency_max.reset();
    if (const Value& most = in["ScalingConfig"].at("MaximumConcurrency"); most.is_whole())
      mapping.concurrency_max = most.num();
  }
  if (in.has("ProvisionedPollerConfig")) {
    const Value& config = in["ProvisionedPollerConfig"];
    mapping.pollers_min.reset();
    mapping.pollers_max.reset();
    if (config.has("MinimumPollers")) mapping.pollers_min = config.at("MinimumPollers").num();
    if (config.has("MaximumPollers")) mapping.pollers_max = config.at("MaximumPollers").num();
    if (config.has("PollerGroupName")) return refuse_member("PollerGroupName");
    const std::int64_t least = mapping.pollers_min.value_or(kQueuePollersMin);
    const std::int64_t most = mapping.pollers_max.value_or(kQueuePollersMinMax);
    if (least < kQueuePollersMin || least > kQueuePollersMinMax || most < kQueuePollersMin || most > kQueuePollersMax)
      return refuse_value("MinimumPollers must be between 2 and 200, MaximumPollers between 2 and 2000.");
    if (least > most) return refuse_value("MinimumPollers must be less than or equal to MaximumPollers.");
  }
  // "You can't use provisioned mode and a maximum concurrency at the same time."
  if (mapping.concurrency_max && (mapping.pollers_min || mapping.pollers_max))
    return refuse_value("ScalingConfig and ProvisionedPollerConfig cannot be set at the same time.");
  return {};
}

void apply_reports(In in, Mapping& mapping) {
  if (in.has("FunctionResponseTypes")) mapping.reports_failures = !in.list("FunctionResponseTypes").empty();
  if (in.has("MetricsConfig")) {
    mapping.metrics.clear();
    for (const Value& metric : in["MetricsConfig"].at("Metrics").list()) mapping.metrics.push_back(metric.str());
  }
}

// Members of other kinds of sources.
Result<void> refuse_other_sources(In in) {
  for (std::string_view name :
       {"SelfManagedEventSource", "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig",
        "DocumentDBEventSourceConfig", "SourceAccessConfigurations", "Topics", "Queues", "LoggingConfig"})
    if (in.value().has(name)) return refuse_member(name);
  return {};
}

Result<void> apply_start(In in, Mapping& mapping) {
  if (!mapping.is_stream()) {
    for (std::string_view name : {"StartingPosition", "StartingPositionTimestamp"})
      if (in.value().has(name)) return refuse_member(name);
    return {};
  }
  if (!in.has("StartingPosition"))
    return refuse_value(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not "
        "be null.");
  mapping.starting_position = in.str("StartingPosition");
  if (mapping.starting_position == "AT_TIMESTAMP")
    return refuse_value("Unsupported starting position for arn type: " + mapping.source_arn);
  if (in.has("StartingPositionTimestamp")) return refuse_member("StartingPositionTimestamp");
  return {};
}

}  // namespace

Result<void> apply_settings(Call& call, In in, MappingPurpose purpose, Mapping& mapping) {
  TRY_VOID(refuse_other_sources(in));
  if (purpose == MappingPurpose::kCreate) TRY_VOID(apply_start(in, mapping));
  TRY_VOID(apply_batching(in, mapping));
  TRY_VOID(apply_stream_settings(in, mapping));
  TRY_VOID(apply_destination(in, mapping));
  TRY_VOID(apply_scaling(in, mapping));
  apply_reports(in, mapping);
  return apply_filters(call, in, mapping);
}

}  // namespace lambda
