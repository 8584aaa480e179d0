// Exports to S3: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html
#include "base/gzip.h"
#include "base/time_text.h"
#include "services/logs/masking.h"

namespace logs {

namespace {

constexpr std::int64_t kExportPageMax = 50;
constexpr std::string_view kDefaultPrefix = "exportedlogs";
constexpr std::int64_t kExportBeginsAfterMs = 1'000;
// A file for each stream, and another one each time it has grown to this.
constexpr std::int64_t kExportFileBytes = 16 * 1024 * 1024;

constexpr kernel::OperationId kPutObject{"s3", "PutObject"};
constexpr kernel::OperationId kGetBucketAcl{"s3", "GetBucketAcl"};

std::string_view status_code(ExportStatus status) {
  switch (status) {
    case ExportStatus::kPending: return "PENDING";
    case ExportStatus::kRunning: return "RUNNING";
    case ExportStatus::kCompleted: return "COMPLETED";
    case ExportStatus::kFailed: return "FAILED";
    case ExportStatus::kCancelled: return "CANCELLED";
  }
  return "";
}

bool is_active(const ExportTask& task) {
  return task.status == ExportStatus::kPending || task.status == ExportStatus::kRunning;
}

Value show_task(const ExportTask& task) {
  Out status{{"code", status_code(task.status)}};
  if (!task.message.empty()) status.set("message", task.message);
  Out info{{"creationTime", task.created_ms}};
  if (task.completed_ms != 0) info.set("completionTime", task.completed_ms);
  Out shown{{"taskId", task.id},
            {"logGroupName", task.group},
            {"from", task.from_ms},
            {"to", task.to_ms},
            {"destination", task.bucket},
            {"destinationPrefix", task.prefix.empty() ? std::string(kDefaultPrefix) : task.prefix},
            {"status", status},
            {"executionInfo", info}};
  if (!task.name.empty()) shown.set("taskName", task.name);
  return shown;
}

kernel::Client exporter_of(Call& call, const OpenGroup& group) {
  return call.as_service(fmt::format("logs.{}.amazonaws.com", group.tx.place().region), group.arn() + ":*")
      .in(group.tx.place());
}

Result<void> put_object(const kernel::Client& exporter, const ExportTask& task, std::string key, std::string body) {
  auto put = exporter.invoke(kPutObject, Value::Map{{"Bucket", task.bucket},
                                                    {"Key", std::move(key)},
                                                    {"Body", std::move(body)},
                                                    {"ACL", "bucket-owner-full-control"}});
  if (!put) return std::unexpected(put.error());
  return {};
}

std::unexpected<base::Error> call_failed(std::string_view operation) {
  return error("InvalidParameterException",
               fmt::format("{} call on the given bucket failed. Please check if CloudWatch Logs has been granted "
                           "permission to perform this operation.",
                           operation));
}

// "The export … first writes a file aws-logs-write-test to check that it may."
Result<void> try_bucket(Call& call, const OpenGroup& group, const ExportTask& task) {
  const kernel::Client exporter = exporter_of(call, group);
  auto acl = exporter.invoke(kGetBucketAcl, Value::Map{{"Bucket", task.bucket}});
  if (!acl && acl.error().code == "AccessDenied") return call_failed("GetBucketAcl");
  if (!acl)
    return error("InvalidParameterException", "The given bucket does not exist. Please make sure the bucket is valid.");
  const std::string folder = task.prefix.empty() ? "" : task.prefix + "/";
  if (!put_object(exporter, task, folder + "aws-logs-write-test", "Permission Check Successful"))
    return call_failed("PutObject");
  return {};
}

Result<ExportTask> find_task(Call& call, const std::string& id) {
  auto task = call.tx.get(kExportTasks, id);
  if (!task) return error("ResourceNotFoundException", "The specified export task does not exist.");
  return *std::move(task);
}

std::string exported_line(const ReadEvent& event, std::string message) {
  std::string time = base::format_iso8601(event.timestamp_ms);
  if (!time.contains('.')) time.replace(time.size() - 1, 1, ".000Z");
  return time + " " + std::move(message) + "\n";
}

// The next stream that the task exports, from `task.stream` on.
std::optional<Stream> next_stream(const OpenGroup& group, const ExportTask& task) {
  std::optional<Stream> found;
  std::string prefix = store::key(group.row.id, std::string_view(task.stream_prefix));
  prefix.pop_back();
  store::Scan scan{.prefix = prefix, .limit = 1};
  if (!task.stream.empty()) scan.from = store::key(group.row.id, std::string_view(task.stream));
  group.tx.scan(kStreams, scan, [&](std::string_view, Stream& stream) { found = std::move(stream); });
  return found;
}

// Writes a file of the stream; after its last one the task stands behind it.
Result<void> write_file(Call& call, const OpenGroup& group, const Stream& stream, ExportTask& task) {
  if (task.stream != stream.name) task.stream = stream.name, task.files = 0, task.next_ms = 0, task.next_ordinal = 0;
  const ReadRange range{.streams = {stream.id},
                        .from_ms = std::max(task.from_ms, group.visible_from_ms(call.now_ms())),
                        .to_ms = task.to_ms + 1,
                        .begin = Position{task.next_ms, task.next_ordinal}};
  const Masker masker = masker_of(call, group);
  const DataKeys keys = open_data_keys(call, group);
  std::string lines;
  bool has_more = false;
  TRY_VOID(read_forward(group, keys, range, [&](ReadEvent& event) {
    if (std::ssize(lines) >= kExportFileBytes) {
      task.next_ms = event.timestamp_ms;
      task.next_ordinal = event.ordinal;
      has_more = true;
      return false;
    }
    std::string message = masker.mask(std::move(event.message));
    lines += exported_line(event, std::move(message));
    return true;
  }));
  if (!lines.empty()) {
    std::string folder = stream.name;
    std::ranges::replace(folder, '/', '-');
    const std::string prefix = task.prefix.empty() ? std::string(kDefaultPrefix) : task.prefix;
    TRY_VOID(put_object(exporter_of(call, group), task,
                        fmt::format("{}/{}/{}/{:06}.gz", prefix, task.id, folder, task.files++), base::gzip(lines)));
  }
  // Names have no zero byte in them, so nothing stands between a name and this.
  if (!has_more) task.stream = stream.name + '\1', task.files = 0, task.next_ms = 0, task.next_ordinal = 0;
  return {};
}

void finish(Call& call, ExportTask& task, ExportStatus status, std::string message) {
  task.status = status;
  task.message = std::move(message);
  task.completed_ms = call.now_ms();
}

}  // namespace

Result<void> export_step(Call& call, std::string_view key) {
  auto task = call.tx.get(kExportTasks, key);
  if (!task || !is_active(*task)) return {};
  task->status = ExportStatus::kRunning;
  const auto group = get_group(call.tx, task->group);
  if (!group || group->row.id != task->group_id) {
    finish(call, *task, ExportStatus::kFailed, "The log group does not exist any more.");
  } else if (const auto stream = next_stream(*group, *task); !stream) {
    finish(call, *task, ExportStatus::kCompleted, "Completed successfully");
  } else if (auto written = write_file(call, *group, *stream, *task); !written) {
    finish(call, *task, ExportStatus::kFailed, written.error().message);
  } else {
    call.arm(kExport, call.now, key);
  }
  call.tx.put(kExportTasks, key, *task);
  return {};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateExportTask.html
base::Result<Out> CreateExportTask(Call& call, In in) {
  const OpenGroup group = TRY(find_group(call, in.value()));
  if (in.num("from") > in.num("to"))
    return error("InvalidParameterException", "The from time must be less than or equal to the to time.");
  if (!is_class_standard(group))
    return error("InvalidParameterException", "Log groups of the Infrequent Access class cannot be exported.");
  ExportTask task{.id = call.uuid(),
                  .name = in.str("taskName"),
                  .group = group.row.name,
                  .stream_prefix = in.str("logStreamNamePrefix"),
                  .bucket = in.str("destination"),
                  .prefix = in.str("destinationPrefix"),
                  .group_id = group.row.id,
                  .from_ms = in.num("from"),
                  .to_ms = in.num("to"),
                  .created_ms = call.now_ms()};
  // "Each account can only have one active (RUNNING or PENDING) export task at a time."
  bool has_active = false;
  call.tx.scan(kExportTasks, store::Scan{},
               [&](std::string_view, const ExportTask& other) { has_active = has_active || is_active(other); });
  if (has_active) return error("LimitExceededException", "Resource limit exceeded.");
  TRY_VOID(try_bucket(call, group, task));
  call.tx.put(kExportTasks, task.id, task);
  call.arm(kExport, call.now + kernel::Millis(kExportBeginsAfterMs), task.id);
  return Out{{"taskId", task.id}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CancelExportTask.html
base::Result<Out> CancelExportTask(Call& call, In in) {
  ExportTask task = TRY(find_task(call, in.str("taskId")));
  if (!is_active(task)) return error("InvalidOperationException", "The specified export task has already finished");
  finish(call, task, ExportStatus::kCancelled, "Cancelled by user");
  call.tx.put(kExportTasks, task.id, task);
  call.disarm(kExport, task.id);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeExportTasks.html
base::Result<Out> DescribeExportTasks(Call& call, In in) {
  if (in.has("taskId")) return Out{{"exportTasks", Value::List{show_task(TRY(find_task(call, in.str("taskId"))))}}};
  store::Scan scan{.after = TRY(read_token(in.value()))};
  const std::int64_t limit = in.num("limit", kExportPageMax);
  Out answer;
  Value::List shown;
  std::string last;
  call.tx.scan(kExportTasks, scan, [&](std::string_view id, const ExportTask& task) {
    if (in.has("statusCode") && status_code(task.status) != in.str("statusCode")) return true;
    if (std::ssize(shown) == limit) {
      answer.set("nextToken", write_token(last));
      return false;
    }
    last = id;
    shown.push_back(show_task(task));
    return true;
  });
  answer.set("exportTasks", std::move(shown));
  return answer;
}

}  // namespace logs
