// FilterLogEvents: the events of many streams, as one.
#include <set>

#include "aws/log_pattern.h"
#include "base/strings.h"
#include "services/logs/masking.h"

namespace logs {

namespace {

constexpr std::int64_t kFilteredPageMax = 10'000;
constexpr std::int64_t kFilteredBytesMax = 1'048'576;
// A page that has looked at so many events ends, with a token, whatever it has found: nobody else waits longer for it.
constexpr std::int64_t kLookedAtMax = 200'000;
constexpr std::int64_t kFilterEndMs = 253'402'300'800'000;
// "Setting startFromHead to false is supported only when startTime is on or after Jan 1, 2024".
constexpr std::int64_t kBackwardFromMs = 1'704'067'200'000;

struct FilterToken {
  bool is_forward = true;
  Position begin;
};

std::string write_filter_token(bool is_forward, const Position& begin) {
  return write_token(store::key(std::uint64_t{is_forward}, begin.timestamp_ms, begin.ordinal, begin.stream));
}

Result<std::optional<FilterToken>> read_filter_token(const Value& input) {
  const auto key = TRY(read_token(input));
  if (!key) return std::nullopt;
  store::KeyReader parts(*key);
  FilterToken token{.is_forward = parts.unsigned_number() == 1};
  token.begin.timestamp_ms = parts.number();
  token.begin.ordinal = parts.unsigned_number();
  token.begin.stream = parts.unsigned_number();
  if (!parts.ok() || !parts.at_end()) return error("InvalidParameterException", "The specified nextToken is invalid.");
  return token;
}

// The streams that are asked for; none where all are.
Result<std::vector<std::uint64_t>> chosen_streams(const OpenGroup& group, In in) {
  std::vector<std::uint64_t> streams;
  if (in.has("logStreamNames")) {
    std::set<std::uint64_t> ids;
    for (const Value& name : in.list("logStreamNames")) ids.insert(TRY(find_stream(group, name.str())).id);
    streams.assign(ids.begin(), ids.end());
  } else if (in.has("logStreamNamePrefix")) {
    std::string prefix = store::key(group.row.id, std::string_view(in.str("logStreamNamePrefix")));
    prefix.pop_back();
    group.tx.scan(kStreams, prefix, [&](std::string_view, const Stream& stream) { streams.push_back(stream.id); });
  }
  return streams;
}

Value show_filtered(const Masker& masker, ReadEvent& event) {
  return Out{{"logStreamName", std::move(event.stream)},
             {"timestamp", event.timestamp_ms},
             {"message", masker.mask(std::move(event.message))},
             {"ingestionTime", event.ingested_ms},
             {"eventId", event_id(event.stream_id, event.timestamp_ms, event.ordinal)}};
}

}  // namespace

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
base::Result<Out> FilterLogEvents(Call& call, In in) {
  if (in.has("logStreamNames") && in.has("logStreamNamePrefix"))
    return error("InvalidParameterException",
                 "logStreamNamePrefix and logStreamNames are mutually exclusive parameters.");
  const aws::LogPattern pattern = TRY(aws::LogPattern::parse(in.str("filterPattern")));
  const auto token = TRY(read_filter_token(in.value()));
  const OpenGroup group = TRY(find_group(call, in.value()));
  const Masker masker = TRY(masker_for(call, group, in.flag("unmask") ? Unmask::kYes : Unmask::kNo));
  const bool is_forward = token ? token->is_forward : !in.has("startFromHead") || in.flag("startFromHead");
  if (!is_forward && in.num("startTime") < kBackwardFromMs)
    return error("InvalidParameterException",
                 "startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC.");
  ReadRange range{.streams = TRY(chosen_streams(group, in)),
                  .from_ms = std::max(in.num("startTime", 0), group.visible_from_ms(call.now_ms())),
                  .to_ms = in.num("endTime", kFilterEndMs - 1) + 1};
  Out answer{{"searchedLogStreams", Value::List{}}};
  // "As of May 15, 2020, this parameter is no longer supported. This parameter returns an empty list."
  if (in.has("logStreamNamePrefix") && range.streams.empty()) {
    answer.set("events", Value::List{});
    return answer;
  }
  if (token) range.begin = token->begin;
  const std::int64_t limit = in.num("limit", kFilteredPageMax);
  Value::List shown;
  std::int64_t bytes = 0, looked_at = 0;
  auto visit = [&](ReadEvent& event) {
    Position place = event.position();
    const bool is_wanted = pattern.matches(event.message);
    const std::int64_t size = std::ssize(event.message) + kEventOverheadBytes;
    const bool is_full = std::ssize(shown) == limit || (!shown.empty() && bytes + size > kFilteredBytesMax);
    if ((is_wanted && is_full) || ++looked_at > kLookedAtMax) {
      if (!is_forward) ++place.stream;  // backward a position is the gap behind what is still to be read
      answer.set("nextToken", write_filter_token(is_forward, place));
      return false;
    }
    if (!is_wanted) return true;
    bytes += size;
    shown.push_back(show_filtered(masker, event));
    return true;
  };
  const DataKeys keys = open_data_keys(call, group);
  TRY_VOID(is_forward ? read_forward(group, keys, range, visit) : read_backward(group, keys, range, visit));
  answer.set("events", std::move(shown));
  return answer;
}

}  // namespace logs
