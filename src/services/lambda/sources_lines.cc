// The lines of event source mappings: how they begin, go on and end.
#include <limits>

#include "aws/dynamodb_changes.h"
#include "aws/sqs_queues.h"
#include "base/arn.h"
#include "kernel/cloud.h"
#include "services/lambda/sources.h"

namespace lambda {

namespace {

constexpr std::int64_t kTroubleMs = 10'000;  // before a step that failed is tried again
constexpr std::int64_t kBackOffMsMost = 60'000;

std::string mapping_topic(std::string_view uuid) { return "lambda.mapping/" + std::string(uuid); }

// What the lines of a mapping wait for besides its own changes.
std::string source_topic(Call& call, const Mapping& mapping) {
  const base::Arn arn = base::Arn::parse(mapping.source_arn);
  const store::Place place = source_place(mapping);
  if (!mapping.is_stream()) return aws::sqs::arrivals_topic(place, std::string(arn.resource));
  const std::string_view resource = arn.resource;
  const std::size_t end = resource.find("/stream/");
  if (end == resource.npos) return mapping_topic(mapping.uuid);
  constexpr std::string_view kTable = "table/";
  const auto stream =
      call.tx.at(place).get(aws::dynamodb::kStreams,
                            store::key(resource.substr(kTable.size(), end - kTable.size()), resource.substr(end + 8)));
  return stream ? aws::dynamodb::changes_topic(place, stream->table_id) : mapping_topic(mapping.uuid);
}

void put_state(Call& call, Mapping mapping, std::string_view state) {
  mapping.state = state;
  call.tx.put(kMappings, mapping.uuid, mapping);
}

// The mapping has no lines, or only such as may go on.
void settle(Call& call, const std::string& uuid) {
  auto mapping = call.tx.get(kMappings, uuid);
  if (!mapping) return;
  const bool has_lines = call.tx.get(kLines, uuid).value_or(Lines{}).count > 0;
  if (mapping->state == "Deleting") {
    if (has_lines) return;
    forget_lines(call, *mapping);
    call.tx.erase(kMappings, uuid);
    return;
  }
  if (!mapping->is_enabled) {
    if (!has_lines) put_state(call, *mapping, "Disabled");
    return;
  }
  if (has_lines) {
    // Those of an earlier generation end first, and then it goes on from here.
    if (mapping->state == "Updating") put_state(call, *mapping, "Enabled");
    return;
  }
  put_state(call, *mapping, "Enabled");
  mapping->is_stream() ? start_stream_lines(call, *mapping) : start_queue_lines(call, *mapping);
}

Result<void> take_step(Call& call, const Line& line, const Mapping& mapping, std::string_view type) {
  if (type == "run") return mapping.is_stream() ? run_stream(call, line, mapping) : run_queue(call, line, mapping);
  return mapping.is_stream() ? poll_stream(call, line, mapping) : poll_queue(call, line, mapping);
}

}  // namespace

void emit_step(Call& call, const Line& line, std::string_view type, std::int64_t not_before_ms) {
  call.emit({.source = std::string(kSourcesSource),
             .type = std::string(type),
             .key = fmt::format("{}/{}", line.uuid, line.number),
             .detail = Value::Map{{"uuid", line.uuid},
                                  {"line", static_cast<std::int64_t>(line.number)},
                                  {"generation", static_cast<std::int64_t>(line.generation)},
                                  {"not_before_ms", not_before_ms}}});
}

void start_line(Call& call, const Mapping& mapping, std::uint64_t number, std::int64_t not_before_ms) {
  Lines lines = call.tx.get(kLines, mapping.uuid).value_or(Lines{});
  lines.count += 1;
  lines.next = std::max(lines.next, number + 1);
  call.tx.put(kLines, mapping.uuid, lines);
  emit_step(call, {mapping.uuid, number, mapping.generation}, "poll", not_before_ms);
}

void end_line(Call& call, const Line& line) {
  Lines lines = call.tx.get(kLines, line.uuid).value_or(Lines{});
  lines.count -= 1;
  call.tx.put(kLines, line.uuid, lines);
  if (lines.count > 0) return;
  call.tx.erase(kLines, line.uuid);
  call.emit({.source = std::string(kSourcesSource),
             .type = "settle",
             .key = line.uuid,
             .detail = Value::Map{{"uuid", line.uuid}}});
}

void emit_settle(Call& call, const Mapping& mapping) {
  call.emit({.source = std::string(kSourcesSource),
             .type = "settle",
             .key = mapping.uuid,
             .detail = Value::Map{{"uuid", mapping.uuid}}});
}

void wake_lines(Call& call, const Mapping& mapping) {
  constexpr int kAll = std::numeric_limits<int>::max();
  call.wake(mapping_topic(mapping.uuid), kAll);
  call.wake(source_topic(call, mapping), kAll);
}

void note_result(Call& call, const Line& line, std::string_view result) {
  auto mapping = call.tx.get(kMappings, line.uuid);
  if (!mapping || !mapping->is_stream() || mapping->last_result == result) return;
  mapping->last_result = result;
  call.tx.put(kMappings, line.uuid, *mapping);
}

std::int64_t back_off_ms(std::int64_t troubles) {
  constexpr std::int64_t kSecondMs = 1'000;
  return std::min(kBackOffMsMost, kSecondMs << std::clamp<std::int64_t>(troubles - 1, 0, 10));
}

Result<void> step_source(Call& call, const kernel::Event& event) {
  const std::string& uuid = event.detail.at("uuid").str();
  if (event.type == "settle") {
    settle(call, uuid);
    return {};
  }
  const Line line{uuid, static_cast<std::uint64_t>(event.detail.at("line").num()),
                  static_cast<std::uint64_t>(event.detail.at("generation").num())};
  auto mapping = call.tx.get(kMappings, uuid);
  if (!mapping) return {};
  const bool is_current = line.generation == mapping->generation;
  const std::int64_t not_before_ms = event.detail.at("not_before_ms").num();
  if (is_current && call.now_ms() < not_before_ms)
    return call.park_until(kernel::from_ms(not_before_ms), mapping_topic(uuid));
  // A line that ends leaves word for another one of what it was told.
  if (!is_current && (event.type == "poll" || not_before_ms > call.now_ms())) {
    call.wake(source_topic(call, *mapping));
    end_line(call, line);
    return {};
  }
  const store::Savepoint before = call.tx.savepoint();
  Result<void> stepped = take_step(call, line, *mapping, event.type);
  if (stepped || is_parked(stepped.error())) return stepped;
  call.tx.rollback_to(before);
  call.cloud().log().write(
      base::Level::kWarn, "A step of an event source mapping failed and is tried again.",
      {{"mapping", uuid}, {"step", event.type}, {"error", stepped.error().code + ": " + stepped.error().message}});
  note_result(call, line, "PROBLEM: " + stepped.error().message);
  emit_step(call, line, event.type, call.now_ms() + kTroubleMs);
  return {};
}

}  // namespace lambda
