// Lines of mappings of streams: invoking the function with a batch of changes, again where it fails, and moving on.
#include <limits>
#include <span>

#include "base/json.h"
#include "base/time_text.h"
#include "kernel/cloud.h"
#include "services/lambda/sources_stream.h"

namespace lambda {

namespace {

constexpr std::string_view kStreamErrand = "lambda.source";

// A batch at work.
struct StreamBatch {
  const Line& line;
  const Mapping& mapping;
  Position position;
  StreamShare share;
  StreamRecords found;

  std::string shard_id() const {
    return share.shard_id(found.records.empty() ? position.window_begin_ms : found.records.front().at_ms);
  }
};

std::string payload_of(Call& call, const StreamBatch& batch) {
  std::string payload = R"({"Records":[)";
  for (const StreamRecord& record : batch.found.records) {
    if (payload.back() != '[') payload += ',';
    payload += record.json;
  }
  payload += ']';
  const Mapping& mapping = batch.mapping;
  const Position& position = batch.position;
  if (position.window_begin_ms < 0) return payload + "}";
  std::string state = open_records(call, position.sealed_state);
  // https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
  payload += fmt::format(R"(,"window":{{"start":"{}","end":"{}"}},"state":{},"shardId":"{}","eventSourceARN":)",
                         base::format_iso8601(position.window_begin_ms),
                         base::format_iso8601(position.window_begin_ms + mapping.tumbling_seconds * 1'000),
                         state.empty() ? "{}" : state, batch.shard_id());
  base::append_json_string(payload, mapping.source_arn);
  payload += fmt::format(R"(,"isFinalInvokeForWindow":{},"isWindowTerminatedEarly":false}})",
                         position.is_final ? "true" : "false");
  return payload;
}

Result<void> go_on(Call& call, StreamBatch& batch, std::string_view step, std::int64_t not_before_ms = 0) {
  call.tx.put(kPositions, batch.line.key(), batch.position);
  emit_step(call, batch.line, step, not_before_ms);
  return {};
}

// Everything up to this change is settled.
void move_to(Position& position, std::uint64_t done) {
  position.done = done;
  position.end = std::max(position.end, done);
  position.failures = position.troubles = 0;
}

Result<void> succeed(Call& call, StreamBatch& batch, const std::string& answer) {
  Position& position = batch.position;
  move_to(position, std::max(position.done, position.end));
  if (position.is_final) {
    position.is_final = false;
    position.window_begin_ms = -1;
    position.sealed_state.clear();
  } else if (position.window_begin_ms >= 0) {
    auto response = base::parse_json(answer);
    const Value state = response && response->at("state").is_map() ? response->at("state") : Value(Value::Map{});
    position.sealed_state = seal_records(call, base::to_json(state));
  }
  note_result(call, batch.line, "OK");
  return go_on(call, batch, "poll");
}

Result<void> give_up(Call& call, StreamBatch& batch, std::string_view condition, const Run* run,
                     std::span<const StreamRecord> records) {
  const SourceRole role = TRY(source_role(call, batch.mapping));
  const auto number = [&](std::uint64_t of) { return aws::dynamodb::sequence_number(batch.share.shard, of); };
  GivenUp given_up{.condition = std::string(condition),
                   .shard_id = batch.share.shard_id(records.front().at_ms),
                   .first_number = number(records.front().number),
                   .last_number = number(records.back().number),
                   .first_ms = records.front().at_ms,
                   .last_ms = records.back().at_ms,
                   .count = std::ssize(records),
                   .runs = batch.position.failures,
                   .request_id = run ? run->request_id() : call.uuid(),
                   .version = run ? run->version() : std::string(),
                   .payload = payload_of(call, batch)};
  return tell_of_records(call, batch.mapping, role, given_up);
}

// From the record `from` on the batch has failed.
Result<void> fail(Call& call, StreamBatch& batch, const Run& run, std::size_t from) {
  Position& position = batch.position;
  const Mapping& mapping = batch.mapping;
  const auto& records = batch.found.records;
  note_result(call, batch.line, "PROBLEM: Function call failed");
  if (from > 0) {
    const std::uint64_t end = position.end;
    move_to(position, records[from].number - 1);
    position.end = end;
  }
  const auto rest = std::span(records).subspan(std::min(from, records.size()));
  // "Bisecting … doesn't count towards the retry quota."
  if (mapping.is_bisected && rest.size() > 1) {
    position.later_ends.push_back(position.end);
    position.end = rest[rest.size() / 2 - 1].number;
    return go_on(call, batch, "run");
  }
  position.failures += 1;
  if (mapping.retries_max < 0 || position.failures <= mapping.retries_max)
    return go_on(call, batch, "run", call.now_ms() + back_off_ms(position.failures));
  if (!rest.empty()) TRY_VOID(give_up(call, batch, "RetryAttemptsExhausted", &run, rest));
  move_to(position, position.end);
  if (position.is_final) {
    position.is_final = false;
    position.window_begin_ms = -1;
    position.sealed_state.clear();
  }
  return go_on(call, batch, "poll");
}

// Which record the function says was the first it could not handle; nothing: it handled all.
Result<std::optional<std::size_t>> first_failed(const StreamBatch& batch, const Run& run) {
  if (!run.is_answered()) return std::optional<std::size_t>(0);
  if (!batch.mapping.reports_failures) return std::nullopt;
  auto items = failed_items(run.outcome().payload);
  if (!items) return std::optional<std::size_t>(0);
  std::optional<std::size_t> first;
  for (const std::string& item : *items) {
    auto found = std::ranges::find_if(batch.found.records, [&](const StreamRecord& record) {
      return aws::dynamodb::sequence_number(batch.share.shard, record.number) == item;
    });
    if (found == batch.found.records.end()) return std::optional<std::size_t>(0);
    const auto index = static_cast<std::size_t>(found - batch.found.records.begin());
    first = std::min(first.value_or(index), index);
  }
  return first;
}

// "Lambda discards records older than" the maximum age, be it before the first attempt or between two.
Result<bool> discard_old(Call& call, StreamBatch& batch) {
  const Mapping& mapping = batch.mapping;
  auto& records = batch.found.records;
  if (mapping.record_age_seconds_max < 0) return false;
  const std::int64_t oldest_ms = call.now_ms() - mapping.record_age_seconds_max * 1'000;
  const auto kept = std::ranges::find_if(records, [&](const StreamRecord& each) { return each.at_ms >= oldest_ms; });
  if (kept == records.begin()) return false;
  const std::vector<StreamRecord> old(records.begin(), kept);
  TRY_VOID(give_up(call, batch, "RecordAgeExceeded", nullptr, old));
  const std::uint64_t end = batch.position.end;
  move_to(batch.position, kept == records.end() ? end : old.back().number);
  batch.position.end = end;
  return true;
}

}  // namespace

Result<void> run_stream(Call& call, const Line& line, const Mapping& mapping) {
  const std::string errand(kStreamErrand);
  const bool is_begun = call.errand<Run>(errand) != nullptr;
  StreamBatch batch{.line = line,
                    .mapping = mapping,
                    .position = call.tx.get(kPositions, line.key()).value_or(Position{}),
                    .share = TRY(open_stream(call, mapping, line)),
                    .found = {}};
  Position& position = batch.position;
  if (!position.is_final) {
    const Filters filters = TRY(open_filters(call, mapping));
    const std::int64_t any = std::numeric_limits<std::int64_t>::max();
    batch.found = read_records(call, mapping, batch.share, filters,
                               {.after = position.done, .until = position.end, .count = any});
    if (batch.found.is_full) position.end = batch.found.seen;
    if (batch.found.records.empty()) {  // trimmed by now, or no longer wanted
      move_to(position, position.end);
      return go_on(call, batch, "poll");
    }
    if (!is_begun && TRY(discard_old(call, batch))) return go_on(call, batch, position.has_batch() ? "run" : "poll");
  }
  auto run = run_function(
      call, errand, mapped_function(call, mapping),
      {.payload = payload_of(call, batch), .request_id = call.uuid(), .client_context = {}, .trace_id = {}});
  if (!run && is_parked(run.error())) return std::unexpected(run.error());
  if (!run || (!(*run)->is_answered() && !(*run)->is_failed())) {
    const base::Error why = run ? (*run)->refusal() : run.error();
    position.troubles += 1;
    note_result(call, line, "PROBLEM: " + why.message);
    return go_on(call, batch, "run", call.now_ms() + back_off_ms(position.troubles));
  }
  const std::optional<std::size_t> failed = TRY(first_failed(batch, **run));
  if (!failed) return succeed(call, batch, (*run)->outcome().payload);
  return fail(call, batch, **run, *failed);
}

}  // namespace lambda
