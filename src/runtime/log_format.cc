#include "runtime/log_format.h"

#include <fmt/format.h>

#include <cmath>

#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace runtime {

namespace {

base::Value rounded(double duration_ms) { return std::round(duration_ms * 1000) / 1000; }

// "1-5759e988-bd862e3fe1be46a994272793" of "Root=1-…;Parent=…;Sampled=1".
std::string part_of_trace(std::string_view trace_id, std::string_view name) {
  for (std::string_view part : base::split(trace_id, ';')) {
    part = base::trim(part);
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=')
      return std::string(part.substr(name.size() + 1));
  }
  return {};
}

void add_status(PlatformEvent& event, const Course& course) {
  event.record.set("status", course.status);
  if (course.status == "success") return;
  event.level = LogLevel::kWarn;
  if (!course.error_type.empty()) event.record.set("errorType", course.error_type);
}

}  // namespace

std::string log_time(std::int64_t time_ms) {
  std::string text = base::format_iso8601(time_ms);
  if (text.find('.') == std::string::npos) text.insert(text.size() - 1, ".000");
  return text;
}

LogLevel parse_log_level(std::string_view text) {
  if (text == "TRACE") return LogLevel::kTrace;
  if (text == "DEBUG") return LogLevel::kDebug;
  if (text == "WARN") return LogLevel::kWarn;
  if (text == "ERROR") return LogLevel::kError;
  if (text == "FATAL") return LogLevel::kFatal;
  return LogLevel::kInfo;
}

PlatformEvent init_start_event(const Initialization& initialization) {
  PlatformEvent event{.type = "platform.initStart"};
  event.record.set("initializationType", initialization.type);
  event.record.set("phase", initialization.phase);
  event.record.set("runtimeVersion", initialization.runtime_version);
  event.record.set("runtimeVersionArn", initialization.runtime_version_arn);
  event.record.set("functionName", initialization.function_name);
  event.record.set("functionVersion", initialization.version);
  event.text = fmt::format("INIT_START Runtime Version: {}\tRuntime Version ARN: {}", initialization.runtime_version,
                           initialization.runtime_version_arn);
  return event;
}

PlatformEvent init_runtime_done_event(const Initialization& initialization, const Course& course) {
  PlatformEvent event{.type = "platform.initRuntimeDone", .level = LogLevel::kDebug};
  event.record.set("initializationType", initialization.type);
  event.record.set("phase", initialization.phase);
  add_status(event, course);
  return event;
}

PlatformEvent init_report_event(const Initialization& initialization, const Course& course) {
  bool is_on_demand = initialization.type == "on-demand";
  PlatformEvent event{.type = "platform.initReport", .level = is_on_demand ? LogLevel::kDebug : LogLevel::kInfo};
  event.record.set("initializationType", initialization.type);
  event.record.set("phase", initialization.phase);
  add_status(event, course);
  base::Value metrics;
  metrics.set("durationMs", rounded(course.duration_ms));
  event.record.set("metrics", metrics);
  // The text tells of what went wrong only; REPORT has the rest.
  if (course.status == "success") return event;
  event.text = fmt::format("INIT_REPORT Init Duration: {:.2f} ms\tPhase: {}\tStatus: {}", course.duration_ms,
                           initialization.phase, course.status);
  if (!course.error_type.empty()) event.text += "\tError Type: " + course.error_type;
  return event;
}

PlatformEvent start_event(const Course& course) {
  PlatformEvent event{.type = "platform.start"};
  event.record.set("requestId", course.request_id);
  event.record.set("version", course.version);
  event.text = fmt::format("START RequestId: {} Version: {}", course.request_id, course.version);
  return event;
}

PlatformEvent runtime_done_event(const Course& course) {
  PlatformEvent event{.type = "platform.runtimeDone", .level = LogLevel::kDebug};
  event.record.set("requestId", course.request_id);
  add_status(event, course);
  base::Value metrics;
  metrics.set("durationMs", rounded(course.duration_ms));
  event.record.set("metrics", metrics);
  return event;
}

std::string end_text(const Course& course) { return "END RequestId: " + course.request_id; }

// "Starting August 1, 2025, AWS will standardize billing for the initialization (INIT) phase across all Lambda function
// configurations."
std::int64_t billed_ms(const Course& course) {
  return static_cast<std::int64_t>(std::ceil(course.duration_ms + course.init_ms));
}

PlatformEvent report_event(const Course& course) {
  PlatformEvent event{.type = "platform.report"};
  event.record.set("requestId", course.request_id);
  base::Value metrics;
  metrics.set("durationMs", rounded(course.duration_ms));
  metrics.set("billedDurationMs", billed_ms(course));
  metrics.set("memorySizeMB", course.memory_mb);
  metrics.set("maxMemoryUsedMB", course.memory_used_mb);
  if (course.init_ms > 0) metrics.set("initDurationMs", rounded(course.init_ms));
  event.record.set("metrics", metrics);
  add_status(event, course);
  event.text = fmt::format(
      "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
      course.request_id, course.duration_ms, billed_ms(course), course.memory_mb, course.memory_used_mb);
  if (course.init_ms > 0) event.text += fmt::format("Init Duration: {:.2f} ms\t", course.init_ms);
  if (course.status != "success") {
    event.text += "Status: " + course.status;
    if (!course.error_type.empty() && course.status != "timeout") event.text += "\tError Type: " + course.error_type;
  }
  if (part_of_trace(course.trace_id, "Sampled") != "1") return event;
  std::string root = part_of_trace(course.trace_id, "Root");
  std::string parent = part_of_trace(course.trace_id, "Parent");
  event.text += fmt::format("\nXRAY TraceId: {}\tSegmentId: {}\tSampled: true\t", root, parent);
  base::Value tracing;
  tracing.set("type", "X-Amzn-Trace-Id");
  tracing.set("value", course.trace_id);
  event.record.set("tracing", tracing);
  return event;
}

PlatformEvent extension_event(std::string_view name, std::string_view state, const base::Value& events,
                              std::string_view error_type) {
  PlatformEvent event{.type = "platform.extension"};
  event.record.set("name", name);
  event.record.set("state", state);
  event.record.set("events", events);
  if (!error_type.empty()) {
    event.record.set("errorType", error_type);
    event.level = LogLevel::kWarn;
  }
  event.text = fmt::format("EXTENSION\tName: {}\tState: {}\tEvents: {}", name, state, base::to_json(events));
  if (!error_type.empty()) event.text += fmt::format("\tError Type: {}", error_type);
  return event;
}

PlatformEvent subscription_event(std::string_view name, std::string_view state, const base::Value& types,
                                 bool is_telemetry) {
  PlatformEvent event{.type = is_telemetry ? "platform.telemetrySubscription" : "platform.logsSubscription"};
  event.record.set("name", name);
  event.record.set("state", state);
  event.record.set("types", types);
  event.text = fmt::format("{}\tName: {}\tState: {}\tTypes: {}", is_telemetry ? "TELEMETRY" : "LOGS", name, state,
                           base::to_json(types));
  return event;
}

std::string json_line(const PlatformEvent& event, std::int64_t time_ms) {
  base::Value line;
  line.set("time", log_time(time_ms));
  line.set("type", event.type);
  line.set("record", event.record);
  return base::to_json(line);
}

}  // namespace runtime
