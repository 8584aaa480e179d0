// Amazon DynamoDB Streams. Operations are listed here and written in the files named beside them; README.md tells how
// it all works.
#include "services/dynamodbstreams/streams.h"

namespace dynamodbstreams {

namespace {

// The stream a call names, whether there is one or not. Its policy is known to dynamodb, who keeps it.
std::string resource_of(Call&, std::string_view, const Value& input) {
  if (input.has("StreamArn")) return input.at("StreamArn").str();
  const std::string& iterator = input.at("ShardIterator").str();
  return iterator.starts_with("arn:") ? iterator.substr(0, iterator.find('|')) : "*";
}

}  // namespace

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // streams.cc
      OPERATION(DescribeStream),
      OPERATION(ListStreams),
      // iterators.cc
      OPERATION(GetShardIterator),
      // records.cc
      OPERATION(GetRecords),
  });
  service.resource_of = resource_of;
  return service;
}

}  // namespace dynamodbstreams
