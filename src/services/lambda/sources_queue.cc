// Lines of mappings of queues: looking for messages, and gathering them.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
#include "aws/sqs_queues.h"
#include "base/arn.h"
#include "base/json.h"
#include "kernel/cloud.h"
#include "services/lambda/async.h"
#include "services/lambda/sources_batch.h"

namespace lambda {

namespace {

constexpr std::int64_t kReceivedMax = 10;  // by one ReceiveMessage
// "… up to the maximum payload size of 6 MB", with room for what stands around the records.
constexpr std::int64_t kBundleBytesMax = 6 * 1'024 * 1'024 - 1'024;
// "Lambda starts reading five batches … and adds up to 300 instances per minute", "up to 1,250".
constexpr std::int64_t kLinesFirst = 5;
constexpr std::int64_t kLinesMost = 1'250;
constexpr std::int64_t kLinesPerMinute = 300;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kConcurrencyPerPoller = 10;  // "Each event poller … up to 10 concurrent …"

std::int64_t lines_most(const Mapping& mapping) {
  if (mapping.concurrency_max) return *mapping.concurrency_max;
  if (mapping.pollers_max) return *mapping.pollers_max * kConcurrencyPerPoller;
  return kLinesMost;
}

std::int64_t lines_first(const Mapping& mapping) {
  return std::min(std::max(kLinesFirst, mapping.pollers_min.value_or(0)), lines_most(mapping));
}

// The line gets a batch. When no other line is left to look for more, another one begins, as soon as it may.
void note_busy(Call& call, const Mapping& mapping) {
  Lines lines = call.tx.get(kLines, mapping.uuid).value_or(Lines{});
  const std::int64_t first = lines_first(mapping);
  if (lines.count <= first) lines.growing_since_ms = call.now_ms();
  lines.busy += 1;
  call.tx.put(kLines, mapping.uuid, lines);
  if (lines.busy < lines.count || lines.count >= lines_most(mapping)) return;
  const std::int64_t due_ms = lines.growing_since_ms + (lines.count - first) * kMinuteMs / kLinesPerMinute;
  start_line(call, mapping, lines.next, due_ms);
}

// A queue as a line reads it.
struct Source {
  const Mapping& mapping;
  SourceRole role;
  kernel::Client client;
  store::Transaction tx;  // stands where the queue does
  std::string name;
  aws::sqs::Queue row;
  Filters filters;

  std::string url(const Call& call) const { return queue_url_of(call, tx.place().account, name); }
};

Result<Source> open_source(Call& call, const Mapping& mapping) {
  SourceRole role = TRY(source_role(call, mapping));
  const store::Place place = source_place(mapping);
  kernel::Client client = call.as_role(role.session).in(place);
  std::string name(base::Arn::parse(mapping.source_arn).resource);
  store::Transaction tx = call.tx.at(place);
  const auto row = tx.get_shared(aws::sqs::kQueues, name);
  if (!row) return refuse("ResourceNotFoundException", "The queue " + mapping.source_arn + " does not exist.");
  return Source{mapping,
                std::move(role),
                std::move(client),
                std::move(tx),
                std::move(name),
                *row,
                TRY(open_filters(call, mapping))};
}

struct Received {
  std::int64_t count = 0;             // messages that came
  std::vector<std::string> records;   // of those that are wanted
  std::vector<std::string> unwanted;  // receipt handles
};

Result<Received> receive(const Call& call, const Source& source, std::int64_t count) {
  const Value answer = TRY(
      source.client.invoke({"sqs", "ReceiveMessage"}, Value::Map{{"QueueUrl", source.url(call)},
                                                                 {"MaxNumberOfMessages", std::min(count, kReceivedMax)},
                                                                 {"WaitTimeSeconds", 0},
                                                                 {"MessageSystemAttributeNames", Value::List{"All"}},
                                                                 {"MessageAttributeNames", Value::List{"All"}}}));
  Received received;
  for (const Value& message : answer.at("Messages").list()) {
    received.count += 1;
    std::string record = sqs_record(source.mapping, source.tx.place().region, message);
    if (source.filters.wants(source.mapping, record))
      received.records.push_back(std::move(record));
    else
      received.unwanted.push_back(message.at("ReceiptHandle").str());
  }
  return received;
}

void add_to_batch(Call& call, const Line& line, const Source& source, const std::vector<std::string>& records,
                  Batch& batch) {
  if (records.empty()) return;
  if (batch.parts == 0) {
    batch.begun_ms = call.now_ms();
    batch.shown_ms = call.now_ms() + source.row.visibility_timeout_seconds * 1'000;
  }
  std::string part;
  auto keep = [&] {
    if (part.empty()) return;
    call.tx.put(kBatchParts, part_key(line, batch.parts++), {batch.bundle, seal_records(call, "[" + part + "]")});
    part.clear();
  };
  for (const std::string& record : records) {
    const auto bytes = static_cast<std::int64_t>(record.size()) + 1;
    if (batch.count > 0 && batch.bytes + bytes > kBundleBytesMax) {
      keep();
      batch.bundle += 1;
      batch.count = batch.bytes = 0;
    }
    batch.count += 1;
    batch.bytes += bytes;
    part += (part.empty() ? "" : ",") + record;
  }
  keep();
}

// Receives until the batch is full or the queue empty. Answers how many messages came.
Result<std::int64_t> fill_batch(Call& call, const Line& line, const Source& source, Batch& batch) {
  std::int64_t came = 0;
  std::vector<std::string> unwanted;
  while (batch.bundle == 0 && batch.count < source.mapping.batch_size) {
    Received received = TRY(receive(call, source, source.mapping.batch_size - batch.count));
    if (received.count == 0) break;
    came += received.count;
    add_to_batch(call, line, source, received.records, batch);
    std::ranges::move(received.unwanted, std::back_inserter(unwanted));
  }
  // "When a message doesn't satisfy the filter criteria, Lambda automatically removes the message from the queue."
  TRY_VOID(delete_messages(source.client, source.url(call), unwanted));
  return came;
}

// Nothing came. What the receive has thrown away meanwhile (to the dead-letter queue) is not to be undone by waiting.
Result<void> wait_for_messages(Call& call, const Line& line, const Source& source, const Batch& batch,
                               bool has_changed_queue) {
  const Mapping& mapping = source.mapping;
  if (has_changed_queue) {
    emit_step(call, line, "poll");
    return {};
  }
  std::int64_t until_ms = aws::sqs::wait_until_ms(source.tx, source.row, call.now_ms());
  if (batch.parts > 0) {
    until_ms = std::min(until_ms, batch.begun_ms + mapping.window_seconds * 1'000);
  } else {
    // A line more than there were at first, which has looked in vain for as long as a long poll goes.
    const auto lines = call.tx.get(kLines, mapping.uuid).value_or(Lines{});
    const bool is_idle = call.now - call.request.received >= kernel::Millis(aws::sqs::kWaitMsMax);
    if (is_idle && lines.count > lines_first(mapping)) {
      call.wake(aws::sqs::arrivals_topic(source.tx.place(), source.name));
      end_line(call, line);
      return {};
    }
  }
  return call.park_until(kernel::from_ms(until_ms), aws::sqs::arrivals_topic(source.tx.place(), source.name));
}

}  // namespace

std::string part_key(const Line& line, std::uint64_t part) {
  return store::key(std::string_view(line.uuid), line.number, part);
}

Result<void> delete_messages(const kernel::Client& client, const std::string& url,
                             const std::vector<std::string>& handles) {
  for (std::size_t from = 0; from < handles.size(); from += kReceivedMax) {
    Value::List entries;
    for (std::size_t at = from; at < std::min(handles.size(), from + kReceivedMax); ++at)
      entries.push_back(Value::Map{{"Id", std::to_string(at - from)}, {"ReceiptHandle", handles[at]}});
    TRY(client.invoke({"sqs", "DeleteMessageBatch"}, Value::Map{{"QueueUrl", url}, {"Entries", std::move(entries)}}));
  }
  return {};
}

void start_queue_lines(Call& call, const Mapping& mapping) {
  // What lines gathered before the mapping was disabled shows in the queue again, and is received anew.
  call.tx.erase_all(kBatchParts, store::key(std::string_view(mapping.uuid)));
  call.tx.erase_all(kBatches, store::key(std::string_view(mapping.uuid)));
  const std::int64_t count = lines_first(mapping);
  for (std::int64_t number = 0; number < count; ++number) start_line(call, mapping, static_cast<std::uint64_t>(number));
}

Result<void> poll_queue(Call& call, const Line& line, const Mapping& mapping) {
  const Source source = TRY(open_source(call, mapping));
  Batch batch = call.tx.get(kBatches, line.key()).value_or(Batch{});
  const std::size_t writes_before = call.tx.savepoint().writes_done;
  const std::int64_t came = TRY(fill_batch(call, line, source, batch));
  const bool is_due = batch.parts > 0 && call.now_ms() >= batch.begun_ms + mapping.window_seconds * 1'000;
  if (batch.bundle > 0 || (batch.parts > 0 && batch.count >= mapping.batch_size) || is_due) {
    batch.is_running = true;
    call.tx.put(kBatches, line.key(), batch);
    note_busy(call, mapping);
    emit_step(call, line, "run");
    return {};
  }
  if (came == 0) return wait_for_messages(call, line, source, batch, call.tx.savepoint().writes_done != writes_before);
  if (batch.parts > 0) call.tx.put(kBatches, line.key(), batch);
  emit_step(call, line, "poll");
  return {};
}

}  // namespace lambda
