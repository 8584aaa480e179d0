// Shard iterators: where a reader stands.
#include "base/bytes.h"
#include "services/dynamodbstreams/streams.h"

namespace dynamodbstreams {

namespace {

// The number of the change the iterator is to begin with.
base::Result<std::uint64_t> start_of(const Call& call, In in, const OpenStream& stream, const Shard& shard) {
  const std::string& type = in.str("ShardIteratorType");
  const bool is_by_number = type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER";
  const std::uint64_t trimmed = std::max(shard.first, stream.trimmed(shard.chain, call.now_ms()));
  if (is_by_number != in.has("SequenceNumber"))
    return validation_error(fmt::format(
        "One or more parameter values were invalid: SequenceNumber {} be specified when ShardIteratorType is {}",
        is_by_number ? "must" : "must not", type));
  if (type == "TRIM_HORIZON") return trimmed + 1;
  if (type == "LATEST") return std::max(trimmed, shard.last) + 1;
  const auto number = parse_sequence_number(shard.chain, in.str("SequenceNumber"));
  // The number at which the next record will stand may be known already: it begins the description of an empty shard.
  if (!number || *number <= shard.first || *number > std::max(trimmed, shard.last) + 1)
    return validation_error("Invalid SequenceNumber: " + in.str("SequenceNumber"));
  const std::uint64_t start = type == "AT_SEQUENCE_NUMBER" ? *number : *number + 1;
  if (start <= trimmed)
    return error("TrimmedDataAccessException", "The data you are trying to access has been trimmed");
  return start;
}

}  // namespace

// "<ARN of the stream>|1|<where and when>"
std::string write_iterator(const Iterator& iterator) {
  return iterator.stream_arn + "|1|" +
         base::to_base64(store::key(iterator.shard, iterator.epoch, iterator.next, iterator.made_ms));
}

std::optional<Iterator> read_iterator(std::string_view text) {
  constexpr std::string_view kVersion = "|1|";
  const std::size_t at = text.find(kVersion);
  if (at == std::string_view::npos) return std::nullopt;
  const auto position = base::from_base64(text.substr(at + kVersion.size()));
  if (!position) return std::nullopt;
  store::KeyReader parts(*position);
  Iterator iterator{.stream_arn = std::string(text.substr(0, at))};
  iterator.shard = parts.unsigned_number();
  iterator.epoch = parts.number();
  iterator.next = parts.unsigned_number();
  iterator.made_ms = parts.number();
  if (!parts.ok() || !parts.at_end() || iterator.shard >= kChangeShards) return std::nullopt;
  return iterator;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
base::Result<Out> GetShardIterator(Call& call, In in) {
  const OpenStream stream = TRY(find_stream(call, in.str("StreamArn")));
  for (const Shard& shard : shards_of(stream, call.now_ms())) {
    if (shard.id(stream.row) != in.str("ShardId")) continue;
    const std::uint64_t start = TRY(start_of(call, in, stream, shard));
    return Out{{"ShardIterator", write_iterator({stream.arn(), shard.chain, shard.epoch, start, call.now_ms()})}};
  }
  return error("ResourceNotFoundException",
               fmt::format("Requested resource not found: Shard: {} in Stream: {} not found", in.str("ShardId"),
                           in.str("StreamArn")));
}

}  // namespace dynamodbstreams
