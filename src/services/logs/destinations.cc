// Destinations: what subscriptions of other accounts lead to.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html
#include "base/arn.h"
#include "kernel/authorization.h"
#include "kernel/cloud.h"
#include "services/logs/group.h"

namespace logs {

namespace {

constexpr std::int64_t kDestinationPageMax = 50;

Value show_destination(const store::Place& place, const Destination& row) {
  Out shown{{"destinationName", row.name},
            {"targetArn", row.target_arn},
            {"roleArn", row.role_arn},
            {"arn", fmt::format("arn:aws:logs:{}:{}:destination:{}", place.region, place.account, row.name)},
            {"creationTime", row.created_ms}};
  if (!row.policy.empty()) shown.set("accessPolicy", row.policy);
  return shown;
}

Result<Destination> find_destination(Call& call, const std::string& name) {
  auto row = call.tx.get(kDestinations, name);
  if (!row) return error("ResourceNotFoundException", "The specified destination does not exist.");
  return *std::move(row);
}

}  // namespace

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestination.html
base::Result<Out> PutDestination(Call& call, In in) {
  const base::Arn target = base::Arn::parse(in.str("targetArn"));
  if (target.service != "kinesis" && target.service != "firehose")
    return error("InvalidParameterException", "targetArn must be the ARN of a Kinesis or Firehose stream.");
  TRY_VOID(check_target(call, nullptr, in.str("targetArn"), in.str("roleArn")));
  auto existing = call.tx.get(kDestinations, in.str("destinationName"));
  Destination row = existing ? *existing : Destination{.name = in.str("destinationName"), .created_ms = call.now_ms()};
  row.target_arn = in.str("targetArn");
  row.role_arn = in.str("roleArn");
  TRY_VOID(add_tags(row.tags, in.map("tags")));
  call.tx.put(kDestinations, row.name, row);
  return Out{{"destination", show_destination(call.place, row)}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteDestination.html
base::Result<Out> DeleteDestination(Call& call, In in) {
  TRY(find_destination(call, in.str("destinationName")));
  call.tx.erase(kDestinations, in.str("destinationName"));
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeDestinations.html
base::Result<Out> DescribeDestinations(Call& call, In in) {
  store::Scan scan{.prefix = in.str("DestinationNamePrefix"), .after = TRY(read_token(in.value()))};
  const std::int64_t limit = in.num("limit", kDestinationPageMax);
  Out answer;
  Value::List shown;
  std::string last;
  call.tx.scan(kDestinations, scan, [&](std::string_view name, const Destination& row) {
    if (std::ssize(shown) == limit) {
      answer.set("nextToken", write_token(last));
      return false;
    }
    last = name;
    shown.push_back(show_destination(call.place, row));
    return true;
  });
  answer.set("destinations", std::move(shown));
  return answer;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDestinationPolicy.html
base::Result<Out> PutDestinationPolicy(Call& call, In in) {
  Destination row = TRY(find_destination(call, in.str("destinationName")));
  if (!call.cloud().policies().compile(in.str("accessPolicy"), policy::Kind::kResource))
    return error("InvalidParameterException", "Invalid access policy.");
  row.policy = in.str("accessPolicy");
  call.tx.put(kDestinations, row.name, row);
  return Out{};
}

}  // namespace logs
