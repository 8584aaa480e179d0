// Message move tasks: redriving a dead-letter queue.
#include "base/bytes.h"
#include "base/json.h"
#include "services/sqs/queue.h"

namespace sqs {

namespace {

constexpr std::int64_t kRateMax = 500;       // messages a second
constexpr std::int64_t kMovedPerStep = 500;  // when the rate is left to us
constexpr std::int64_t kListedTasksMax = 10;

enum class MoveStatus : std::uint8_t { kRunning = 0, kCompleted = 1, kCancelling = 2, kCancelled = 3, kFailed = 4 };

struct MoveTask {
  std::string id;
  std::string destination_arn;  // empty: back to where each message came from
  std::int64_t rate = 0;        // messages a second; 0: as fast as it goes
  std::int64_t started_ms = 0;
  std::int64_t to_move = 0;  // messages that were in the queue when it started
  std::int64_t moved = 0;
  MoveStatus status = MoveStatus::kRunning;
  std::string failure_reason;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("destination_arn", self.destination_arn);
    field("rate", self.rate);
    field("started_ms", self.started_ms);
    field("to_move", self.to_move);
    field("moved", self.moved);
    field("status", self.status);
    field("failure_reason", self.failure_reason);
  }
};

constexpr store::Table<MoveTask> kMoveTasks{
    "sqs.move_tasks"};  // key: source queue name, its incarnation, number of the task

std::string_view status_text(MoveStatus status) {
  constexpr std::string_view kTexts[] = {"RUNNING", "COMPLETED", "CANCELLING", "CANCELLED", "FAILED"};
  return kTexts[static_cast<std::size_t>(status)];
}

bool is_active(const MoveTask& task) {
  return task.status == MoveStatus::kRunning || task.status == MoveStatus::kCancelling;
}

std::string tasks_key(const OpenQueue& source) {
  return store::key(std::string_view(source.row.name), source.row.incarnation);
}

// A task handle is the task's id and its queue's ARN, as JSON in base64.
std::string write_task_handle(const OpenQueue& source, const MoveTask& task) {
  return base::to_base64(base::to_json(Value::Map{{"taskId", task.id}, {"sourceArn", source.arn()}}));
}

Value read_task_handle(std::string_view handle) {
  auto text = base::from_base64(handle);
  auto content = text ? base::parse_json(*text) : base::fail("InvalidParameterValue", "");
  return content ? *std::move(content) : Value();
}

struct FoundTask {
  std::string key;
  MoveTask task;
};

// The source's tasks, the latest first.
std::vector<FoundTask> list_tasks(const OpenQueue& source, std::size_t count_max) {
  std::vector<FoundTask> tasks;
  store::Scan scan{.prefix = tasks_key(source), .direction = store::Direction::kReverse, .limit = count_max};
  source.tx.scan(kMoveTasks, scan,
                 [&](std::string_view key, MoveTask& task) { tasks.push_back({std::string(key), std::move(task)}); });
  return tasks;
}

base::Result<OpenQueue> find_by_arn(Call& call, const std::string& arn, std::string_view parameter) {
  auto name = parse_arn(arn);
  auto queue = name ? get_queue(call, *name) : std::nullopt;
  if (!queue)
    return error("ResourceNotFoundException",
                 fmt::format("The resource that you specified for the {} parameter doesn't exist.", parameter));
  return *std::move(queue);
}

bool is_dead_letter_queue(const OpenQueue& queue) {
  return queue.tx.scan_keys(kDeadLetterSources, {.prefix = store::key(std::string_view(queue.row.name)), .limit = 1},
                            [](std::string_view) {}) > 0;
}

// Messages that can be received, the oldest first; of a FIFO queue in the order of their groups.
std::vector<Entry> take_visible(const OpenQueue& source, std::int64_t count_max, std::int64_t now_ms) {
  std::vector<Entry> entries;
  const bool is_fifo = source.row.is_fifo;
  store::Scan scan{.prefix = source.generation_key()};
  if (!is_fifo) {
    scan.from = store::key(source.row.generation, std::min(get_floor(source), now_ms));
    scan.until = store::key(source.row.generation, now_ms + 1);
  }
  auto take = [&](std::string_view key, Message& message) {
    if (message.visible_at_ms > now_ms) return true;
    store::KeyReader parts(key);
    parts.unsigned_number();
    is_fifo ? static_cast<void>(parts.text()) : static_cast<void>(parts.number());
    entries.push_back({parts.unsigned_number(), std::move(message)});
    return std::ssize(entries) < count_max;
  };
  is_fifo ? source.tx.scan(kFifoMessages, scan, take) : source.tx.scan(kMessages, scan, take);
  if (!is_fifo && !entries.empty())
    raise_floor(source, std::min(get_floor(source), now_ms), entries.back().message.visible_at_ms);
  return entries;
}

// Moves one message. Errors: why the task cannot go on.
base::Result<void> move_message(Call& call, const OpenQueue& source, const MoveTask& task, const Entry& entry) {
  const std::string& target_arn =
      task.destination_arn.empty() ? entry.message.dead_letter_source : task.destination_arn;
  if (target_arn.empty()) return base::fail("CouldNotDetermineMessageSource", "");
  auto target_name = parse_arn(target_arn);
  auto target = target_name ? get_queue(call, *target_name) : std::nullopt;
  if (!target) return base::fail("AWS.SimpleQueueService.NonExistentQueue", "");
  std::string body = read_body(source, entry);
  Message message = entry.message;
  // "Redriven messages are considered new messages, with a new messageID and enqueueTime."
  message.id = call.uuid();
  message.sent_ms = message.kept_from_ms = message.visible_at_ms = call.now_ms();
  message.receive_count = message.first_received_ms = 0;
  message.hiding = Hiding::kNone;
  message.has_moved = false;
  message.dead_letter_source.clear();
  remove(source, entry);
  if (source.row.is_fifo) settle_deleted(source, entry, call.now_ms());
  deliver(call, *target, new_entry(call, std::move(message)), std::move(body));
  return {};
}

void run_step(Call& call, const OpenQueue& source, MoveTask& task) {
  std::vector<Entry> entries = take_visible(source, task.rate > 0 ? task.rate : kMovedPerStep, call.now_ms());
  for (const Entry& entry : entries) {
    if (auto moved = move_message(call, source, task, entry); !moved) {
      task.status = MoveStatus::kFailed;
      task.failure_reason = moved.error().code;
      return;
    }
    task.moved += 1;
  }
  // What arrives while the task runs is not waited for.
  if (entries.empty() || task.moved >= task.to_move) task.status = MoveStatus::kCompleted;
}

}  // namespace

std::optional<std::string> move_task_source(std::string_view task_handle) {
  const Value content = read_task_handle(task_handle);
  return content.has("sourceArn") ? std::optional<std::string>(content.at("sourceArn").str()) : std::nullopt;
}

// Key: account, region, and the task's key.
base::Result<void> move_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  store::Place place{parts.text(), parts.text()};
  const std::string task_key(parts.rest());
  const std::string name = parts.text();
  auto source = get_queue(call, {place, name});
  const store::Transaction tx = call.tx.at(place);
  auto task = tx.get(kMoveTasks, task_key);
  if (!task) return {};
  if (!source || source->row.incarnation != parts.unsigned_number()) {
    tx.erase(kMoveTasks, task_key);  // with its queue
    return {};
  }
  if (task->status == MoveStatus::kCancelling) task->status = MoveStatus::kCancelled;
  if (task->status == MoveStatus::kRunning) run_step(call, *source, *task);
  tx.put(kMoveTasks, task_key, *task);
  if (is_active(*task)) call.arm(kMoveStep, task->rate > 0 ? call.now + kernel::Seconds(1) : call.now, key);
  return {};
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
base::Result<Out> StartMessageMoveTask(Call& call, In in) {
  OpenQueue source = TRY(find_by_arn(call, in.str("SourceArn"), "SourceArn"));
  if (!is_dead_letter_queue(source))
    return error("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.");
  const std::string& destination_arn = in.str("DestinationArn");
  if (!destination_arn.empty()) {
    OpenQueue destination = TRY(find_by_arn(call, destination_arn, "DestinationArn"));
    if (destination.arn() == source.arn())
      return error("InvalidParameterValue", "Source queue arn and destination queue arn cannot be the same.");
    if (destination.row.is_fifo != source.row.is_fifo)
      return error("InvalidParameterValue", "Source queue and destination queue must be of the same type.");
    TRY_VOID(call.authorize("sqs:SendMessage", destination.arn()));
  }
  const std::int64_t rate = in.num("MaxNumberOfMessagesPerSecond", 0);
  if (in.has("MaxNumberOfMessagesPerSecond") && (rate < 1 || rate > kRateMax))
    return error("InvalidParameterValue", fmt::format("Value {} for parameter MaxNumberOfMessagesPerSecond is invalid. "
                                                      "Reason: Must be between 1 and 500, if provided.",
                                                      rate));
  // "Only one active message movement task is supported per queue at any given time."
  for (const FoundTask& each : list_tasks(source, kListedTasksMax))
    if (is_active(each.task))
      return error(
          "InvalidParameterValue",
          "There is already a task running. Only one active task is allowed for a source queue arn at a given time.");

  MoveTask task{.id = call.uuid(), .destination_arn = destination_arn, .rate = rate, .started_ms = call.now_ms()};
  task.to_move = count_messages(source, call.now_ms()).visible;
  std::string key = tasks_key(source) + store::key(call.next_sequence());
  source.tx.put(kMoveTasks, key, task);
  call.arm(kMoveStep, call.now, store::key(source.tx.place().account, source.tx.place().region) + key);
  return Out{{"TaskHandle", write_task_handle(source, task)}};
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html
base::Result<Out> CancelMessageMoveTask(Call& call, In in) {
  const Value handle = read_task_handle(in.str("TaskHandle"));
  if (!handle.has("taskId") || !handle.has("sourceArn"))
    return error("InvalidParameterValue", "Value for parameter TaskHandle is invalid.");
  OpenQueue source = TRY(find_by_arn(call, handle.at("sourceArn").str(), "SourceArn"));
  for (FoundTask& each : list_tasks(source, kListedTasksMax)) {
    if (each.task.id != handle.at("taskId").str() || each.task.status != MoveStatus::kRunning) continue;
    each.task.status = MoveStatus::kCancelling;
    source.tx.put(kMoveTasks, each.key, each.task);
    return Out{{"ApproximateNumberOfMessagesMoved", each.task.moved}};
  }
  // "Only tasks with status RUNNING can be cancelled."
  return error("ResourceNotFoundException", "Task does not exist.");
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html
base::Result<Out> ListMessageMoveTasks(Call& call, In in) {
  OpenQueue source = TRY(find_by_arn(call, in.str("SourceArn"), "SourceArn"));
  const std::int64_t count_max = in.num("MaxResults", 1);
  if (count_max < 1 || count_max > kListedTasksMax)
    return error(
        "InvalidParameterValue",
        fmt::format("Value {} for parameter MaxResults is invalid. Reason: Must be between 1 and 10, if provided.",
                    count_max));
  Value::List results;
  for (const auto& [key, task] : list_tasks(source, static_cast<std::size_t>(count_max))) {
    Out result{{"Status", status_text(task.status)},
               {"SourceArn", source.arn()},
               {"ApproximateNumberOfMessagesMoved", task.moved},
               {"ApproximateNumberOfMessagesToMove", task.to_move},
               {"StartedTimestamp", task.started_ms}};
    // "If the status is not RUNNING, this field is null."
    if (task.status == MoveStatus::kRunning) result.set("TaskHandle", write_task_handle(source, task));
    if (!task.destination_arn.empty()) result.set("DestinationArn", task.destination_arn);
    if (task.rate > 0) result.set("MaxNumberOfMessagesPerSecond", task.rate);
    if (!task.failure_reason.empty()) result.set("FailureReason", task.failure_reason);
    results.push_back(std::move(result));
  }
  Out answer;
  if (!results.empty()) answer.set("Results", std::move(results));
  return answer;
}

}  // namespace sqs
