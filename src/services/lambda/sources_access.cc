// Whether a function may read its source, asked when a mapping is made or its function changed.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
#include "aws/sqs_queues.h"
#include "base/arn.h"
#include "kernel/authorization.h"
#include "services/lambda/sources_stream.h"

namespace lambda {

namespace {

bool may(Call& call, const SourceRole& role, std::string_view action, const std::string& arn) {
  return kernel::authorize_subject(call, kernel::subject_of(role.session), action, arn, {}).has_value();
}

Result<void> check_queue(Call& call, const Mapping& mapping, const SourceRole& role) {
  for (std::string_view action : {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"})
    if (!may(call, role, fmt::format("sqs:{}", action), mapping.source_arn))
      return refuse("InvalidParameterValueException",
                    fmt::format("The provided execution role does not have permissions to call {} on SQS", action));
  const auto queue =
      call.tx.at(source_place(mapping)).get_shared(aws::sqs::kQueues, base::Arn::parse(mapping.source_arn).resource);
  if (!queue)
    return refuse("InvalidParameterValueException",
                  "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
                  "Error Message: The specified queue does not exist.");
  const std::int64_t timeout_seconds = role.target.version.timeout_seconds;
  if (queue->visibility_timeout_seconds < timeout_seconds)
    return refuse("InvalidParameterValueException",
                  fmt::format("Queue visibility timeout: {} seconds is less than Function timeout: {} seconds",
                              queue->visibility_timeout_seconds, timeout_seconds));
  return {};
}

}  // namespace

Result<void> check_source(Call& call, const Mapping& mapping) {
  auto role = source_role(call, mapping);
  if (!role) return refuse("InvalidParameterValueException", "Function does not exist");
  if (!mapping.is_stream()) return check_queue(call, mapping, *role);
  if (!check_reading(call, mapping, *role) || !may(call, *role, "dynamodb:ListStreams", mapping.source_arn))
    return refuse("InvalidParameterValueException",
                  fmt::format("Cannot access stream {}. Please ensure the role can perform the GetRecords, "
                              "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.",
                              mapping.source_arn));
  auto stream = open_stream(call, mapping, {.uuid = mapping.uuid, .number = 0, .generation = 0});
  if (!stream) return refuse("InvalidParameterValueException", stream.error().message);
  return {};
}

}  // namespace lambda
