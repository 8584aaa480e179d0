#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/lambda.h"

// What Lambda remembers of event source mappings. How they work is told in sources.h.
namespace lambda {

struct Mapping {
  enum class Kind : std::uint8_t { kQueue = 1, kFifoQueue = 2, kStream = 3 };

  std::string uuid;
  std::string source_arn;
  Kind kind = Kind::kQueue;
  std::string function_arn;  // as it is invoked: with the qualifier there may be
  std::string state;         // "Creating", "Enabling", "Enabled", "Updating", "Disabling", "Disabled", "Deleting"
  bool is_enabled = true;    // or is to be
  // Lines that know of another one end.
  std::uint64_t generation = 0;
  std::int64_t modified_ms = 0;
  std::string last_result;  // of streams
  std::int64_t batch_size = 10;
  std::int64_t window_seconds = 0;
  std::int64_t parallelization = 1;
  std::string starting_position;
  std::int64_t record_age_seconds_max = -1;  // -1: any
  std::int64_t retries_max = -1;             // likewise
  bool is_bisected = false;
  std::int64_t tumbling_seconds = 0;
  bool reports_failures = false;  // ReportBatchItemFailures
  std::string on_failure;         // ARN
  std::vector<std::string> filters;
  std::string kms_key;         // of the filters; empty: Lambda's own
  std::string sealed_filters;  // under that key, in place of `filters`
  std::string sealed_key;
  std::optional<std::int64_t> concurrency_max;
  std::vector<std::string> metrics;
  std::optional<std::int64_t> pollers_min, pollers_max;
  std::string poller_group;
  std::string log_level;
  std::map<std::string, std::string> tags;

  bool is_stream() const { return kind == Kind::kStream; }

  static void fields(auto& self, auto& field) {
    field("uuid", self.uuid);
    field("source_arn", self.source_arn);
    field("kind", self.kind);
    field("function_arn", self.function_arn);
    field("state", self.state);
    field("is_enabled", self.is_enabled);
    field("generation", self.generation);
    field("modified_ms", self.modified_ms);
    field("last_result", self.last_result);
    field("batch_size", self.batch_size);
    field("window_seconds", self.window_seconds);
    field("parallelization", self.parallelization);
    field("starting_position", self.starting_position);
    field("record_age_seconds_max", self.record_age_seconds_max);
    field("retries_max", self.retries_max);
    field("is_bisected", self.is_bisected);
    field("tumbling_seconds", self.tumbling_seconds);
    field("reports_failures", self.reports_failures);
    field("on_failure", self.on_failure);
    field("filters", self.filters);
    field("kms_key", self.kms_key);
    field("sealed_filters", self.sealed_filters);
    field("sealed_key", self.sealed_key);
    field("concurrency_max", self.concurrency_max);
    field("metrics", self.metrics);
    field("pollers_min", self.pollers_min);
    field("pollers_max", self.pollers_max);
    field("poller_group", self.poller_group);
    field("log_level", self.log_level);
    field("tags", self.tags);
  }
};
inline constexpr store::Table<Mapping> kMappings{"lambda.mappings"};  // key: the UUID

// The lines of a mapping: how many there are, and how many have a batch.
struct Lines {
  std::int64_t count = 0, busy = 0;
  std::uint64_t next = 0;             // the number of the next one to begin
  std::int64_t growing_since_ms = 0;  // when there were last no more than at first

  static void fields(auto& self, auto& field) {
    field("count", self.count);
    field("busy", self.busy);
    field("next", self.next);
    field("growing_since_ms", self.growing_since_ms);
  }
};
inline constexpr store::Table<Lines> kLines{"lambda.mapping_lines"};  // key: the UUID

// ---- of queues

// Messages that a line has received and not settled yet.
struct Batch {
  std::int64_t begun_ms = 0;          // when its first message came
  std::int64_t shown_ms = 0;          // when the first of them shows in the queue again
  std::int64_t count = 0, bytes = 0;  // of the last bundle
  std::uint64_t bundle = 0;           // what goes in one invocation; the last one so far
  std::uint64_t parts = 0;            // so far
  std::int64_t troubles = 0;          // attempts that came to no run
  bool is_running = false;

  static void fields(auto& self, auto& field) {
    field("begun_ms", self.begun_ms);
    field("shown_ms", self.shown_ms);
    field("count", self.count);
    field("bytes", self.bytes);
    field("bundle", self.bundle);
    field("parts", self.parts);
    field("troubles", self.troubles);
    field("is_running", self.is_running);
  }
};
inline constexpr store::Table<Batch> kBatches{"lambda.batches"};  // key: UUID, line

struct BatchPart {
  std::uint64_t bundle = 0;
  std::string sealed;  // a JSON list of records, sealed by the vault: queues may be encrypted

  static void fields(auto& self, auto& field) {
    field("bundle", self.bundle);
    field("sealed", self.sealed);
  }
};
inline constexpr store::Table<BatchPart> kBatchParts{"lambda.batch_parts"};  // key: UUID, line, part

// ---- of streams

// How far a line has come in its shard: the checkpoint. Changes are numbered per shard without gaps.
struct Position {
  std::uint64_t done = 0;                 // changes up to this one are settled
  std::uint64_t end = 0;                  // the batch goes up to this one; no batch: `done`
  std::vector<std::uint64_t> later_ends;  // of the other parts of a batch that was split, the next one last
  std::int64_t failures = 0;              // of the batch
  std::int64_t troubles = 0;              // attempts at it that came to no run
  std::int64_t window_begin_ms = -1;      // of the tumbling window that is open; -1: none
  std::string sealed_state;               // what it has come to
  bool is_final = false;                  // the window is to be ended

  bool has_batch() const { return end > done; }

  static void fields(auto& self, auto& field) {
    field("done", self.done);
    field("end", self.end);
    field("later_ends", self.later_ends);
    field("failures", self.failures);
    field("troubles", self.troubles);
    field("window_begin_ms", self.window_begin_ms);
    field("sealed_state", self.sealed_state);
    field("is_final", self.is_final);
  }
};
inline constexpr store::Table<Position> kPositions{
    "lambda.positions"};  // key: UUID, shard * kParallelizationMax + lane

inline constexpr std::uint64_t kParallelizationMax = 10;

}  // namespace lambda
