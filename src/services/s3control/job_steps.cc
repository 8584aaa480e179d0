// A job on its way: its manifest is read, its tasks are done some at a time, its report is written.
#include <fmt/format.h>

#include "api/s3.h"
#include "base/arn.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "kernel/authorization.h"
#include "services/s3control/jobs.h"

namespace s3control {

namespace {

constexpr std::uint64_t kManifestPieceBytes = 4'096;
constexpr std::size_t kTasksPerStep = 50;
// "If more than 50% of a job's object operations fail after at least 1,000 object operations have been attempted, the
// job fails."
constexpr std::int64_t kAttemptsBeforeFailing = 1'000;

void fail_job(Call& call, Job& job, std::string code, std::string reason) {
  job.status = "Failed";
  job.failure_code = std::move(code);
  job.failure_reason = std::move(reason);
  job.ended_ms = call.now_ms();
  call.tx.erase_all(kTasks, store::key(job.id));
}

// A line of CSV as its fields; quotes may stand around a field, and twice for one inside.
std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool is_quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '"') {
      if (is_quoted && at + 1 < line.size() && line[at + 1] == '"') {
        fields.back().push_back('"');
        ++at;
      } else {
        is_quoted = !is_quoted;
      }
    } else if (line[at] == ',' && !is_quoted) {
      fields.emplace_back();
    } else {
      fields.back().push_back(line[at]);
    }
  }
  return fields;
}

// Keys are URL-encoded in manifests.
Result<void> add_task(Call& call, Job& job, std::string_view line) {
  line = base::trim(line);
  if (line.empty()) return {};
  const std::vector<std::string> fields = fields_of(line);
  auto key =
      fields.size() < 2 || fields.size() > 3 ? std::nullopt : base::percent_decode(fields[1], base::Plus::kSpace);
  if (!key) return base::fail("ManifestParsingError", "The manifest has a line that is not of its fields.");
  Task task{.bucket = fields[0], .key = *key, .version_id = fields.size() > 2 ? fields[2] : std::string()};
  call.tx.put(kTasks, store::key(job.id, job.task_count), task);
  ++job.task_count;
  return {};
}

// The next piece of the manifest. True: that was its end.
Result<bool> read_manifest(Call& call, const kernel::Principal& session, Job& job, const Value& manifest) {
  const Value& location = manifest.at("Location");
  const base::Arn arn = base::Arn::parse(location.at("ObjectArn").str());
  const std::size_t slash = arn.resource.find('/');
  Value input =
      Value::Map{{"Bucket", std::string(arn.resource.substr(0, slash))},
                 {"Key", std::string(arn.resource.substr(slash + 1))},
                 {"Range", fmt::format("bytes={}-{}", job.manifest_read, job.manifest_read + kManifestPieceBytes - 1)}};
  if (location.has("ObjectVersionId")) input.set("VersionId", location.at("ObjectVersionId"));
  auto got = call.as_role(session).invoke(kernel::operation<s3::Model>("GetObject"), std::move(input));
  if (!got && got.error().code == "InvalidRange") got = Value(Value::Map{{"Body", ""}, {"ETag", location.at("ETag")}});
  if (!got) return std::unexpected(got.error());
  auto bare = [](std::string_view tag) { return tag.starts_with('"') ? tag.substr(1, tag.size() - 2) : tag; };
  if (bare(got->at("ETag").str()) != bare(location.at("ETag").str()))
    return base::fail("ManifestETagMismatch", "The manifest has another ETag than the job was made with.");
  const std::string& piece = got->at("Body").str();
  job.manifest_read += piece.size();
  std::string text = std::exchange(job.manifest_rest, std::string()) + piece;
  const bool is_end = piece.size() < kManifestPieceBytes;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != text.npos; begin = end + 1, end = text.find('\n', begin))
    TRY_VOID(add_task(call, job, std::string_view(text).substr(begin, end - begin)));
  job.manifest_rest = text.substr(begin);
  if (is_end) TRY_VOID(add_task(call, job, std::exchange(job.manifest_rest, std::string())));
  return is_end;
}

std::string result_line(const Task& task, const Result<void>& done) {
  auto quoted = [](std::string text) {
    for (std::size_t at = text.find('"'); at != text.npos; at = text.find('"', at + 2)) text.insert(at, "\"");
    return "\"" + text + "\"";
  };
  return fmt::format("{},{},{},{},{},{},{}\n", task.bucket, base::percent_encode(task.key, "/"), task.version_id,
                     done ? "succeeded" : "failed", done ? "" : done.error().code, done ? "200" : "400",
                     done ? "Successful" : quoted(done.error().message));
}

// Some of the tasks. True: none is left.
bool do_tasks(Call& call, const kernel::Principal& session, Job& job, const Value& operation) {
  std::vector<std::pair<std::string, Task>> tasks;
  call.tx.scan(kTasks, {.prefix = store::key(job.id), .limit = kTasksPerStep},
               [&](std::string_view key, Task& task) { tasks.emplace_back(key, std::move(task)); });
  for (const auto& [key, task] : tasks) {
    const Result<void> done = do_task(call, session, operation, task);
    ++(done ? job.succeeded_count : job.failed_count);
    call.tx.put(kResults, key, {done.has_value(), result_line(task, done)});
    call.tx.erase(kTasks, key);
  }
  const std::int64_t attempted = job.succeeded_count + job.failed_count;
  if (attempted >= kAttemptsBeforeFailing && job.failed_count * 2 > attempted)
    fail_job(call, job, "JobFailureRateExceeded", "More than half of the job's tasks have failed.");
  return tasks.size() < kTasksPerStep;
}

void go_on(Call& call, const kernel::Principal& session, Job& job) {
  const Value given = base::parse_json(job.given).value_or(Value());
  if (job.status == "New" || job.status == "Preparing") {
    job.status = "Preparing";
    auto is_end = read_manifest(call, session, job, given.at("Manifest"));
    if (!is_end) return fail_job(call, job, is_end.error().code, is_end.error().message);
    if (!*is_end) return;
    const bool waits = given.at("ConfirmationRequired").flag();
    job.status = waits ? "Suspended" : "Ready";
    if (waits) job.suspended_ms = call.now_ms();
  } else if (job.status == "Ready") {
    job.status = "Active";
    job.active_ms = call.now_ms();
  } else if (job.status == "Active") {
    if (do_tasks(call, session, job, given.at("Operation")) && !job.is_over()) job.status = "Completing";
  } else {
    auto written = write_report(call, session, job, given.at("Report"));
    if (!written) return fail_job(call, job, "ReportFailure", written.error().message);
    job.status = "Complete";
    job.ended_ms = call.now_ms();
  }
}

}  // namespace

Result<void> step_job(Call& call, std::string_view id) {
  auto job = call.tx.get(kJobs, id);
  if (!job || job->is_over() || job->status == "Suspended") return {};
  const Value given = base::parse_json(job->given).value_or(Value());
  auto session = kernel::assume_role(call, given.at("RoleArn").str(), "batchoperations.s3.amazonaws.com", "s3-batch",
                                     arn_of(call, *job));
  if (session) {
    go_on(call, *session, *job);
  } else {
    fail_job(call, *job, "AccessDenied", session.error().message);
  }
  if (job->is_over()) {
    call.tx.erase_all(kResults, store::key(job->id));
  } else if (job->status != "Suspended") {
    call.arm(kJobStep, call.now, job->id);
  }
  call.tx.put(kJobs, job->id, *job);
  return {};
}

}  // namespace s3control
