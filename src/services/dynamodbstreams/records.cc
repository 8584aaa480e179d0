// Reading the records of a shard.
#include <map>

#include "aws/dynamodb_seal.h"
#include "services/dynamodbstreams/streams.h"

namespace dynamodbstreams {

namespace {

constexpr std::int64_t kRecordsMax = 1'000;
constexpr std::int64_t kAnswerBytesMax = 1'048'576;  // "a maximum of 1 MB of data or 1000 stream records"

struct Shown {
  Value record;
  std::int64_t bytes = 0;
};

Shown show_record(const OpenStream& stream, std::uint64_t shard, std::uint64_t number, const Change& change) {
  const StreamView view = stream.row.view;
  const bool has_new = view == StreamView::kNewImage || view == StreamView::kBothImages;
  const bool has_old = view == StreamView::kOldImage || view == StreamView::kBothImages;
  Shown shown{.record = {}, .bytes = aws::dynamodb::item_size(change.keys)};
  // "ApproximateCreationDateTime: in UNIX epoch time format and rounded down to the closest second"
  Value content(Value::Map{{"ApproximateCreationDateTime", change.at_ms / 1'000 * 1'000},
                           {"Keys", aws::dynamodb::item_to_value(change.keys)}});
  auto add_image = [&](std::string_view name, const std::string& image) {
    if (image.empty()) return;
    content.set(name, aws::dynamodb::item_to_value(image));
    shown.bytes += aws::dynamodb::item_size(image);
  };
  if (has_new) add_image("NewImage", change.new_image);
  if (has_old) add_image("OldImage", change.old_image);
  content.set("SequenceNumber", sequence_number(shard, number));
  content.set("SizeBytes", shown.bytes);
  content.set("StreamViewType", view_name(view));
  shown.record = Value::Map{{"eventID", aws::dynamodb::event_id(stream.row.table_id, shard, number)},
                            {"eventName", aws::dynamodb::event_name(change.event)},
                            {"eventVersion", "1.1"},
                            {"eventSource", "aws:dynamodb"},
                            {"awsRegion", stream.tx.place().region},
                            {"dynamodb", std::move(content)}};
  if (!change.principal.empty())
    shown.record.set("userIdentity", Value::Map{{"PrincipalId", change.principal}, {"Type", "Service"}});
  return shown;
}

}  // namespace

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
base::Result<Out> GetRecords(Call& call, In in) {
  const std::int64_t limit = in.num("Limit", kRecordsMax);
  if (limit > kRecordsMax)
    return validation_error(
        fmt::format("1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: Member must have "
                    "value less than or equal to {}",
                    limit, kRecordsMax));
  auto iterator = read_iterator(in.str("ShardIterator"));
  if (!iterator) return validation_error("Invalid ShardIterator");
  const OpenStream stream = TRY(find_stream(call, iterator->stream_arn));
  const std::uint64_t shard = iterator->shard;
  if (iterator->next <= stream.first(shard)) return validation_error("Invalid ShardIterator");
  if (call.now_ms() > iterator->made_ms + kIteratorMs)
    return error(
        "ExpiredIteratorException",
        "The shard iterator has expired and can no longer be used to retrieve stream records. A shard iterator "
        "expires 15 minutes after it is retrieved using the GetShardIterator action.");
  if (iterator->next <= stream.trimmed(shard, call.now_ms()))
    return error("TrimmedDataAccessException", "The data you are trying to access has been trimmed");

  const std::string prefix = store::key(stream.row.table_id, shard);
  const Shard read = make_shard(stream, shard, iterator->epoch, call.now_ms());
  const std::uint64_t last = read.last;
  store::Scan scan{.prefix = prefix,
                   .from = store::key(stream.row.table_id, shard, iterator->next),
                   .until = store::key(stream.row.table_id, shard, last + 1),
                   .limit = static_cast<std::size_t>(limit)};
  Value::List records;
  std::int64_t bytes = 0;
  std::map<std::uint64_t, std::string> data_keys;  // of a table with a KMS key
  stream.tx.scan(aws::dynamodb::kChanges, scan, [&](std::string_view key, Change& change) {
    store::KeyReader parts(key.substr(prefix.size()));
    const std::uint64_t number = parts.unsigned_number();
    iterator->next = number + 1;
    for (std::string* image : {&change.old_image, &change.new_image}) {
      const std::uint64_t key_id = aws::dynamodb::sealing_key(*image);
      if (key_id == 0) continue;
      auto [known, is_new] = data_keys.try_emplace(key_id);
      if (is_new) known->second = aws::dynamodb::get_data_key(call, stream.tx, key_id);
      *image = aws::dynamodb::unseal_item(known->second, std::move(*image));
    }
    // Kept for the other replicas of a global table only.
    if (change.old_image == change.new_image) return true;
    Shown shown = show_record(stream, shard, number, change);
    if (!records.empty() && bytes + shown.bytes > kAnswerBytesMax) {
      iterator->next = number;
      return false;
    }
    bytes += shown.bytes;
    records.push_back(std::move(shown.record));
    return true;
  });
  Out answer{{"Records", std::move(records)}};
  // "If this value is null, the shard has been closed and the requested iterator will not return any more data."
  const bool is_over = !read.is_open && iterator->next > last;
  iterator->made_ms = call.now_ms();
  if (!is_over) answer.set("NextShardIterator", write_iterator(*iterator));
  return answer;
}

}  // namespace dynamodbstreams
