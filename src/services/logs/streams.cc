// Log streams.
#include "services/logs/group.h"

namespace logs {

namespace {

constexpr std::int64_t kStreamPageMax = 50;
// "Expected to be sent with the next PutLogEvents": accepted there and left aside, as all tokens are.
constexpr std::string_view kSequenceTokenForm = "{:056}";

Value show_stream(const OpenGroup& group, const Stream& stream) {
  // "Since June 17, 2019 … storedBytes is always reported as zero" for streams.
  Out shown{{"logStreamName", stream.name},
            {"creationTime", stream.created_ms},
            {"arn", fmt::format("{}:log-stream:{}", group.arn(), stream.name)},
            {"storedBytes", 0}};
  if (stream.next_ordinal == 0) return shown;
  shown.set("firstEventTimestamp", stream.first_event_ms);
  shown.set("lastEventTimestamp", stream.last_event_ms);
  shown.set("lastIngestionTime", stream.last_ingestion_ms);
  shown.set("uploadSequenceToken", fmt::format(fmt::runtime(kSequenceTokenForm), stream.next_ordinal));
  return shown;
}

// By name: pages are scans.
Result<Out> describe_by_name(const OpenGroup& group, In in, std::int64_t limit) {
  const std::string id = store::key(group.row.id);
  // Names with this prefix are keys with this prefix, up to the terminator.
  std::string prefix = id + store::key(std::string_view(in.str("logStreamNamePrefix")));
  prefix.pop_back();
  store::Scan scan{.prefix = prefix};
  if (in.flag("descending")) scan.direction = store::Direction::kReverse;
  if (auto after = TRY(read_token(in.value()))) scan.after = id + store::key(std::string_view(*after));
  Out answer;
  Value::List shown;
  std::string last;
  group.tx.scan(kStreams, scan, [&](std::string_view, const Stream& stream) {
    if (std::ssize(shown) == limit) {
      answer.set("nextToken", write_token(last));
      return false;
    }
    last = stream.name;
    shown.push_back(show_stream(group, stream));
    return true;
  });
  answer.set("logStreams", std::move(shown));
  return answer;
}

struct ByTime {
  std::int64_t last_event_ms = 0;
  std::string name;

  auto operator<=>(const ByTime&) const = default;
};

// By time of the last event: each page sorts what there is. An index would cost every PutLogEvents a row.
Result<Out> describe_by_time(const OpenGroup& group, In in, std::int64_t limit) {
  const bool is_descending = in.flag("descending");
  std::optional<ByTime> after;
  if (auto token = TRY(read_token(in.value()))) {
    store::KeyReader parts(*token);
    after = ByTime{parts.number(), parts.text()};
    if (!parts.ok()) return error("InvalidParameterException", "The specified nextToken is invalid.");
  }
  std::vector<ByTime> streams;
  group.tx.scan(kStreams, store::key(group.row.id), [&](std::string_view, Stream& stream) {
    ByTime place{stream.last_event_ms, std::move(stream.name)};
    if (!after || (is_descending ? place < *after : place > *after)) streams.push_back(std::move(place));
  });
  const auto count =
      static_cast<std::ptrdiff_t>(std::min<std::size_t>(streams.size(), static_cast<std::size_t>(limit)));
  std::ranges::partial_sort(streams, streams.begin() + count, [&](const ByTime& left, const ByTime& right) {
    return is_descending ? left > right : left < right;
  });
  Out answer;
  Value::List shown;
  for (auto place = streams.begin(); place != streams.begin() + count; ++place)
    shown.push_back(show_stream(group, *get_stream(group, place->name)));
  if (count < std::ssize(streams)) {
    const ByTime& last = streams[static_cast<std::size_t>(count - 1)];
    answer.set("nextToken", write_token(store::key(last.last_event_ms, std::string_view(last.name))));
  }
  answer.set("logStreams", std::move(shown));
  return answer;
}

}  // namespace

std::optional<Stream> get_stream(const OpenGroup& group, std::string_view name) {
  return group.tx.get(kStreams, store::key(group.row.id, name));
}

Result<Stream> find_stream(const OpenGroup& group, const std::string& name) {
  auto stream = get_stream(group, name);
  if (!stream) return error("ResourceNotFoundException", "The specified log stream does not exist.");
  return *std::move(stream);
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
base::Result<Out> CreateLogStream(Call& call, In in) {
  const OpenGroup group = TRY(find_group(call, in.value()));
  const std::string& name = in.str("logStreamName");
  if (get_stream(group, name))
    return error("ResourceAlreadyExistsException", "The specified log stream already exists");
  group.tx.put(kStreams, store::key(group.row.id, std::string_view(name)),
               {.id = call.next_sequence(), .name = name, .created_ms = call.now_ms()});
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html
base::Result<Out> DeleteLogStream(Call& call, In in) {
  const OpenGroup group = TRY(find_group(call, in.value()));
  if (group.row.is_deletion_protected)
    return error("ValidationException",
                 "The specified log group has deletion protection enabled, so its log streams cannot be deleted.");
  const Stream stream = TRY(find_stream(group, in.str("logStreamName")));
  group.tx.erase(kStreams, store::key(group.row.id, std::string_view(stream.name)));
  begin_cleaning(call, group.row.id, stream.id);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html
base::Result<Out> DescribeLogStreams(Call& call, In in) {
  const bool is_by_time = in.str("orderBy") == "LastEventTime";
  // "If you order the results by event time, you cannot specify the logStreamNamePrefix parameter."
  if (is_by_time && in.has("logStreamNamePrefix"))
    return error("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.");
  const OpenGroup group = TRY(find_group(call, in.value()));
  const std::int64_t limit = in.num("limit", kStreamPageMax);
  return is_by_time ? describe_by_time(group, in, limit) : describe_by_name(group, in, limit);
}

}  // namespace logs
