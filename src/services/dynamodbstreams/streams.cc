// Streams: listing and describing them.
#include "services/dynamodbstreams/streams.h"

#include <charconv>

#include "base/arn.h"

namespace dynamodbstreams {

namespace {

constexpr std::int64_t kListedMax = 100;
constexpr std::string_view kStreamPart = "/stream/";

struct StreamName {
  store::Place place;
  std::string table, label;

  std::string key() const { return store::key(std::string_view(table), std::string_view(label)); }
};

// arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label>; labels hold colons.
std::optional<StreamName> parse_arn(std::string_view arn) {
  constexpr std::string_view kTablePart = "table/";
  const auto [partition, service, region, account, resource] = base::Arn::parse(arn);
  const std::size_t stream_at = resource.find(kStreamPart);
  if (service != "dynamodb" || !resource.starts_with(kTablePart) || stream_at == resource.npos) return std::nullopt;
  StreamName name;
  name.place = {std::string(account), std::string(region)};
  name.table = resource.substr(kTablePart.size(), stream_at - kTablePart.size());
  name.label = resource.substr(stream_at + kStreamPart.size());
  return name;
}

base::Result<std::int64_t> read_limit(In in) {
  const std::int64_t limit = in.num("Limit", kListedMax);
  if (limit <= kListedMax) return limit;
  return validation_error(
      fmt::format("1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: Member must have "
                  "value less than or equal to {}",
                  limit, kListedMax));
}

Value show_schema(const Stream& stream) {
  Value::List schema{Value::Map{{"AttributeName", stream.hash_name}, {"KeyType", "HASH"}}};
  if (!stream.range_name.empty())
    schema.push_back(Value::Map{{"AttributeName", stream.range_name}, {"KeyType", "RANGE"}});
  return schema;
}

Value show_shard(const OpenStream& stream, const Shard& shard) {
  const std::uint64_t first = shard.first + 1;
  Value range(Value::Map{{"StartingSequenceNumber", sequence_number(shard.chain, first)}});
  // A shard that was closed empty ends where it begins.
  if (!shard.is_open) range.set("EndingSequenceNumber", sequence_number(shard.chain, std::max(first, shard.last)));
  Value shown(Value::Map{{"ShardId", shard.id(stream.row)}, {"SequenceNumberRange", std::move(range)}});
  if (shard.epoch > 0) shown.set("ParentShardId", shard.parent_id(stream.row));
  return shown;
}

}  // namespace

std::unexpected<base::Error> validation_error(std::string message) {
  return error("ValidationException", std::move(message));
}

std::string OpenStream::arn() const {
  return fmt::format("arn:aws:dynamodb:{}:{}:table/{}{}{}", tx.place().region, tx.place().account, row.table,
                     kStreamPart, row.label);
}

std::uint64_t OpenStream::last(std::uint64_t shard) const {
  return is_open() ? aws::dynamodb::latest_change(tx, row.table_id, shard) : row.last[shard];
}

std::uint64_t OpenStream::trimmed(std::uint64_t shard, std::int64_t now_ms) const {
  return std::max(first(shard),
                  aws::dynamodb::last_change_by(tx, row.table_id, shard, now_ms - aws::dynamodb::kStreamRetentionMs));
}

base::Result<OpenStream> find_stream(Call& call, const std::string& arn) {
  const auto name = parse_arn(arn);
  if (!name) return validation_error("Invalid StreamArn");
  OpenStream stream{call.tx.at(name->place), {}};
  auto row = stream.tx.get(aws::dynamodb::kStreams, name->key());
  if (!row || row->is_gone(call.now_ms()) || name->place.region != call.place.region)
    return error("ResourceNotFoundException", fmt::format("Requested resource not found: Stream: {} not found", arn));
  stream.row = *std::move(row);
  return stream;
}

std::string Shard::id(const Stream& stream) const { return aws::dynamodb::shard_id(stream, chain, epoch); }

std::string Shard::parent_id(const Stream& stream) const {
  return epoch == 0 ? "" : aws::dynamodb::shard_id(stream, chain, epoch - 1);
}

Shard make_shard(const OpenStream& stream, std::uint64_t chain, std::int64_t epoch, std::int64_t now_ms) {
  const std::int64_t begin_ms = stream.row.created_ms + epoch * kShardMs, end_ms = begin_ms + kShardMs;
  auto last_before = [&](std::int64_t time_ms) {
    return aws::dynamodb::last_change_by(stream.tx, stream.row.table_id, chain, time_ms - 1);
  };
  Shard shard{.chain = chain, .epoch = epoch, .first = stream.first(chain), .last = stream.last(chain)};
  shard.is_open = stream.is_open() && now_ms < end_ms;
  if (epoch > 0) shard.first = std::clamp(last_before(begin_ms), shard.first, std::max(shard.first, shard.last));
  if (now_ms >= end_ms) shard.last = std::min(shard.last, last_before(end_ms));
  shard.last = std::max(shard.first, shard.last);
  return shard;
}

std::vector<Shard> shards_of(const OpenStream& stream, std::int64_t now_ms) {
  auto epoch_at = [&](std::int64_t time_ms) {
    return std::max<std::int64_t>(time_ms - stream.row.created_ms, 0) / kShardMs;
  };
  std::vector<Shard> shards;
  const std::int64_t last = epoch_at(stream.is_open() ? now_ms : stream.row.closed_ms);
  const std::int64_t first = std::min(last, epoch_at(now_ms - aws::dynamodb::kStreamRetentionMs));
  for (std::int64_t epoch = first; epoch <= last; ++epoch)
    for (std::uint64_t chain = 0; chain < kChangeShards; ++chain)
      shards.push_back(make_shard(stream, chain, epoch, now_ms));
  return shards;
}

std::optional<std::uint64_t> parse_sequence_number(std::uint64_t shard, std::string_view text) {
  constexpr std::size_t kDigits = 21;
  if (text.size() != kDigits || text.front() != '1') return std::nullopt;
  std::uint64_t number = 0;
  const auto [rest, failure] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (failure != std::errc() || rest != text.data() + text.size() || number % kChangeShards != shard)
    return std::nullopt;
  return number / kChangeShards;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html
base::Result<Out> ListStreams(Call& call, In in) {
  const std::int64_t limit = TRY(read_limit(in));
  store::Scan scan;
  if (in.has("TableName")) scan.prefix = store::key(std::string_view(in.str("TableName")));
  if (in.has("ExclusiveStartStreamArn")) {
    const auto start = parse_arn(in.str("ExclusiveStartStreamArn"));
    if (!start) return validation_error("Invalid StreamArn");
    scan.after = start->key();
  }
  Value::List streams;
  bool has_more = false;
  call.tx.scan(aws::dynamodb::kStreams, scan, [&](std::string_view, Stream& row) {
    if (row.is_gone(call.now_ms())) return true;
    has_more = std::ssize(streams) == limit;
    if (has_more) return false;
    const OpenStream stream{call.tx, std::move(row)};
    streams.push_back(
        Value::Map{{"StreamArn", stream.arn()}, {"TableName", stream.row.table}, {"StreamLabel", stream.row.label}});
    return true;
  });
  Out answer;
  if (has_more) answer.set("LastEvaluatedStreamArn", streams.back().at("StreamArn"));
  answer.set("Streams", std::move(streams));
  return answer;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html
base::Result<Out> DescribeStream(Call& call, In in) {
  const std::int64_t limit = TRY(read_limit(in));
  const OpenStream stream = TRY(find_stream(call, in.str("StreamArn")));
  Value::List shards;
  Value description(Value::Map{{"StreamArn", stream.arn()},
                               {"StreamLabel", stream.row.label},
                               {"StreamStatus", stream.is_open() ? "ENABLED" : "DISABLED"},
                               {"StreamViewType", view_name(stream.row.view)},
                               {"CreationRequestDateTime", stream.row.created_ms},
                               {"TableName", stream.row.table},
                               {"KeySchema", show_schema(stream.row)}});
  const Value& filter = in["ShardFilter"];
  for (const Shard& shard : shards_of(stream, call.now_ms())) {
    const std::string id = shard.id(stream.row);
    if (in.has("ExclusiveStartShardId") && id <= in.str("ExclusiveStartShardId")) continue;
    if (filter.at("Type").str() == "CHILD_SHARDS" && shard.parent_id(stream.row) != filter.at("ShardId").str())
      continue;
    if (std::ssize(shards) == limit) {
      description.set("LastEvaluatedShardId", shards.back().at("ShardId"));
      break;
    }
    shards.push_back(show_shard(stream, shard));
  }
  description.set("Shards", std::move(shards));
  return Out{{"StreamDescription", std::move(description)}};
}

}  // namespace dynamodbstreams
