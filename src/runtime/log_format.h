#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/value.h"

// What the platform says in a function's log, as text and as JSON: pure functions.
namespace runtime {

// "2026-11-21T19:00:00.123Z": always with milliseconds.
std::string log_time(std::int64_t time_ms);

enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kFatal };
// "DEBUG" and the like; what is unknown counts as INFO.
LogLevel parse_log_level(std::string_view text);

// One event of the platform: what the Telemetry API tells of it, and how it looks in the log.
struct PlatformEvent {
  std::string type;    // "platform.start"
  base::Value record;  // a map
  LogLevel level = LogLevel::kInfo;
  std::string text;  // in logs of format Text; empty: not logged there
};

// How an initialization or an invocation went.
struct Course {
  std::string request_id;
  std::string version;
  std::string status = "success";  // "error" (the runtime's or function's), "failure" (a crash), "timeout"
  std::string error_type;
  std::string trace_id;  // X-Ray's header
  double duration_ms = 0;
  double init_ms = 0;  // above 0: this was a cold start
  int memory_mb = 0;
  int memory_used_mb = 0;
};

struct Initialization {
  std::string type;   // "on-demand"
  std::string phase;  // "init", "invoke"
  std::string function_name, version;
  std::string runtime_version, runtime_version_arn;
};

PlatformEvent init_start_event(const Initialization& initialization);
PlatformEvent init_runtime_done_event(const Initialization& initialization, const Course& course);
PlatformEvent init_report_event(const Initialization& initialization, const Course& course);
PlatformEvent start_event(const Course& course);
PlatformEvent runtime_done_event(const Course& course);
// END, which has no event of its own.
std::string end_text(const Course& course);
PlatformEvent report_event(const Course& course);
PlatformEvent extension_event(std::string_view name, std::string_view state, const base::Value& events,
                              std::string_view error_type);
PlatformEvent subscription_event(std::string_view name, std::string_view state, const base::Value& types,
                                 bool is_telemetry);

// Whole milliseconds, begun ones counted, of the initialization too.
std::int64_t billed_ms(const Course& course);

// The event as a line of JSON.
std::string json_line(const PlatformEvent& event, std::int64_t time_ms);

}  // namespace runtime
