// Tasks that a function does.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "services/s3control/jobs.h"

namespace s3control {

namespace {

// The same at each attempt, since the function is told it.
std::string invocation_of(const Job& job, const Value& given, std::int64_t number, const Task& task) {
  const bool is_newer = given.at("InvocationSchemaVersion").str() == "2.0";
  const std::string id = fmt::format("{}/{}/{}", job.id, number, task.attempts);
  Value described = Value::Map{{"taskId", base::to_base64(fmt::format("{}/{}", job.id, number))},
                               {"s3Key", base::percent_encode(task.key, "/")},
                               {"s3VersionId", task.version_id.empty() ? Value() : Value(task.version_id)}};
  if (is_newer)
    described.set("s3Bucket", task.bucket);
  else
    described.set("s3BucketArn", "arn:aws:s3:::" + task.bucket);
  Value about = Value::Map{{"id", job.id}};
  if (is_newer)
    about.set("userArguments", given.has("UserArguments") ? given.at("UserArguments") : Value(Value::Map{}));
  return base::to_json(Value::Map{{"invocationSchemaVersion", is_newer ? "2.0" : "1.0"},
                                  {"invocationId", base::to_base64(id)},
                                  {"job", std::move(about)},
                                  {"tasks", Value::List{std::move(described)}}});
}

}  // namespace

Result<std::string> invoke_for_task(Call& call, const kernel::Principal& session, const Job& job, const Value& given,
                                    std::int64_t number, const Task& task) {
  auto answer = call.as_role(session).invoke(
      {"lambda", "Invoke"},
      Value::Map{{"FunctionName", given.at("FunctionArn")}, {"Payload", invocation_of(job, given, number, task)}});
  if (!answer && answer.error().code == "TooManyRequestsException")
    return base::fail("TemporaryFailure", answer.error().message);
  if (!answer) return std::unexpected(answer.error());
  const std::string& payload = answer->at("Payload").str();
  if (answer->has("FunctionError")) return base::fail("TemporaryFailure", payload);
  const Value said = base::parse_json(payload).value_or(Value());
  if (!said.is_map() || !said.at("results").is_list())
    return base::fail("PermanentFailure", "Lambda function response is not valid.");
  const std::string& missing = said.at("treatMissingKeysAs").str();
  for (const Value& result : said.at("results").list()) {
    if (result.at("taskId").str() != base::to_base64(fmt::format("{}/{}", job.id, number))) continue;
    const std::string& code = result.at("resultCode").str();
    const std::string& text = result.at("resultString").str();
    if (code == "Succeeded") return text.empty() ? std::string(kSuccessful) : text;
    return base::fail(code == "TemporaryFailure" ? "TemporaryFailure" : "PermanentFailure", text);
  }
  if (missing == "Succeeded") return std::string(kSuccessful);
  return base::fail(missing.empty() ? "TemporaryFailure" : missing,
                    "The function's response has no result of the task.");
}

}  // namespace s3control
