// What CloudWatch Logs is told of imports.
#include "base/json.h"
#include "services/dynamodb/imports.h"

namespace dynamodb {

namespace {

constexpr kernel::OperationId kCreateLogGroup{"logs", "CreateLogGroup"};
constexpr kernel::OperationId kCreateLogStream{"logs", "CreateLogStream"};
constexpr kernel::OperationId kDescribeLogGroups{"logs", "DescribeLogGroups"};
constexpr kernel::OperationId kPutLogEvents{"logs", "PutLogEvents"};
// So that a batch of a step's errors is small enough for CloudWatch Logs.
constexpr std::size_t kLoggedMessageBytesMax = 512;

}  // namespace

std::string import_log_group_arn(const store::Place& place) {
  return fmt::format("arn:aws:logs:{}:{}:log-group:{}:*", place.region, place.account, kImportLogGroup);
}

base::Result<void> ensure_import_log_group(Call& call) {
  const kernel::Client client = call.as_caller("dynamodb.amazonaws.com");
  const Value found = TRY(client.invoke(kDescribeLogGroups, Value::Map{{"logGroupNamePrefix", kImportLogGroup}}));
  for (const Value& group : found.at("logGroups").list())
    if (group.at("logGroupName").str() == kImportLogGroup) return {};
  TRY_VOID(client.invoke(kCreateLogGroup, Value::Map{{"logGroupName", kImportLogGroup}}));
  return {};
}

base::Result<void> log_import_errors(Call& call, const store::Place& place, Import& row,
                                     const std::vector<ImportError>& errors) {
  if (errors.empty()) return {};
  const kernel::Client client = client_of(call, row.transfer, place.region);
  Value stream(
      Value::Map{{"logGroupName", kImportLogGroup}, {"logStreamName", fmt::format("{}/error", row.transfer.label)}});
  if (!row.has_log_stream) TRY_VOID(ask_for_transfer(client, kFromLogs, kCreateLogStream, stream));
  row.has_log_stream = true;
  const Value source = base::parse_json(row.transfer.input).value_or(Value()).at("S3BucketSource");
  Value::List events;
  for (const ImportError& one : errors) {
    const Value line(Value::Map{
        {"itemS3Pointer", Value::Map{{"bucket", source.at("S3Bucket")}, {"key", row.object}, {"itemIndex", one.index}}},
        {"importArn", transfer_arn(place, "/import/", row.transfer)},
        {"errorMessages", Value::List{std::string_view(one.message).substr(0, kLoggedMessageBytesMax)}}});
    events.push_back(Value::Map{{"timestamp", call.now_ms()}, {"message", base::to_json(line)}});
  }
  stream.set("logEvents", std::move(events));
  TRY_VOID(ask_for_transfer(client, kFromLogs, kPutLogEvents, std::move(stream)));
  return {};
}

}  // namespace dynamodb
