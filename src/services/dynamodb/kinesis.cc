// Where changes would go besides the table's stream: a data stream of Kinesis. As long as there is none in this cloud,
// nothing can be enabled, and says so; the changes to be sent are those of aws/dynamodb_changes.h.
#include "base/arn.h"
#include "services/dynamodb/table.h"

namespace dynamodb {

namespace {

std::unexpected<base::Error> invalid_state(std::string_view why) {
  return validation_error(
      fmt::format("Table is not in a valid state to enable Kinesis Streaming Destination: {}", why));
}

// Errors: ValidationException for what is no ARN of a data stream.
base::Result<OpenTable> find_streaming_table(Call& call, In in) {
  OpenTable table = TRY(find_table_by_name(call, in.str("TableName")));
  const base::Arn arn = base::Arn::parse(in.str("StreamArn"));
  if (arn.service != "kinesis" || !arn.resource.starts_with("stream/")) return validation_error("Invalid StreamArn");
  return table;
}

}  // namespace

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_EnableKinesisStreamingDestination.html
base::Result<Out> EnableKinesisStreamingDestination(Call& call, In in) {
  TRY_VOID(find_streaming_table(call, in));
  // LIMIT: there is no Kinesis here, so the stream cannot be.
  return error("ResourceNotFoundException",
               fmt::format("Requested resource not found: Kinesis data stream: {} not found", in.str("StreamArn")));
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DisableKinesisStreamingDestination.html
base::Result<Out> DisableKinesisStreamingDestination(Call& call, In in) {
  TRY_VOID(find_streaming_table(call, in));
  return invalid_state("KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.");
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateKinesisStreamingDestination.html
base::Result<Out> UpdateKinesisStreamingDestination(Call& call, In in) {
  const OpenTable table = TRY(find_streaming_table(call, in));
  if (!in["UpdateKinesisStreamingConfiguration"].has("ApproximateCreationDateTimePrecision"))
    return validation_error(
        "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be "
        "null or contain only null values");
  return invalid_state(
      fmt::format("Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. TableName: {}, "
                  "kdsArn: {}",
                  table.row.name, in.str("StreamArn")));
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeKinesisStreamingDestination.html
base::Result<Out> DescribeKinesisStreamingDestination(Call& call, In in) {
  const OpenTable table = TRY(find_table_by_name(call, in.str("TableName")));
  return Out{{"TableName", table.row.name}, {"KinesisDataStreamDestinations", Value::List{}}};
}

}  // namespace dynamodb
