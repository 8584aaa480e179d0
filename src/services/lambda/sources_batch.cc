// Lines of mappings of queues: running the function with a batch of messages, and deleting what it has handled.
#include "services/lambda/sources_batch.h"

#include <set>

#include "base/arn.h"
#include "base/json.h"
#include "kernel/cloud.h"
#include "services/lambda/async.h"

namespace lambda {

namespace {

constexpr std::string_view kErrand = "lambda.source";

// The records of the first bundle, and the keys of its parts.
struct Bundle {
  Value::List records;
  std::vector<std::string> keys;
  bool is_last = true;
};

Result<Bundle> read_bundle(Call& call, const Line& line) {
  Bundle bundle;
  std::optional<std::uint64_t> number;
  std::vector<std::string> sealed;
  call.tx.scan(kBatchParts, line.key(), [&](std::string_view key, BatchPart& part) {
    bundle.is_last = part.bundle == number.value_or(part.bundle);
    if (!bundle.is_last) return false;
    number = part.bundle;
    bundle.keys.emplace_back(key);
    sealed.push_back(std::move(part.sealed));
    return true;
  });
  for (const std::string& text : sealed) {
    const Value part = TRY(base::parse_json(open_records(call, text)));
    std::ranges::copy(part.list(), std::back_inserter(bundle.records));
  }
  return bundle;
}

// Of the message that has come the farthest in a loop with the function.
std::string trace_of(const Value::List& records, const std::string& function_arn) {
  std::string trace;
  int most = -1;
  for (const Value& record : records) {
    const std::string& header = record.at("attributes").at("AWSTraceHeader").str();
    if (header.empty()) continue;
    const int before = invocations_in_line(header, function_arn);
    if (before > most) trace = header;
    most = std::max(most, before);
  }
  return trace;
}

void leave_batch(Call& call, const Line& line) {
  call.tx.erase_all(kBatchParts, line.key());
  call.tx.erase(kBatches, line.key());
  Lines lines = call.tx.get(kLines, line.uuid).value_or(Lines{});
  lines.busy -= 1;
  call.tx.put(kLines, line.uuid, lines);
  emit_step(call, line, "poll");
}

// The receipt handles of the messages that the function has handled, by what came of its run.
std::vector<std::string> handled(const Mapping& mapping, const Run& run, const Value::List& records) {
  std::set<std::string> failed;
  if (!run.is_answered()) return {};
  if (mapping.reports_failures) {
    auto items = failed_items(run.outcome().payload);
    if (!items) return {};
    failed.insert(items->begin(), items->end());
    // One that is none of the batch: "Lambda treats the batch as a complete failure".
    for (const std::string& id : failed)
      if (std::ranges::none_of(records, [&](const Value& record) { return record.at("messageId").str() == id; }))
        return {};
  }
  std::vector<std::string> handles;
  for (const Value& record : records)
    if (!failed.contains(record.at("messageId").str())) handles.push_back(record.at("receiptHandle").str());
  return handles;
}

// The function could not be run: it is tried again as long as the messages are hidden from others.
Result<void> put_off(Call& call, const Line& line, Batch batch, const base::Error& why) {
  batch.troubles += 1;
  call.tx.put(kBatches, line.key(), batch);
  call.cloud().log().write(base::Level::kInfo, "An event source mapping could not invoke its function.",
                           {{"mapping", line.uuid}, {"error", why.code + ": " + why.message}});
  emit_step(call, line, "run", std::min(call.now_ms() + back_off_ms(batch.troubles), batch.shown_ms));
  return {};
}

}  // namespace

Result<void> run_queue(Call& call, const Line& line, const Mapping& mapping) {
  const auto batch = call.tx.get(kBatches, line.key());
  const std::string errand(kErrand);
  const bool is_begun = call.errand<Run>(errand) != nullptr;
  Bundle bundle = TRY(read_bundle(call, line));
  // What shows in the queue again is received again; to begin with it now would be out of turn.
  if (!batch || bundle.records.empty() || (!is_begun && call.now_ms() >= batch->shown_ms)) {
    leave_batch(call, line);
    return {};
  }
  const FunctionName function = mapped_function(call, mapping);
  auto run = run_function(call, errand, function,
                          {.payload = base::to_json(Value(Value::Map{{"Records", bundle.records}})),
                           .request_id = call.uuid(),
                           .client_context = {},
                           .trace_id = trace_of(bundle.records, function.arn())});
  if (!run && is_parked(run.error())) return std::unexpected(run.error());
  if (!run) return put_off(call, line, *batch, run.error());
  if (!(*run)->is_answered() && !(*run)->is_failed()) return put_off(call, line, *batch, (*run)->refusal());

  const store::Place place = source_place(mapping);
  const std::vector<std::string> handles = handled(mapping, **run, bundle.records);
  if (!handles.empty()) {
    const SourceRole role = TRY(source_role(call, mapping));
    const std::string url = queue_url_of(call, place.account, base::Arn::parse(mapping.source_arn).resource);
    Result<void> deleted = delete_messages(call.as_role(role.session).in(place), url, handles);
    if (!deleted && is_parked(deleted.error())) return deleted;
    if (!deleted)
      call.cloud().log().write(base::Level::kWarn, "An event source mapping could not delete what was handled.",
                               {{"mapping", line.uuid}, {"error", deleted.error().code}});
  }
  if (bundle.is_last) {
    leave_batch(call, line);
    return {};
  }
  for (const std::string& key : bundle.keys) call.tx.erase(kBatchParts, key);
  emit_step(call, line, "run");
  return {};
}

}  // namespace lambda
