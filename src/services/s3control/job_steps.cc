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

constexpr std::size_t kTasksPerStep = 50;
constexpr std::size_t kInvocationsPerStep = 5;
constexpr std::int64_t kTemporaryFailuresMax = 3;
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

std::string result_line(const Task& task, const Result<std::string>& done) {
  auto quoted = [](std::string text) {
    for (std::size_t at = text.find('"'); at != text.npos; at = text.find('"', at + 2)) text.insert(at, "\"");
    return "\"" + text + "\"";
  };
  return fmt::format("{},{},{},{},{},{},{}\n", task.bucket, base::percent_encode(task.key, "/"), task.version_id,
                     done ? "succeeded" : "failed", done ? "" : done.error().code, done ? "200" : "400",
                     done && *done == kSuccessful ? *done : quoted(done ? *done : done.error().message));
}

struct NumberedTask {
  std::string row;
  std::int64_t number = 0;
  Task task;
};

std::vector<NumberedTask> next_tasks(Call& call, const Job& job, std::size_t count) {
  std::vector<NumberedTask> tasks;
  call.tx.scan(kTasks, {.prefix = store::key(job.id), .limit = count}, [&](std::string_view row, Task& task) {
    store::KeyReader reader(row);
    reader.text();
    tasks.push_back({std::string(row), static_cast<std::int64_t>(reader.number()), std::move(task)});
  });
  return tasks;
}

void note_result(Call& call, Job& job, const NumberedTask& each, const Result<std::string>& done) {
  ++(done ? job.succeeded_count : job.failed_count);
  call.tx.put(kResults, each.row, {done.has_value(), result_line(each.task, done)});
  call.tx.erase(kTasks, each.row);
  const std::int64_t attempted = job.succeeded_count + job.failed_count;
  if (attempted >= kAttemptsBeforeFailing && job.failed_count * 2 > attempted && !job.is_over())
    fail_job(call, job, "JobFailureRateExceeded", "More than half of the job's tasks have failed.");
}

// Some of the tasks. True: none is left.
bool do_tasks(Call& call, const kernel::Principal& session, Job& job, const Value& operation) {
  const std::vector<NumberedTask> tasks = next_tasks(call, job, kTasksPerStep);
  for (const NumberedTask& each : tasks) note_result(call, job, each, do_task(call, session, operation, each.task));
  return tasks.size() < kTasksPerStep;
}

// The same by a function. Errors: it is waited for.
Result<bool> invoke_tasks(Call& call, const kernel::Principal& session, Job& job, const Value& given) {
  std::vector<NumberedTask> tasks = next_tasks(call, job, kInvocationsPerStep);
  const bool is_end = tasks.size() < kInvocationsPerStep;
  bool is_repeated = false;
  for (NumberedTask& each : tasks) {
    auto done = invoke_for_task(call, session, job, given, each.number, each.task);
    if (!done && done.error().code == "Parked") return std::unexpected(done.error());
    if (!done && done.error().code == "TemporaryFailure" && each.task.attempts + 1 < kTemporaryFailuresMax) {
      ++each.task.attempts;
      is_repeated = true;
      call.tx.put(kTasks, each.row, each.task);
      continue;
    }
    note_result(call, job, each, done);
  }
  return is_end && !is_repeated;
}

// "Jobs with a higher priority take precedence": the others pause meanwhile.
bool is_preempted(Call& call, const Job& job) {
  bool is_behind = false;
  call.tx.scan(kJobs, store::Scan{}, [&](std::string_view, Job& other) {
    const bool is_at_work = other.status == "Active" || other.status == "Ready" || other.status == "Paused";
    is_behind = is_behind || (is_at_work && other.priority > job.priority);
    return !is_behind;
  });
  return is_behind;
}

void go_on(Call& call, const kernel::Principal& session, Job& job) {
  const Value given = base::parse_json(job.given).value_or(Value());
  if (job.status == "New" || job.status == "Preparing") {
    job.status = "Preparing";
    const Value& generator = given.at("ManifestGenerator").at("S3JobManifestGenerator");
    auto is_end = generator.is_null() ? read_manifest(call, session, job, given.at("Manifest"))
                                      : generate_manifest(call, session, job, generator);
    if (!is_end) return fail_job(call, job, is_end.error().code, is_end.error().message);
    if (!*is_end) return;
    const bool waits = given.at("ConfirmationRequired").flag();
    job.status = waits ? "Suspended" : "Ready";
    if (waits) job.suspended_ms = call.now_ms();
  } else if (job.status == "Ready") {
    job.status = "Active";
    job.active_ms = call.now_ms();
  } else if ((job.status == "Active" || job.status == "Paused") && is_preempted(call, job)) {
    job.status = "Paused";
  } else if (job.status == "Paused") {
    job.status = "Active";
  } else if (job.status == "Active" && given.at("Operation").has("LambdaInvoke")) {
    call.emit(
        {.source = std::string(kJobSource), .type = "Invoke", .key = job.id, .detail = Value::Map{{"id", job.id}}});
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
  const bool was_active = job->status == "Active", is_invoking = given.at("Operation").has("LambdaInvoke");
  if (session) {
    go_on(call, *session, *job);
  } else {
    fail_job(call, *job, "AccessDenied", session.error().message);
  }
  if (job->is_over()) {
    call.tx.erase_all(kResults, store::key(job->id));
  } else if (job->status == "Paused") {
    call.arm(kJobStep, call.now + kernel::Seconds(1), job->id);
  } else if (job->status != "Suspended" && !(was_active && job->status == "Active" && is_invoking)) {
    call.arm(kJobStep, call.now, job->id);
  }
  call.tx.put(kJobs, job->id, *job);
  return {};
}

Result<void> step_functions(Call& call, const kernel::Event& event) {
  auto job = call.tx.get(kJobs, event.detail.at("id").str());
  if (!job || job->status != "Active") return {};
  const Value given = base::parse_json(job->given).value_or(Value());
  auto session = kernel::assume_role(call, given.at("RoleArn").str(), "batchoperations.s3.amazonaws.com", "s3-batch",
                                     arn_of(call, *job));
  if (!session) {
    fail_job(call, *job, "AccessDenied", session.error().message);
  } else if (TRY(invoke_tasks(call, *session, *job, given.at("Operation").at("LambdaInvoke"))) && !job->is_over()) {
    job->status = "Completing";
  }
  if (job->is_over()) call.tx.erase_all(kResults, store::key(job->id));
  if (!job->is_over()) call.arm(kJobStep, call.now, job->id);
  call.tx.put(kJobs, job->id, *job);
  return {};
}

}  // namespace s3control
