// Changes of tables as functions are given them.
#include "aws/dynamodb_seal.h"
#include "base/bytes.h"
#include "base/json.h"
#include "services/lambda/sources_stream.h"

namespace lambda {

namespace {

using aws::dynamodb::Change;
using aws::dynamodb::StreamView;

constexpr std::int64_t kStreamBatchBytesMax = 6 * 1'024 * 1'024 - 4'096;
constexpr std::size_t kScannedMax = 10'000;  // changes in one step

// Which of the lanes of a shard an item goes to: all changes of an item to the same.
std::uint64_t lane_of(const Change& change, std::uint64_t lanes) {
  if (lanes <= 1) return 0;
  const std::string digest = base::md5(change.keys);
  const std::uint64_t number = static_cast<unsigned char>(digest[0]) << 8 | static_cast<unsigned char>(digest[1]);
  return number % lanes;
}

std::string record_json(const Mapping& mapping, const StreamShare& share, std::uint64_t number, const Change& change) {
  const StreamView view = share.stream.view;
  std::int64_t bytes = aws::dynamodb::item_size(change.keys);
  std::string json =
      fmt::format(R"({{"eventID":"{}","eventName":"{}","eventVersion":"1.1","eventSource":"aws:dynamodb",)"
                  R"("awsRegion":"{}","dynamodb":{{"ApproximateCreationDateTime":{},"Keys":)",
                  aws::dynamodb::event_id(share.stream.table_id, share.shard, number),
                  aws::dynamodb::event_name(change.event), share.tx.place().region, change.at_ms / 1'000);
  aws::dynamodb::append_item_json(json, change.keys);
  auto add_image = [&](std::string_view name, const std::string& image) {
    if (image.empty()) return;
    json += fmt::format(R"(,"{}":)", name);
    aws::dynamodb::append_item_json(json, image);
    bytes += aws::dynamodb::item_size(image);
  };
  if (view == StreamView::kNewImage || view == StreamView::kBothImages) add_image("NewImage", change.new_image);
  if (view == StreamView::kOldImage || view == StreamView::kBothImages) add_image("OldImage", change.old_image);
  json += fmt::format(R"(,"SequenceNumber":"{}","SizeBytes":{},"StreamViewType":"{}"}})",
                      aws::dynamodb::sequence_number(share.shard, number), bytes, aws::dynamodb::view_name(view));
  if (!change.principal.empty())
    json += fmt::format(R"(,"userIdentity":{{"principalId":"{}","type":"Service"}})", change.principal);
  json += R"(,"eventSourceARN":)";
  base::append_json_string(json, mapping.source_arn);
  return json + "}";
}

}  // namespace

StreamRecords read_records(Call& call, const Mapping& mapping, const StreamShare& share, const Filters& filters,
                           const StreamLimits& limits) {
  StreamRecords found{.records = {}, .seen = limits.after};
  const std::uint64_t table_id = share.stream.table_id;
  const std::string prefix = store::key(table_id, share.shard);
  store::Scan scan{.prefix = prefix,
                   .from = store::key(table_id, share.shard, limits.after + 1),
                   .until = store::key(table_id, share.shard, limits.until + 1),
                   .limit = kScannedMax};
  std::int64_t bytes = 0;
  std::map<std::uint64_t, std::string> data_keys;  // of a table with a KMS key
  share.tx.scan(aws::dynamodb::kChanges, scan, [&](std::string_view key, Change& change) {
    store::KeyReader parts(key.substr(prefix.size()));
    const std::uint64_t number = parts.unsigned_number();
    if (limits.until_ms >= 0 && change.at_ms >= limits.until_ms) {
      found.is_full = true;
      return false;
    }
    // What is written for the other replicas of a global table only is told to nobody.
    const bool is_ours = lane_of(change, share.lanes) == share.lane;
    for (std::string* image : {&change.old_image, &change.new_image}) {
      const std::uint64_t key_id = is_ours ? aws::dynamodb::sealing_key(*image) : 0;
      if (key_id == 0) continue;
      auto [known, is_new] = data_keys.try_emplace(key_id);
      if (is_new) known->second = aws::dynamodb::get_data_key(call, share.tx, key_id);
      *image = aws::dynamodb::unseal_item(known->second, std::move(*image));
    }
    if (is_ours && change.old_image != change.new_image) {
      std::string json = record_json(mapping, share, number, change);
      if (filters.wants(mapping, json)) {
        bytes += static_cast<std::int64_t>(json.size()) + 1;
        if (!found.records.empty() && bytes > kStreamBatchBytesMax) {
          found.is_full = true;
          return false;
        }
        found.records.push_back({number, change.at_ms, std::move(json)});
      }
    }
    found.seen = number;
    found.is_full = std::ssize(found.records) >= limits.count;
    return !found.is_full;
  });
  return found;
}

}  // namespace lambda
