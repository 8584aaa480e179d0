#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/event_pattern.h"
#include "services/lambda/run.h"
#include "services/lambda/sources_state.h"

// Event source mappings: what carries messages of queues and changes of tables to functions.
//
// Each mapping has lines, of which each handles one batch at a time. A line is an event in the outbox: delivering it is
// one step, which ends by emitting the next. A step that finds nothing waits for the source's topic, one that invokes
// waits for the run. What a line has in hand is in rows, so that after a crash it goes on where it was.
//   poll  looks for records, gathers them
//   run   invokes the function with what was gathered, and settles it
// A change that the lines must not straddle gives the mapping a new generation: lines of another one end, and the last
// of them lets `settle` go on.
namespace lambda {

struct Line {
  std::string uuid;
  std::uint64_t number = 0;
  std::uint64_t generation = 0;

  std::string key() const { return store::key(std::string_view(uuid), number); }
};

// ---- sources_lines.cc
inline constexpr std::string_view kSourcesSource = "lambda.sources";  // of the events
Result<void> step_source(Call& call, const kernel::Event& event);     // their listener
// The line's next step, not before this time.
void emit_step(Call& call, const Line& line, std::string_view type, std::int64_t not_before_ms = 0);
void start_line(Call& call, const Mapping& mapping, std::uint64_t number, std::int64_t not_before_ms = 0);
void end_line(Call& call, const Line& line);
// Brings the mapping to the state it is to have, or leaves that to its last line.
void emit_settle(Call& call, const Mapping& mapping);
// Lets those of its lines that wait look around.
void wake_lines(Call& call, const Mapping& mapping);
void note_result(Call& call, const Line& line, std::string_view result);
// "The function's back-off": 1 s, 2 s, 4 s, … up to a minute.
std::int64_t back_off_ms(std::int64_t troubles);

// ---- sources_queue.cc, sources_batch.cc, sources_stream.cc, sources_run.cc
Result<void> poll_queue(Call& call, const Line& line, const Mapping& mapping);
Result<void> run_queue(Call& call, const Line& line, const Mapping& mapping);
Result<void> poll_stream(Call& call, const Line& line, const Mapping& mapping);
Result<void> run_stream(Call& call, const Line& line, const Mapping& mapping);
void start_queue_lines(Call& call, const Mapping& mapping);
void start_stream_lines(Call& call, const Mapping& mapping);
// Where the mapping's lines stand at first: chosen when it is created, so that nothing written after that is missed.
// Errors: InvalidParameterValueException.
Result<void> choose_positions(Call& call, const Mapping& mapping);
void forget_lines(Call& call, const Mapping& mapping);

// ---- sources_records.cc
std::string sqs_record(const Mapping& mapping, std::string_view region, const Value& message);
// The filters of a mapping, compiled.
struct Filters {
  std::vector<aws::EventPattern> any;
  // `record`: JSON text, as the function is given it.
  bool wants(const Mapping& mapping, const std::string& record) const;
};
// Errors: InvalidParameterValueException; KMS's, where they are under a customer's key that Lambda cannot use.
Result<Filters> open_filters(Call& call, const Mapping& mapping);
// Their texts, opened by `as`.
Result<std::vector<std::string>> read_filters(Call& call, const Mapping& mapping, const kernel::Client& as);
// Seals the filters of the row under the key, as the caller. Errors: KMS's.
Result<void> seal_filters(Call& call, std::string kms_key, Mapping& mapping);
// What a function's answer says of the items of a batch: the identifiers of those that failed; nothing: all of them.
std::optional<std::vector<std::string>> failed_items(const std::string& answer);
std::string seal_records(Call& call, const std::string& text);
std::string open_records(Call& call, const std::string& sealed);

// ---- sources_role.cc: as whom a mapping reads and writes.
struct SourceRole {
  Target target;
  kernel::Principal session;
};
// Errors: the function or its role is not there.
Result<SourceRole> source_role(Call& call, const Mapping& mapping);
store::Place source_place(const Mapping& mapping);
FunctionName mapped_function(Call& call, const Mapping& mapping);

// ---- sources_failures.cc
// Records of a stream that were given up.
struct GivenUp {
  std::string condition;  // "RetryAttemptsExhausted", "RecordAgeExceeded"
  std::string shard_id, first_number, last_number;
  std::int64_t first_ms = 0, last_ms = 0;
  std::int64_t count = 0, runs = 0;
  std::string request_id, version;  // of the last run; empty: there was none
  std::string payload;              // the invocation's
};
// Tells the destination on failure, where there is one. Errors: only "Parked".
Result<void> tell_of_records(Call& call, const Mapping& mapping, const SourceRole& role, const GivenUp& given_up);

// ---- sources_checks.cc, sources_show.cc
// Checks the members of CreateEventSourceMapping or UpdateEventSourceMapping and sets them in the row. Errors:
// InvalidParameterValueException.
enum class MappingPurpose { kCreate, kChange };
Result<void> apply_settings(Call& call, In in, MappingPurpose purpose, Mapping& mapping);
// Whether the function's role may read the source, and the source is there and fit for the function.
Result<void> check_source(Call& call, const Mapping& mapping);
Out show_mapping(Call& call, const Mapping& mapping);
std::string mapping_arn(const Call& call, std::string_view uuid);

// ---- for the service's table of contents
kernel::Tags tags_of_mapping(Call& call, std::string_view uuid);

}  // namespace lambda
