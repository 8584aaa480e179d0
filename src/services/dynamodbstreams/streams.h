#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodbstreams.h"
#include "aws/dynamodb_changes.h"

// Streams of DynamoDB's tables, as their readers see them. They have no rows of their own: a stream is a window on the
// record of its table's changes, and each shard of that record a shard of the stream.
namespace dynamodbstreams {

using aws::dynamodb::Change;
using aws::dynamodb::kChangeShards;
using aws::dynamodb::Stream;
using aws::dynamodb::StreamView;
using base::Value;

struct OpenStream {
  store::Transaction tx;  // stands where the table does
  Stream row;

  std::string arn() const;
  bool is_open() const { return row.closed_ms == 0; }
  // Its changes in a shard are those after the first number; once it is closed up to the last one.
  std::uint64_t first(std::uint64_t shard) const { return row.first[shard]; }
  std::uint64_t last(std::uint64_t shard) const;
  // Its changes up to this number are older than a day, and can be read no more.
  std::uint64_t trimmed(std::uint64_t shard, std::int64_t now_ms) const;
};

// streams.cc
std::unexpected<base::Error> validation_error(std::string message);
// Errors: ValidationException for what is no ARN of a stream, ResourceNotFoundException.
base::Result<OpenStream> find_stream(Call& call, const std::string& arn);

// A shard of the record is a chain of shards of the stream, one after the other.
using aws::dynamodb::kShardMs;
using aws::dynamodb::sequence_number;
using aws::dynamodb::view_name;

struct Shard {
  std::uint64_t chain = 0;  // the shard of the record
  std::int64_t epoch = 0;   // how many went before
  std::uint64_t first = 0;  // its changes are those after this number,
  std::uint64_t last = 0;   // up to this one, so far
  bool is_open = false;

  std::string id(const Stream& stream) const;
  std::string parent_id(const Stream& stream) const;  // empty: it is the first
};
Shard make_shard(const OpenStream& stream, std::uint64_t chain, std::int64_t epoch, std::int64_t now_ms);
// Those that may have changes of the last day, in the order of their ids.
std::vector<Shard> shards_of(const OpenStream& stream, std::int64_t now_ms);
// Nothing when it is none of this shard.
std::optional<std::uint64_t> parse_sequence_number(std::uint64_t shard, std::string_view text);

// iterators.cc
inline constexpr std::int64_t kIteratorMs = 15 * 60 * 1'000;  // "A shard iterator expires 15 minutes after …"
struct Iterator {
  std::string stream_arn;
  std::uint64_t shard = 0;
  std::int64_t epoch = 0;
  std::uint64_t next = 0;  // number of the change to be read first
  std::int64_t made_ms = 0;
};
std::string write_iterator(const Iterator& iterator);
std::optional<Iterator> read_iterator(std::string_view text);

}  // namespace dynamodbstreams
