#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
std::string shard_id(const Stream& stream, std::uint64_t shard);
// Numbers of changes as SequenceNumber: 21 digits that sort as the numbers of a shard do, and are unique in the stream.
std::string sequence_number(std::uint64_t shard, std::uint64_t number);
// Nothing when it is none of this shard.
std::optional<std::uint64_t> parse_sequence_number(std::uint64_t shard, std::string_view text);
std::string_view view_name(StreamView view);

// iterators.cc
inline constexpr std::int64_t kIteratorMs = 15 * 60 * 1'000;  // "A shard iterator expires 15 minutes after …"
struct Iterator {
  std::string stream_arn;
  std::uint64_t shard = 0;
  std::uint64_t next = 0;  // number of the change to be read first
  std::int64_t made_ms = 0;
};
std::string write_iterator(const Iterator& iterator);
std::optional<Iterator> read_iterator(std::string_view text);

}  // namespace dynamodbstreams
