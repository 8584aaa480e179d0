// Reading events of one stream, and single ones.
#include <cmath>

#include "aws/log_pattern.h"
#include "base/json.h"
#include "base/strings.h"
#include "services/logs/masking.h"

namespace logs {

namespace {

// "By default … as many log events as can fit in a response size of 1 MB (up to 10,000 log events)."
constexpr std::int64_t kEventPageMax = 10'000;
constexpr std::int64_t kPageBytesMax = 1'048'576;
constexpr std::int64_t kEndOfTimeMs = 253'402'300'800'000;
constexpr std::size_t kPositionDigits = 56;
// "the search is performed over a time range of 15 minutes", and around a given time 8 minutes before and after.
constexpr std::int64_t kFieldsWindowMs = 15 * 60'000;
constexpr std::int64_t kFieldsAroundMs = 8 * 60'000;
constexpr std::size_t kFieldsSampled = 10'000;

std::string page_token(char direction, const Position& position) {
  return fmt::format("{}/{}", direction, event_id(0, position.timestamp_ms, position.ordinal));
}

Result<std::optional<Position>> position_of(const std::string& token) {
  if (token.empty()) return std::nullopt;
  const std::string_view digits = std::string_view(token).substr(std::min<std::size_t>(2, token.size()));
  if ((token.starts_with("f/") || token.starts_with("b/")) && digits.size() == kPositionDigits) {
    const auto time_ms = base::parse_number<std::int64_t>(digits.substr(0, 20));
    const auto ordinal = base::parse_number<std::uint64_t>(digits.substr(36));
    if (time_ms && ordinal) return Position{*time_ms, *ordinal};
  }
  return error("InvalidParameterException", "The specified nextToken is invalid.");
}

struct EventPage {
  std::vector<ReadEvent> events;  // oldest first
  std::int64_t bytes = 0;
};

// False: it is full without the event.
bool add_to_page(EventPage& page, std::int64_t limit, ReadEvent& event) {
  const std::int64_t bytes = std::ssize(event.message) + kEventOverheadBytes;
  if (std::ssize(page.events) == limit || (!page.events.empty() && page.bytes + bytes > kPageBytesMax)) return false;
  page.bytes += bytes;
  page.events.push_back(std::move(event));
  return std::ssize(page.events) < limit;
}

// The event itself, as the last one before the gap behind it.
std::optional<ReadEvent> find_event(const OpenGroup& group, const DataKeys& keys, const Pointer& pointer) {
  std::optional<ReadEvent> found;
  const ReadRange range{.streams = {pointer.stream_id},
                        .from_ms = pointer.timestamp_ms,
                        .to_ms = pointer.timestamp_ms + 1,
                        .begin = Position{pointer.timestamp_ms, pointer.ordinal, 0}};
  auto read = read_forward(group, keys, range, [&](ReadEvent& event) {
    if (event.ordinal == pointer.ordinal) found = std::move(event);
    return false;
  });
  return read ? found : std::nullopt;
}

// The members of a JSON message by their paths, "user.roles.0".
void flatten(const Value& value, const std::string& path, std::vector<std::pair<std::string, std::string>>& fields) {
  const std::string prefix = path.empty() ? "" : path + ".";
  if (value.is_map()) {
    for (const auto& [name, member] : value.map()) flatten(member, prefix + name, fields);
  } else if (value.is_list()) {
    std::size_t at = 0;
    for (const Value& element : value.list()) flatten(element, prefix + std::to_string(at++), fields);
  } else if (!path.empty()) {
    fields.emplace_back(path, value.is_text() ? value.str() : base::to_json(value));
  }
}

std::vector<std::pair<std::string, std::string>> fields_of(std::string_view message) {
  std::vector<std::pair<std::string, std::string>> fields;
  const std::string_view text = base::trim(message);
  if (!text.starts_with('{')) return fields;
  if (auto parsed = base::parse_json(text)) flatten(*parsed, "", fields);
  return fields;
}

Value show_fields(const std::map<std::string, std::int64_t>& counts, std::int64_t events) {
  Value::List shown;
  for (const auto& [name, count] : counts)
    shown.push_back(Out{{"name", name}, {"percent", (count * 200 + events) / (2 * events)}});
  return shown;
}

}  // namespace

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
base::Result<Out> GetLogEvents(Call& call, In in) {
  const std::string& token = in.str("nextToken");
  const auto begin = TRY(position_of(token));
  const OpenGroup group = TRY(find_group(call, in.value()));
  const Stream stream = TRY(find_stream(group, in.str("logStreamName")));
  const Masker masker = TRY(masker_for(call, group, in.flag("unmask") ? Unmask::kYes : Unmask::kNo));
  const std::int64_t limit = in.num("limit", kEventPageMax);
  const bool is_forward = token.empty() ? in.flag("startFromHead") : token.starts_with("f/");
  ReadRange range{.streams = {stream.id},
                  .from_ms = std::max(in.num("startTime", 0), group.visible_from_ms(call.now_ms())),
                  .to_ms = in.num("endTime", kEndOfTimeMs),
                  .begin = begin};
  EventPage page;
  auto visit = [&](ReadEvent& event) { return add_to_page(page, limit, event); };
  const DataKeys keys = open_data_keys(call, group);
  TRY_VOID(is_forward ? read_forward(group, keys, range, visit) : read_backward(group, keys, range, visit));
  if (!is_forward) std::ranges::reverse(page.events);

  // "If you have reached the end of the stream, it returns the same token you passed in."
  Position first = begin.value_or(Position{is_forward ? range.from_ms : std::min(range.to_ms, kEndOfTimeMs)});
  Position last = first;
  Value::List shown;
  if (!page.events.empty()) {
    first = page.events.front().position();
    last = page.events.back().position();
    ++last.ordinal;
  }
  for (ReadEvent& event : page.events) {
    shown.push_back(Out{{"timestamp", event.timestamp_ms},
                        {"message", masker.mask(std::move(event.message))},
                        {"ingestionTime", event.ingested_ms}});
  }
  return Out{{"events", std::move(shown)},
             {"nextForwardToken", page_token('f', last)},
             {"nextBackwardToken", page_token('b', first)}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogRecord.html
base::Result<Out> GetLogRecord(Call& call, In in) {
  const auto pointer = read_pointer(in.str("logRecordPointer"));
  if (!pointer || pointer->account != call.place.account)
    return error("InvalidParameterException", "The specified logRecordPointer is invalid.");
  const OpenGroup group = TRY(find_group_named(call, pointer->group));
  const Masker masker = TRY(masker_for(call, group, in.flag("unmask") ? Unmask::kYes : Unmask::kNo));
  const DataKeys keys = open_data_keys(call, group);
  auto event = find_event(group, keys, *pointer);
  if (!event || event->timestamp_ms < group.visible_from_ms(call.now_ms()))
    return error("ResourceNotFoundException", "The specified log record does not exist.");
  const std::string message = masker.mask(std::move(event->message));
  Value record = Value::Map{{"@timestamp", std::to_string(event->timestamp_ms)},
                            {"@ingestionTime", std::to_string(event->ingested_ms)},
                            {"@log", fmt::format("{}:{}", call.place.account, group.row.name)},
                            {"@logStream", event->stream},
                            {"@message", message},
                            {"@ptr", in.str("logRecordPointer")}};
  for (auto& [name, text] : fields_of(message)) record.set(name, std::move(text));
  return Out{{"logRecord", std::move(record)}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogGroupFields.html
base::Result<Out> GetLogGroupFields(Call& call, In in) {
  const OpenGroup group = TRY(find_group(call, in.value()));
  ReadRange range{.from_ms = call.now_ms() - kFieldsWindowMs, .to_ms = call.now_ms() + 1};
  // Seconds, as its documentation says of "time"; milliseconds are taken, too.
  std::int64_t time_ms = in.num("time");
  if (time_ms < 100'000'000'000) time_ms *= 1'000;
  if (in.has("time")) range = {.from_ms = time_ms - kFieldsAroundMs, .to_ms = time_ms + kFieldsAroundMs + 1};
  range.from_ms = std::max(range.from_ms, group.visible_from_ms(call.now_ms()));
  std::map<std::string, std::int64_t> counts;
  std::int64_t events = 0;
  const DataKeys keys = open_data_keys(call, group);
  TRY_VOID(read_backward(group, keys, range, [&](ReadEvent& event) {
    for (const auto& [name, text] : fields_of(event.message)) ++counts[name];
    return ++events < static_cast<std::int64_t>(kFieldsSampled);
  }));
  if (events > 0) {
    for (const char* name : {"@ingestionTime", "@log", "@logStream", "@message", "@timestamp"}) counts[name] = events;
  }
  return Out{{"logGroupFields", show_fields(counts, events)}};
}

}  // namespace logs
