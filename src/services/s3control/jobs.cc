#include "services/s3control/jobs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/arn.h"
#include "base/bytes.h"
#include "base/json.h"
#include "kernel/authorization.h"

namespace s3control {

namespace {

constexpr std::size_t kJobsPerPageMax = 1'000;
constexpr std::int64_t kPriorityMax = 2'147'483'647;
constexpr std::string_view kBatchOperations = "batchoperations.s3.amazonaws.com";

std::unexpected<base::Error> bad_request(std::string message) {
  return error("BadRequestException", std::move(message));
}

Result<void> check_job(const Value& input) {
  const std::string operation = operation_name(input.at("Operation"));
  if (operation.empty()) return bad_request("Exactly one operation must be specified");
  if (operation == "S3ComputeObjectChecksum" && !is_computable(input.at("Operation").at(operation)))
    return error("NotImplemented",
                 "Of checksums, those of whole objects by the algorithms of CRC, MD5 and SHA are implemented.");
  const std::string& schema = input.at("Operation").at("LambdaInvoke").at("InvocationSchemaVersion").str();
  if (!schema.empty() && schema != "1.0" && schema != "2.0")
    return bad_request("InvocationSchemaVersion must be 1.0 or 2.0");
  if (input.at("Priority").num() < 0 || input.at("Priority").num() > kPriorityMax)
    return bad_request("Priority must be between 0 and 2147483647");
  const Value& report = input.at("Report");
  if (report.at("Enabled").flag() && (!report.has("Bucket") || !report.has("Format") || !report.has("ReportScope")))
    return bad_request("Report Bucket, Format and ReportScope are required when the report is enabled");
  return check_manifest(input);
}

Value show_progress(const Job& job, std::int64_t now_ms) {
  const std::int64_t until_ms = job.ended_ms != 0 ? job.ended_ms : now_ms;
  return Value::Map{
      {"TotalNumberOfTasks", job.task_count},
      {"NumberOfTasksSucceeded", job.succeeded_count},
      {"NumberOfTasksFailed", job.failed_count},
      {"Timers", Value::Map{{"ElapsedTimeInActiveSeconds",
                             job.active_ms == 0 ? std::int64_t{0} : (until_ms - job.active_ms) / 1'000}}}};
}

Value show_listed(const Job& job, std::int64_t now_ms) {
  const Value given = base::parse_json(job.given).value_or(Value());
  Value shown = Value::Map{{"JobId", job.id},
                           {"Operation", operation_name(given.at("Operation"))},
                           {"Priority", job.priority},
                           {"Status", job.status},
                           {"CreationTime", job.created_ms},
                           {"ProgressSummary", show_progress(job, now_ms)}};
  if (given.has("Description")) shown.set("Description", given.at("Description"));
  if (job.ended_ms != 0) shown.set("TerminationDate", job.ended_ms);
  return shown;
}

Value show_job(const Call& call, const Job& job) {
  const Value given = base::parse_json(job.given).value_or(Value());
  Value shown = show_listed(job, call.now_ms());
  shown.set("Operation", given.at("Operation"));
  shown.set("JobArn", arn_of(call, job));
  shown.set("ConfirmationRequired", given.at("ConfirmationRequired").flag());
  for (const char* member : {"Manifest", "ManifestGenerator", "Report", "RoleArn"})
    if (given.has(member)) shown.set(member, given.at(member));
  if (!job.generated_key.empty()) shown.set("GeneratedManifestDescriptor", show_generated(job, given));
  if (!job.update_reason.empty()) shown.set("StatusUpdateReason", job.update_reason);
  if (job.status == "Suspended") {
    shown.set("SuspendedDate", job.suspended_ms);
    shown.set("SuspendedCause", "Job is awaiting confirmation");
  }
  if (!job.failure_code.empty())
    shown.set("FailureReasons",
              Value::List{Value::Map{{"FailureCode", job.failure_code}, {"FailureReason", job.failure_reason}}});
  return shown;
}

}  // namespace

std::string arn_of(const Call& call, const Job& job) {
  return fmt::format("arn:aws:s3:{}:{}:job/{}", call.place.region, call.place.account, job.id);
}

Result<Job> find_job(Call& call, const Value& input) {
  TRY_VOID(check_account(call, input));
  auto job = call.tx.get(kJobs, input.at("JobId").str());
  if (!job) return error("NotFoundException", "The specified job does not exist.");
  return *std::move(job);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html
Result<Out> CreateJob(Call& call, In in) {
  TRY_VOID(check_account(call, in.value()));
  TRY_VOID(check_job(in.value()));
  const std::string given = base::to_json(in.value());
  if (auto before = call.tx.get(kJobTokens, in.str("ClientRequestToken"))) {
    if (before->given == given) return Out{{"JobId", before->job_id}};
    return error("IdempotencyException", "The request token was used for another job.");
  }
  TRY_VOID(kernel::authorize_pass_role(call, in.str("RoleArn"), kBatchOperations));
  Job job{.id = call.uuid(),
          .status = "New",
          .given = given,
          .token = in.str("ClientRequestToken"),
          .priority = in.num("Priority"),
          .created_ms = call.now_ms()};
  for (const Value& tag : in.list("Tags")) job.tags[tag.at("Key").str()] = tag.at("Value").str();
  call.tx.put(kJobs, job.id, job);
  call.tx.put(kJobTokens, job.token, {job.id, given});
  call.arm(kJobStep, call.now + kernel::Seconds(1), job.id);
  return Out{{"JobId", job.id}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DescribeJob.html
Result<Out> DescribeJob(Call& call, In in) { return Out{{"Job", show_job(call, TRY(find_job(call, in.value())))}}; }

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListJobs.html
Result<Out> ListJobs(Call& call, In in) {
  TRY_VOID(check_account(call, in.value()));
  const std::int64_t given = in.num("MaxResults", static_cast<std::int64_t>(kJobsPerPageMax));
  if (given < 1) return error("InvalidRequestException", "MaxResults must be at least 1.");
  const auto count_max = std::min(static_cast<std::size_t>(given), kJobsPerPageMax);
  store::Scan scan;
  if (in.has("NextToken")) {
    auto after = base::from_base64(in.str("NextToken"));
    if (!after) return error("InvalidNextTokenException", "The pagination token is not valid.");
    scan.after = *after;
  }
  const Value::List& statuses = in.list("JobStatuses");
  Value::List jobs;
  std::string last;
  bool is_more = false;
  call.tx.scan(kJobs, scan, [&](std::string_view id, Job& job) {
    auto is_wanted = [&](const Value& status) { return status.str() == job.status; };
    if (!statuses.empty() && std::ranges::none_of(statuses, is_wanted)) return true;
    is_more = jobs.size() == count_max;
    if (is_more) return false;
    last = id;
    jobs.push_back(show_listed(job, call.now_ms()));
    return true;
  });
  Out out{{"Jobs", std::move(jobs)}};
  if (is_more) out.set("NextToken", base::to_base64(last));
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UpdateJobPriority.html
Result<Out> UpdateJobPriority(Call& call, In in) {
  Job job = TRY(find_job(call, in.value()));
  if (in.num("Priority") < 0 || in.num("Priority") > kPriorityMax)
    return bad_request("Priority must be between 0 and 2147483647");
  job.priority = in.num("Priority");
  call.tx.put(kJobs, job.id, job);
  return Out{{"JobId", job.id}, {"Priority", job.priority}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_UpdateJobStatus.html
Result<Out> UpdateJobStatus(Call& call, In in) {
  Job job = TRY(find_job(call, in.value()));
  const std::string& wanted = in.str("RequestedJobStatus");
  const bool can_begin = wanted == "Ready" && job.status == "Suspended";
  const bool can_cancel = wanted == "Cancelled" && !job.is_over();
  if (!can_begin && !can_cancel)
    return error("JobStatusException",
                 fmt::format("Requested job status {} is invalid for a job that is {}", wanted, job.status));
  job.status = wanted;
  job.update_reason = in.str("StatusUpdateReason");
  if (can_cancel) {
    job.ended_ms = call.now_ms();
    call.disarm(kJobStep, job.id);
  } else {
    call.arm(kJobStep, call.now + kernel::Seconds(1), job.id);
  }
  call.tx.put(kJobs, job.id, job);
  Out out{{"JobId", job.id}, {"Status", job.status}};
  if (!job.update_reason.empty()) out.set("StatusUpdateReason", job.update_reason);
  return out;
}

}  // namespace s3control
