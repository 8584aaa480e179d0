#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/dynamodb_changes.h"
#include "services/lambda/sources.h"

// Streams of tables, as mappings read them. For sources_stream.cc, which looks for changes and gathers them, and
// sources_stream_run.cc, which invokes the function with them.
namespace lambda {

// A line's share of a stream: one of its shards, or with parallelization the items of it that hash to the line.
struct StreamShare {
  store::Transaction tx;  // stands where the table does
  aws::dynamodb::Stream stream;
  std::uint64_t shard = 0;
  std::uint64_t lane = 0, lanes = 1;

  std::uint64_t last() const;  // number of the latest change of the shard
  // Changes up to this one are older than a day.
  std::uint64_t trimmed(std::int64_t now_ms) const;
  std::string shard_id(std::int64_t at_ms) const;  // of a change made then
};

struct StreamRecord {
  std::uint64_t number = 0;
  std::int64_t at_ms = 0;
  std::string json;  // as the function is given it
};

// The records of a share within some changes.
struct StreamRecords {
  std::vector<StreamRecord> records;
  std::uint64_t seen = 0;  // the last change that was looked at
  bool is_full = false;    // there may be more
};

struct StreamLimits {
  std::uint64_t after = 0, until = 0;  // changes after the one, up to the other
  std::int64_t count = 0;
  std::int64_t until_ms = -1;  // made before; -1: any time
};

// The stream of a mapping. Errors: ResourceNotFoundException.
Result<StreamShare> open_stream(Call& call, const Mapping& mapping, const Line& line);
// Whether the role may read it. Errors: AccessDeniedException.
Result<void> check_reading(Call& call, const Mapping& mapping, const SourceRole& role);
StreamRecords read_records(Call& call, const Mapping& mapping, const StreamShare& share, const Filters& filters,
                           const StreamLimits& limits);
// When the tumbling window that a moment falls into began.
inline std::int64_t window_begin(const Mapping& mapping, std::int64_t at_ms) {
  return at_ms - at_ms % (mapping.tumbling_seconds * 1'000);
}

}  // namespace lambda
