#pragma once

#include "services/s3control/control.h"

// Batch operations: one operation done to each object of a manifest.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops.html
namespace s3control {

struct Job {
  std::string id;
  std::string status;  // as DescribeJob shows it: "Active"
  std::string given;   // the request that made it, JSON
  std::string token;   // ClientRequestToken
  std::int64_t priority = 0;
  std::int64_t created_ms = 0;
  std::int64_t ended_ms = 0;
  std::int64_t suspended_ms = 0;
  std::int64_t active_ms = 0;  // since when it is active
  std::string failure_code, failure_reason;
  std::string update_reason;
  std::uint64_t manifest_read = 0;  // bytes
  std::string manifest_rest;        // of a line whose end has not been read yet
  // Of a generated manifest: what was listed last, and where it was written.
  std::string listed_key, listed_version;
  std::string generated_key, generated_etag;
  std::int64_t task_count = 0;
  std::int64_t succeeded_count = 0;
  std::int64_t failed_count = 0;
  std::map<std::string, std::string> tags;

  bool is_over() const { return status == "Complete" || status == "Failed" || status == "Cancelled"; }
  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("status", self.status);
    field("given", self.given);
    field("token", self.token);
    field("priority", self.priority);
    field("created_ms", self.created_ms);
    field("ended_ms", self.ended_ms);
    field("suspended_ms", self.suspended_ms);
    field("active_ms", self.active_ms);
    field("failure_code", self.failure_code);
    field("failure_reason", self.failure_reason);
    field("update_reason", self.update_reason);
    field("manifest_read", self.manifest_read);
    field("manifest_rest", self.manifest_rest);
    field("task_count", self.task_count);
    field("succeeded_count", self.succeeded_count);
    field("failed_count", self.failed_count);
    field("tags", self.tags);
    field("listed_key", self.listed_key);
    field("listed_version", self.listed_version);
    field("generated_key", self.generated_key);
    field("generated_etag", self.generated_etag);
  }
};

// One object of the manifest.
struct Task {
  std::string bucket, key, version_id;
  std::int64_t attempts = 0;  // that a function has asked to be repeated

  static void fields(auto& self, auto& field) {
    field("bucket", self.bucket);
    field("key", self.key);
    field("version_id", self.version_id);
    field("attempts", self.attempts);
  }
};

// What became of a task, as a line of the report.
struct TaskResult {
  bool is_success = false;
  std::string line;

  static void fields(auto& self, auto& field) {
    field("is_success", self.is_success);
    field("line", self.line);
  }
};

struct JobToken {
  std::string job_id;
  std::string given;

  static void fields(auto& self, auto& field) {
    field("job_id", self.job_id);
    field("given", self.given);
  }
};

inline constexpr store::Table<Job> kJobs{"s3control.jobs"};                  // key: job id
inline constexpr store::Table<JobToken> kJobTokens{"s3control.job_tokens"};  // key: token
inline constexpr store::Table<Task> kTasks{"s3control.tasks"};               // key: job id, number
inline constexpr store::Table<TaskResult> kResults{"s3control.results"};     // key: job id, number

Result<void> step_job(Call& call, std::string_view id);
inline constexpr kernel::Timer kJobStep{"s3control.job", step_job};

// Errors: NotFoundException, AccessDenied.
Result<Job> find_job(Call& call, const Value& input);
std::string arn_of(const Call& call, const Job& job);

// job_steps.cc: what waits for functions is done by a listener, a timer cannot.
Result<void> step_functions(Call& call, const kernel::Event& event);
inline constexpr std::string_view kJobSource = "s3control.jobs";

// job_manifest.cc: the next piece of the manifest becomes tasks. True: that was its end.
Result<bool> read_manifest(Call& call, const kernel::Principal& session, Job& job, const Value& manifest);
Result<void> check_manifest(const Value& input);
// job_generated.cc: the same of one that is made of what is in a bucket.
Result<bool> generate_manifest(Call& call, const kernel::Principal& session, Job& job, const Value& generator);
Value show_generated(const Job& job, const Value& given);

// What became of a task that has succeeded, for the report.
inline constexpr const char* kSuccessful = "Successful";
// job_tasks.cc: does the operation of a job to one object, with the permissions of its role.
Result<std::string> do_task(Call& call, const kernel::Principal& session, const Value& operation, const Task& task);
// job_checksums.cc: its checksum, as JSON. Errors: those of S3.
Result<std::string> compute_checksum(Call& call, const kernel::Principal& session, const Value& given,
                                     const Task& task);
bool is_computable(const Value& given);
// job_functions.cc: has a function do it. Errors: TemporaryFailure, PermanentFailure, with what it said; those of
// Lambda.
Result<std::string> invoke_for_task(Call& call, const kernel::Principal& session, const Job& job, const Value& given,
                                    std::int64_t number, const Task& task);
// The one operation in a JobOperation; empty where there is none, or more.
std::string operation_name(const Value& operation);

// job_report.cc: writes the completion report. Errors: those of S3.
Result<void> write_report(Call& call, const kernel::Principal& session, const Job& job, const Value& report);

}  // namespace s3control
