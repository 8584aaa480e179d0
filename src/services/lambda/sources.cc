// Event source mappings: making, showing, changing and deleting them.
#include "services/lambda/sources.h"

#include "base/arn.h"

namespace lambda {

namespace {

constexpr std::int64_t kMappingsListedMax = 100;
constexpr std::int64_t kQueueBatchDefault = 10;
constexpr std::int64_t kStreamBatchDefault = 100;

Result<Mapping> find_mapping(Call& call, const std::string& uuid) {
  auto mapping = call.tx.get(kMappings, uuid);
  if (!mapping) return refuse("ResourceNotFoundException", "The resource you requested does not exist.");
  return *std::move(mapping);
}

// By the service of its ARN; sources that Virga does not have are refused as those that are not there.
Result<Mapping::Kind> kind_of(const std::string& arn) {
  const base::Arn parts = base::Arn::parse(arn);
  if (parts.service == "sqs")
    return parts.resource.ends_with(".fifo") ? Mapping::Kind::kFifoQueue : Mapping::Kind::kQueue;
  if (parts.service == "dynamodb") return Mapping::Kind::kStream;
  if (parts.service == "kinesis") return refuse("InvalidParameterValueException", "Stream not found: " + arn);
  if (parts.service == "kafka" || parts.service == "mq" || parts.service == "rds")
    return refuse("InvalidParameterValueException", "Event source " + arn + " does not exist.");
  return refuse("InvalidParameterValueException", "Unrecognized event source.");
}

// The function as the mapping keeps it.
Result<std::string> find_function_arn(Call& call, const std::string& function_name) {
  const FunctionName name = TRY(parse_function_name(call, function_name));
  auto target = find_target(call, name, Routing::kPrimary);
  if (!target) return refuse("InvalidParameterValueException", "Function does not exist");
  return name.qualified_arn();
}

Result<void> refuse_twin(Call& call, const Mapping& mapping) {
  std::optional<Mapping> twin;
  call.tx.scan(kMappings, store::Scan{}, [&](std::string_view, Mapping& other) {
    if (other.uuid == mapping.uuid || other.source_arn != mapping.source_arn ||
        other.function_arn != mapping.function_arn)
      return true;
    twin = std::move(other);
    return false;
  });
  if (!twin) return {};
  auto name = parse_function_name(call, mapping.function_arn);
  const std::string function = name ? name->name : mapping.function_arn;
  if (!mapping.is_stream())
    return refuse("ResourceConflictException",
                  fmt::format("An event source mapping with SQS arn (\" {} \") and function (\" {} \") already exists. "
                              "Please update or delete the existing mapping with UUID {}",
                              mapping.source_arn, function, twin->uuid));
  return refuse("ResourceConflictException",
                fmt::format("The event source arn (\" {} \") and function (\" {} \") provided mapping already exists. "
                            "Please update or delete the existing mapping with UUID {}",
                            mapping.source_arn, function, twin->uuid));
}

// Another generation of lines: those there are end.
void begin_generation(Call& call, Mapping& mapping) {
  mapping.generation = call.next_sequence();
  wake_lines(call, mapping);
}

}  // namespace

// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
base::Result<Out> CreateEventSourceMapping(Call& call, In in) {
  if (!in.has("EventSourceArn") && !in.has("SelfManagedEventSource"))
    return refuse("InvalidParameterValueException", "Unrecognized event source.");
  if (in.has("SelfManagedEventSource"))
    return refuse("InvalidParameterValueException", "Self-managed Apache Kafka event sources cannot be reached.");
  Mapping mapping{
      .uuid = call.uuid(), .source_arn = in.str("EventSourceArn"), .kind = TRY(kind_of(in.str("EventSourceArn")))};
  mapping.batch_size = mapping.is_stream() ? kStreamBatchDefault : kQueueBatchDefault;
  mapping.is_enabled = !in.has("Enabled") || in.flag("Enabled");
  mapping.state = "Creating";
  mapping.generation = call.next_sequence();
  mapping.modified_ms = call.now_ms();
  if (mapping.is_stream()) mapping.last_result = "No records processed";
  for (const auto& [key, value] : in.map("Tags")) mapping.tags[key] = value.str();
  TRY_VOID(apply_settings(call, in, MappingPurpose::kCreate, mapping));
  mapping.function_arn = TRY(find_function_arn(call, in.str("FunctionName")));
  TRY_VOID(check_source(call, mapping));
  TRY_VOID(refuse_twin(call, mapping));
  if (mapping.is_stream()) TRY_VOID(choose_positions(call, mapping));
  call.tx.put(kMappings, mapping.uuid, mapping);
  emit_settle(call, mapping);
  return show_mapping(call, mapping);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html
base::Result<Out> GetEventSourceMapping(Call& call, In in) {
  return show_mapping(call, TRY(find_mapping(call, in.str("UUID"))));
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html
base::Result<Out> ListEventSourceMappings(Call& call, In in) {
  const std::int64_t limit = std::min(in.num("MaxItems", kMappingsListedMax), kMappingsListedMax);
  std::string function_arn;
  if (in.has("FunctionName")) {
    const FunctionName name = TRY(parse_function_name(call, in.str("FunctionName")));
    function_arn = name.qualified_arn();
  }
  store::Scan scan;
  if (!in.str("Marker").empty()) scan.after = in.str("Marker");
  Value::List listed;
  std::vector<Mapping> found;
  bool has_more = false;
  call.tx.scan(kMappings, scan, [&](std::string_view, Mapping& mapping) {
    if (in.has("EventSourceArn") && mapping.source_arn != in.str("EventSourceArn")) return true;
    // Of a function without a qualifier those with one are listed, too.
    if (!function_arn.empty() && mapping.function_arn != function_arn &&
        !mapping.function_arn.starts_with(function_arn + ":"))
      return true;
    has_more = std::ssize(found) == limit;
    if (!has_more) found.push_back(std::move(mapping));
    return !has_more;
  });
  for (const Mapping& mapping : found) listed.push_back(show_mapping(call, mapping));
  Out answer{{"EventSourceMappings", std::move(listed)}};
  if (has_more) answer.set("NextMarker", found.back().uuid);
  return answer;
}

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
base::Result<Out> UpdateEventSourceMapping(Call& call, In in) {
  Mapping mapping = TRY(find_mapping(call, in.str("UUID")));
  if (mapping.state == "Deleting")
    return refuse("ResourceInUseException",
                  fmt::format("Cannot update the event source mapping because it is in use."));
  const Mapping before = mapping;
  TRY_VOID(apply_settings(call, in, MappingPurpose::kChange, mapping));
  if (in.has("FunctionName")) {
    mapping.function_arn = TRY(find_function_arn(call, in.str("FunctionName")));
    TRY_VOID(check_source(call, mapping));
    TRY_VOID(refuse_twin(call, mapping));
  }
  if (in.has("Enabled")) mapping.is_enabled = in.flag("Enabled");
  mapping.modified_ms = call.now_ms();
  mapping.state = "Updating";
  if (mapping.is_enabled != before.is_enabled) mapping.state = mapping.is_enabled ? "Enabling" : "Disabling";
  const bool is_other_work = mapping.is_enabled != before.is_enabled ||
                             mapping.parallelization != before.parallelization ||
                             mapping.tumbling_seconds != before.tumbling_seconds;
  if (is_other_work)
    begin_generation(call, mapping);
  else
    wake_lines(call, mapping);
  call.tx.put(kMappings, mapping.uuid, mapping);
  emit_settle(call, mapping);
  return show_mapping(call, mapping);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html
base::Result<Out> DeleteEventSourceMapping(Call& call, In in) {
  Mapping mapping = TRY(find_mapping(call, in.str("UUID")));
  if (mapping.state == "Deleting")
    return refuse("ResourceInUseException", "Cannot delete the event source mapping because it is in use.");
  mapping.state = "Deleting";
  mapping.modified_ms = call.now_ms();
  begin_generation(call, mapping);
  call.tx.put(kMappings, mapping.uuid, mapping);
  emit_settle(call, mapping);
  return show_mapping(call, mapping);
}

kernel::Tags tags_of_mapping(Call& call, std::string_view uuid) {
  const auto mapping = call.tx.get(kMappings, uuid);
  return mapping ? mapping->tags : kernel::Tags();
}

}  // namespace lambda
