// Who is told of records of a stream that were given up.
// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
#include "base/arn.h"
#include "base/json.h"
#include "base/time_text.h"
#include "kernel/cloud.h"
#include "services/lambda/async.h"
#include "services/lambda/sources.h"

namespace lambda {

namespace {

Value given_up_record(const Call& call, const Mapping& mapping, const GivenUp& given_up) {
  Value record(Value::Map{{"requestContext", Value::Map{{"requestId", given_up.request_id},
                                                        {"functionArn", mapping.function_arn},
                                                        {"condition", given_up.condition},
                                                        {"approximateInvokeCount", given_up.runs}}}});
  if (!given_up.version.empty())
    record.set("responseContext",
               Value::Map{{"statusCode", 200}, {"executedVersion", given_up.version}, {"functionError", "Unhandled"}});
  record.set("version", "1.0");
  record.set("timestamp", time_with_ms(call.now_ms()));
  record.set("DDBStreamBatchInfo", Value::Map{{"shardId", given_up.shard_id},
                                              {"startSequenceNumber", given_up.first_number},
                                              {"endSequenceNumber", given_up.last_number},
                                              {"approximateArrivalOfFirstRecord", time_with_ms(given_up.first_ms)},
                                              {"approximateArrivalOfLastRecord", time_with_ms(given_up.last_ms)},
                                              {"batchSize", given_up.count},
                                              {"streamArn", mapping.source_arn}});
  return record;
}

// "aws/lambda/<ESM-UUID>/<shardID>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<Random UUID>"
std::string given_up_key(Call& call, const Mapping& mapping, const GivenUp& given_up) {
  std::string time = base::format_iso8601(call.now_ms()).substr(0, 19);
  std::string day = time.substr(0, 10);
  std::ranges::replace(time, ':', '.');
  std::ranges::replace(day, '-', '/');
  return fmt::format("aws/lambda/{}/{}/{}/{}-{}", mapping.uuid, given_up.shard_id, day, time, call.uuid());
}

}  // namespace

Result<void> tell_of_records(Call& call, const Mapping& mapping, const SourceRole& role, const GivenUp& given_up) {
  if (mapping.on_failure.empty()) return {};
  const base::Arn arn = base::Arn::parse(mapping.on_failure);
  const kernel::Client client = call.as_role(role.session)
                                    .in({arn.account.empty() ? call.place.account : std::string(arn.account),
                                         arn.region.empty() ? call.place.region : std::string(arn.region)});
  Value record = given_up_record(call, mapping, given_up);
  Result<Value> told = Value();
  if (arn.service == "s3") {
    // To S3 alone the invocation itself is sent, too.
    record.set("payload", given_up.payload);
    told = client.invoke({"s3", "PutObject"}, Value::Map{{"Bucket", arn.resource},
                                                         {"Key", given_up_key(call, mapping, given_up)},
                                                         {"Body", base::to_json(record)},
                                                         {"ContentType", "application/json"}});
  } else if (arn.service == "sqs") {
    told = client.invoke({"sqs", "SendMessage"}, Value::Map{{"QueueUrl", queue_url_of(call, arn.account, arn.resource)},
                                                            {"MessageBody", base::to_json(record)}});
  } else {
    told = client.invoke({"sns", "Publish"},
                         Value::Map{{"TopicArn", mapping.on_failure}, {"Message", base::to_json(record)}});
  }
  if (told || is_parked(told.error())) return told ? Result<void>() : std::unexpected(told.error());
  // AWS counts this in the metric DestinationDeliveryFailures, and goes on.
  call.cloud().log().write(base::Level::kWarn, "A destination did not take what an event source mapping gave up.",
                           {{"mapping", mapping.uuid},
                            {"destination", mapping.on_failure},
                            {"error", told.error().code + ": " + told.error().message}});
  return {};
}

}  // namespace lambda
