// The completion report of a job.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html
#include <fmt/format.h>

#include "api/s3.h"
#include "base/arn.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/time_text.h"
#include "services/s3control/jobs.h"

namespace s3control {

namespace {

struct ReportFile {
  std::string text;
  std::string status;  // "succeeded", "failed"
};

}  // namespace

Result<void> write_report(Call& call, const kernel::Principal& session, const Job& job, const Value& report) {
  if (!report.at("Enabled").flag()) return {};
  ReportFile succeeded{.text = "", .status = "succeeded"}, failed{.text = "", .status = "failed"};
  const bool lists_all = report.at("ReportScope").str() != "FailedTasksOnly";
  call.tx.scan(kResults, {.prefix = store::key(job.id)}, [&](std::string_view, TaskResult& result) {
    if (result.is_success && !lists_all) return;
    (result.is_success ? succeeded : failed).text += result.line;
  });
  const std::string bucket(base::Arn::parse(report.at("Bucket").str()).resource);
  const std::string& prefix = report.at("Prefix").str();
  const std::string folder = fmt::format("{}{}job-{}", prefix, prefix.empty() ? "" : "/", job.id);
  auto put = [&](const std::string& key, const std::string& text) -> Result<void> {
    auto done = call.as_role(session).invoke(kernel::operation<s3::Model>("PutObject"),
                                             Value::Map{{"Bucket", bucket}, {"Key", key}, {"Body", text}});
    if (!done) return std::unexpected(done.error());
    return {};
  };
  Value::List results;
  for (const ReportFile* file : {&succeeded, &failed}) {
    if (file->text.empty()) continue;
    const std::string digest = base::to_hex(base::md5(file->text));
    const std::string key = fmt::format("{}/results/{}.csv", folder, base::to_hex(base::sha1(file->text)));
    TRY_VOID(put(key, file->text));
    results.push_back(
        Value::Map{{"TaskExecutionStatus", file->status}, {"Bucket", bucket}, {"MD5Checksum", digest}, {"Key", key}});
  }
  const Value manifest =
      Value::Map{{"Format", "Report_CSV_20180820"},
                 {"ReportCreationDate", base::format_iso8601(call.now_ms())},
                 {"Results", std::move(results)},
                 {"ReportSchema", "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"}};
  return put(folder + "/manifest.json", base::to_json(manifest));
}

}  // namespace s3control
